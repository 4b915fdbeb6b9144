/** Tags as node meta: a magic byte and a msgpack map, or the bare role of Serf's protocol 2. */

import type { Tags } from '../model/member.ts';
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter } from './msgpack-writer.ts';
import { decodeText } from './text.ts';
import { WireError } from './wire-error.ts';

const magic = 0xff;

/** Tags as meta, magic byte first, sorted by key so that equal tags are equal bytes. */
export function encodeTags(tags: Tags): Uint8Array {
  const writer = new MsgpackWriter();
  writer.byte(magic);
  writer.map(tags.size);
  for (const [key, value] of [...tags].sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.text(key);
    writer.text(value);
  }
  return writer.finish();
}

/**
 * Meta as tags. Without the magic byte the bytes are the role and nothing else; of a map that
 * breaks off, what was read before counts, as in Go.
 */
export function decodeTags(meta: Uint8Array | null): Tags {
  const tags = new Map<string, string>();
  if (meta === null || meta[0] !== magic) {
    return tags.set('role', meta === null ? '' : decodeText(meta, 0, meta.length));
  }
  try {
    readTags(new MsgpackReader(meta, 1), tags);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return tags;
}

function readTags(reader: MsgpackReader, tags: Map<string, string>): void {
  const entries = reader.map();
  for (let index = 0; index < entries; index += 1) {
    const key = reader.text();
    tags.set(key, reader.text());
  }
}
