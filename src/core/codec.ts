/** What the engine needs of bytes. Implemented in `wire/`; the engine itself never touches a byte. */

import type { Coordinate } from '../coordinates/coordinate.ts';
import type { PacketMessage } from '../model/message.ts';
import type { QueryFilter, SerfMessage } from '../model/serf-message.ts';
import type { Tags } from '../model/member.ts';

/** The result of reading bytes from a stranger: a value, or why it is none. */
export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: DropReason };

/** Why something from the network was dropped; each has a counter in `stats()`. */
export type DropReason =
  | 'empty'
  | 'unknown-type'
  | 'malformed'
  | 'truncated'
  | 'checksum'
  | 'undecryptable'
  | 'not-encrypted'
  | 'encrypted'
  | 'label'
  | 'compression'
  | 'too-large'
  | 'too-nested'
  | 'bad-address'
  | 'bad-versions'
  | 'bad-time'
  | 'bad-name'
  | 'not-allowed'
  | 'late'
  | 'vetoed'
  | 'queue-full'
  | 'overload';

export interface Codec {
  /** A memberlist message for a packet: type byte and body. Throws only on values that we should never send. */
  encode(message: PacketMessage): Uint8Array;
  /** A Serf message: type byte and body. */
  encodeSerf(message: SerfMessage): Uint8Array;
  /** Reads a Serf message (the payload of a user message). */
  decodeSerf(bytes: Uint8Array): Decoded<SerfMessage>;
  /** Text as the wire carries it (UTF-8; bytes that are none survive a round trip). */
  encodeText(text: string): Uint8Array;
  decodeText(bytes: Uint8Array | null): string;
  /** The text of 4 or 16 address bytes, `undefined` for any other length; and back. Shared: not to be changed. */
  ipText(bytes: Uint8Array): string | undefined;
  ipBytes(ip: string): Uint8Array;
  /** Joins 1…255 encoded messages of at most 65,535 bytes each into one compound. */
  compound(parts: readonly Uint8Array[]): Uint8Array;
  /** Tags as node meta, magic byte first. */
  encodeTags(tags: Tags): Uint8Array;
  /** A coordinate as the payload of an ack, version byte first. */
  encodeCoordinate(coordinate: Coordinate): Uint8Array;
  /** The coordinate in the payload of an ack, still to be judged; none in another version's. */
  decodeCoordinate(payload: Uint8Array): Coordinate | undefined;
  /** Node meta as tags; what is not encoded tags is the bare role. Equal metas give the same objects. */
  readMeta(meta: Uint8Array | null): { readonly bytes: Uint8Array; readonly tags: Tags };
  /** A query's condition as it travels. */
  encodeFilter(filter: QueryFilter): Uint8Array;
  /** Whether a node with this name and these tags is meant by all of a query's filters. */
  matchesFilters(
    filters: readonly Uint8Array[] | null,
    self: { readonly name: string; readonly tags: Tags },
  ): boolean;
}
