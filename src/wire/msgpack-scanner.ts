/** Finds where a msgpack value ends without reading it, resumably: each byte is looked at once. */

import { wireErrors } from './wire-error.ts';

/**
 * Walks over one value of any shape. No stack: nesting is a count of the values still to come, so
 * neither depth nor an announced length costs memory.
 */
export class MsgpackScanner {
  #position: number;
  #pending = 1;

  constructor(position: number) {
    this.#position = position;
  }

  /** Where the value ends if the scan is done, else how many bytes are needed at least. */
  get position(): number {
    return this.#position;
  }

  /** Goes on with what is there (`bytes[0, end)`); whether the whole value is. */
  scan(bytes: Uint8Array, end: number): boolean {
    while (this.#pending > 0) {
      if (this.#position >= end) return false;
      if (!this.#step(bytes, end)) return false;
    }
    return this.#position <= end;
  }

  #step(bytes: Uint8Array, end: number): boolean {
    const position = this.#position;
    const tag = bytes[position] as number;
    const lengthBytes = tag < 0xc0 || tag >= 0xe0 ? 0 : (lengthBytesOf[tag - 0xc0] as number);
    if (position + 1 + lengthBytes > end) return false;
    let length = 0;
    for (let at = 1; at <= lengthBytes; at += 1)
      length = length * 256 + (bytes[position + at] as number);
    this.#position = position + 1 + lengthBytes + dataBytes(tag, length);
    this.#pending += children(tag, length) - 1;
    return true;
  }
}

// How many bytes of length follow the tags c0…df.
const lengthBytesOf = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
] as const;

// Bytes of data of the tags c0…df that have a fixed size: floats, integers, fixext (with its type).
const fixedBytesOf = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0,
] as const;

function dataBytes(tag: number, length: number): number {
  if (tag < 0xa0 || tag >= 0xe0) return 0;
  if (tag < 0xc0) return tag & 0x1f;
  if (tag === 0xc1) throw wireErrors.malformed;
  if (tag >= 0xc7 && tag <= 0xc9) return length + 1;
  if (tag >= 0xdc) return 0;
  return length + (fixedBytesOf[tag - 0xc0] as number);
}

function children(tag: number, length: number): number {
  if (tag >= 0x80 && tag < 0x90) return 2 * (tag & 0x0f);
  if (tag >= 0x90 && tag < 0xa0) return tag & 0x0f;
  if (tag === 0xdc || tag === 0xdd) return length;
  return tag === 0xde || tag === 0xdf ? 2 * length : 0;
}
