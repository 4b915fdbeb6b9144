/** The fields of one struct as the wire knows them: by key, and by position. */

import { encodeText } from './text.ts';

/** A struct's field names. Go writes them sorted; in a struct sent as an array they stand as declared. */
export class Fields<Name extends string> {
  readonly declared: readonly Name[];
  readonly sorted: readonly Name[];
  /** The keys as Go writes them (header and name), in sorted order. */
  readonly keys: readonly Uint8Array[];
  readonly #names: ReadonlySet<string>;

  constructor(...declared: Name[]) {
    this.declared = declared;
    // Names are ASCII, so UTF-16 order is byte order.
    this.sorted = [...declared].sort((a, b) => (a < b ? -1 : 1));
    this.keys = this.sorted.map((name) => encodeKey(name));
    this.#names = new Set(declared);
  }

  /** Whether `text` names one of the fields. Case counts, as in Go. */
  has(text: string): text is Name {
    return this.#names.has(text);
  }
}

/** A map key as Go writes it: of at most 31 bytes, so its header is one byte. */
export function encodeKey(name: string): Uint8Array {
  return Uint8Array.of(0xa0 | name.length, ...encodeText(name));
}

/** A message's type byte, the header of its map of up to 15 entries, and the first key. */
export function encodeHead(type: number, entries: number, firstKey: string): Uint8Array {
  return Uint8Array.of(type, 0x80 | entries, ...encodeKey(firstKey));
}
