/** The codec that the engine is given. Pure: no sockets, no randomness, no clock. */

import type { Codec, Decoded } from '../core/codec.ts';
import type { SerfMessage } from '../model/serf-message.ts';
import { encodeCompound } from './compound.ts';
import { decodeCoordinate, encodeCoordinate } from './coordinates.ts';
import { FilterMatcher, encodeFilter } from './filters.ts';
import { IpCache } from './ip-cache.ts';
import { encodeMessage } from './memberlist-writer.ts';
import { readSerfMessage } from './serf-reader.ts';
import { encodeSerfMessage } from './serf-writer.ts';
import { MetaCache } from './meta-cache.ts';
import { encodeTags } from './tags.ts';
import { decodeText, encodeText } from './text.ts';
import { dropReasonOf } from './wire-error.ts';

// They remember compiled expressions, decoded tags and addresses, nothing else: that they are shared is not seen.
const matcher = new FilterMatcher();
const metas = new MetaCache();
const ips = new IpCache();

export const codec: Codec = {
  encode: (message) => encodeMessage(message),
  encodeSerf: (message) => encodeSerfMessage(message),
  decodeSerf,
  encodeText,
  decodeText: (bytes) => (bytes === null ? '' : decodeText(bytes, 0, bytes.length)),
  ipText: (bytes) => ips.text(bytes),
  ipBytes: (ip) => ips.bytes(ip),
  compound: encodeCompound,
  encodeCoordinate,
  decodeCoordinate,
  encodeTags,
  readMeta: (meta) => metas.read(meta),
  encodeFilter,
  matchesFilters: (filters, self) => matcher.matches(filters, self),
};

function decodeSerf(bytes: Uint8Array): Decoded<SerfMessage> {
  try {
    return { ok: true, value: readSerfMessage(bytes) };
  } catch (error) {
    return { ok: false, reason: dropReasonOf(error) };
  }
}
