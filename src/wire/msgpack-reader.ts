/**
 * Reads msgpack by field type, losslessly, as liberal as Go's newer codec: raw and bin alike are
 * bytes or text, any integer family is an integer by value, nil is the zero value.
 */

import type { Bytes, Uint64 } from '../model/message.ts';
import type { Fields } from './fields.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { decodeText } from './text.ts';
import { wireErrors } from './wire-error.ts';

const nilTag = 0xc0;
const copyByHandMax = 12;
const uint32Size = 2 ** 32;

/**
 * A cursor over bytes of which nothing is believed. Throws a `WireError` where they are no such
 * value. Allocates only for what is there, never by an announced length; what it returns shares no
 * memory with the input.
 */
export class MsgpackReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Where the next value begins: after the last read, the end of it. */
  get position(): number {
    return this.#position;
  }

  /** Opens a struct: `n` for a map of n fields, `-n - 1` for an array of n; nil is an empty map. */
  struct(): number {
    const tag = this.#take();
    if (tag >= 0x80 && tag < 0x90) return tag & 0x0f;
    if (tag >= 0x90 && tag < 0xa0) return -(tag & 0x0f) - 1;
    if (tag === nilTag) return 0;
    if (tag === 0xdc) return -this.#takeUint16() - 1;
    if (tag === 0xdd) return -this.#takeUint32() - 1;
    if (tag === 0xde) return this.#takeUint16();
    if (tag === 0xdf) return this.#takeUint32();
    throw wireErrors.malformed;
  }

  /**
   * Which field of a struct comes next, `undefined` for one to {@link skip}. `shape` is what
   * {@link struct} returned, `index` counts its fields.
   */
  field<Name extends string>(fields: Fields<Name>, shape: number, index: number): Name | undefined {
    if (shape < 0) return fields.declared[index];
    // Go writes its keys sorted and rarely omits one, so the next is nearly always at its place.
    if (this.#isKey(fields.keys[index])) return fields.sorted[index];
    for (let other = 0; other < fields.keys.length; other += 1) {
      if (this.#isKey(fields.keys[other])) return fields.sorted[other];
    }
    const key = this.text();
    return fields.has(key) ? key : undefined;
  }

  /** Passes over one value of any kind. */
  skip(): void {
    const scanner = new MsgpackScanner(this.#position);
    if (!scanner.scan(this.#bytes, this.#end)) throw wireErrors.truncated;
    this.#position = scanner.position;
  }

  /** A string; see {@link decodeText} for bytes that are no UTF-8. */
  text(): string {
    const length = this.#rawLength(this.#take());
    if (length < 0) return '';
    const start = this.#position;
    return decodeText(this.#bytes, start, this.#advance(length));
  }

  /** A byte string; nil is `null`. */
  bytesOrNull(): Bytes | null {
    const tag = this.#take();
    if (isList(tag)) return this.#bytesOfList(tag);
    const length = this.#rawLength(tag);
    if (length < 0) return null;
    const start = this.#position;
    return copyBytes(this.#bytes, start, this.#advance(length));
  }

  /** A byte string; nil is empty. */
  byteString(): Bytes {
    return this.bytesOrNull() ?? new Uint8Array(0);
  }

  /** A byte string as a view of the input, for what is taken apart at once. */
  bytesView(): Bytes {
    if (isList(this.#peek())) return this.byteString();
    const length = this.#rawLength(this.#take());
    const start = this.#position;
    return this.#bytes.subarray(start, this.#advance(Math.max(length, 0)));
  }

  /** An unsigned integer of at most 32 bits. */
  uint(max: number): number {
    const value = this.#integer();
    if (typeof value === 'bigint' || value < 0 || value > max) throw wireErrors.malformed;
    return value;
  }

  /** An unsigned 64-bit integer. */
  uint64(): Uint64 {
    const value = this.#integer();
    if (value < 0) throw wireErrors.malformed;
    return value;
  }

  /** A signed 64-bit integer. Unsigned ones above its range wrap around, as in Go. */
  int64(): Uint64 {
    const value = this.#integer();
    return typeof value === 'number' ? value : byValue(BigInt.asIntN(64, value));
  }

  /** A signed integer that is meant to be small: a state, a count, a port. */
  int(): number {
    const value = this.#integer();
    if (typeof value === 'bigint') throw wireErrors.malformed;
    return value;
  }

  /** A boolean, also as 0 or 1. */
  bool(): boolean {
    const tag = this.#take();
    if (tag === 0xc3 || tag === 1) return true;
    if (tag === 0xc2 || tag === 0 || tag === nilTag) return false;
    throw wireErrors.malformed;
  }

  /** A floating-point number, also as an integer. */
  float(): number {
    const tag = this.#peek();
    if (tag !== 0xca && tag !== 0xcb) return Number(this.#integer());
    this.#position += 1;
    const start = this.#position;
    const end = this.#advance(tag === 0xca ? 4 : 8);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start);
    return tag === 0xca ? view.getFloat32(0) : view.getFloat64(0);
  }

  /** Opens a list and returns its length, -1 for nil. A map counts as the list of its keys and values. */
  list(): number {
    const tag = this.#take();
    if (tag === nilTag) return -1;
    if (isList(tag)) return this.#listLength(tag);
    throw wireErrors.malformed;
  }

  /** Opens a map and returns the number of its entries, -1 for nil. */
  map(): number {
    const tag = this.#take();
    if (tag === nilTag) return -1;
    if ((tag >= 0x80 && tag < 0x90) || tag === 0xde || tag === 0xdf)
      return this.#listLength(tag) / 2;
    throw wireErrors.malformed;
  }

  /** Whether the next value is nil; if so it is passed over. */
  isNil(): boolean {
    if (this.#peek() !== nilTag) return false;
    this.#position += 1;
    return true;
  }

  #isKey(key: Uint8Array | undefined): boolean {
    if (key === undefined) return false;
    const bytes = this.#bytes;
    const start = this.#position;
    if (start + key.length > this.#end) return false;
    for (let at = 0; at < key.length; at += 1) {
      if (bytes[start + at] !== key[at]) return false;
    }
    this.#position = start + key.length;
    return true;
  }

  #integer(): Uint64 {
    const tag = this.#take();
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    switch (tag) {
      case nilTag:
        return 0;
      case 0xcc:
        return this.#take();
      case 0xcd:
        return this.#takeUint16();
      case 0xce:
        return this.#takeUint32();
      case 0xcf:
        return this.#takeUint64();
      case 0xd0:
        return (this.#take() << 24) >> 24;
      case 0xd1:
        return (this.#takeUint16() << 16) >> 16;
      case 0xd2:
        return this.#takeUint32() | 0;
      case 0xd3:
        return this.#takeInt64();
      default:
        throw wireErrors.malformed;
    }
  }

  /** Length of a raw or bin value, -1 for nil. */
  #rawLength(tag: number): number {
    if (tag >= 0xa0 && tag < 0xc0) return tag & 0x1f;
    if (tag === nilTag) return -1;
    if (tag === 0xd9 || tag === 0xc4) return this.#take();
    if (tag === 0xda || tag === 0xc5) return this.#takeUint16();
    if (tag === 0xdb || tag === 0xc6) return this.#takeUint32();
    throw wireErrors.malformed;
  }

  #listLength(tag: number): number {
    if (tag < 0x90) return 2 * (tag & 0x0f);
    if (tag < 0xa0) return tag & 0x0f;
    const length = tag === 0xdc || tag === 0xde ? this.#takeUint16() : this.#takeUint32();
    return tag < 0xde ? length : 2 * length;
  }

  /** Go reads a list of small integers into a byte field. */
  #bytesOfList(tag: number): Bytes {
    const length = this.#listLength(tag);
    const items: number[] = [];
    for (let index = 0; index < length; index += 1) items.push(this.uint(0xff));
    return Uint8Array.from(items);
  }

  #peek(): number {
    if (this.#position >= this.#end) throw wireErrors.truncated;
    return this.#bytes[this.#position] as number;
  }

  #take(): number {
    if (this.#position >= this.#end) throw wireErrors.truncated;
    return this.#bytes[this.#position++] as number;
  }

  #advance(length: number): number {
    const position = this.#position + length;
    if (position > this.#end) throw wireErrors.truncated;
    this.#position = position;
    return position;
  }

  #takeUint16(): number {
    const end = this.#advance(2);
    return ((this.#bytes[end - 2] as number) << 8) | (this.#bytes[end - 1] as number);
  }

  #takeUint32(): number {
    const high = this.#takeUint16();
    return high * 0x10000 + this.#takeUint16();
  }

  #takeUint64(): Uint64 {
    const high = this.#takeUint32();
    const low = this.#takeUint32();
    if (high < 0x200000) return high * uint32Size + low;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  #takeInt64(): Uint64 {
    const value = this.#takeUint64();
    return typeof value === 'number' ? value : byValue(BigInt.asIntN(64, value));
  }
}

/** A copy of `bytes[start, end)` that pins nothing else in memory. */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Bytes {
  const length = end - start;
  const copy = new Uint8Array(length);
  if (length > copyByHandMax) {
    copy.set(bytes.subarray(start, end));
    return copy;
  }
  // Addresses and version vectors: a loop is faster than a call out of JavaScript.
  for (let at = 0; at < length; at += 1) copy[at] = bytes[start + at] as number;
  return copy;
}

/** A number where it is a safe integer. */
function byValue(value: bigint): Uint64 {
  const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return safe ? Number(value) : value;
}

function isList(tag: number): boolean {
  return (tag >= 0x80 && tag < 0xa0) || (tag >= 0xdc && tag <= 0xdf);
}
