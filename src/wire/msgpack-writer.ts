/** Writes msgpack in Go's own dialect, byte for byte: the one that every version of Serf reads. */

import type { Bytes, Uint64 } from '../model/message.ts';
import { limits } from './limits.ts';
import { textBytes, writeText } from './text.ts';
import { assertSendable } from './wire-error.ts';

/**
 * Serf up to 0.10.1 writes signed fields of 128 and more as unsigned (`old`), later ones as signed
 * (`new`). All read both; only the bytes differ.
 */
export type Dialect = 'old' | 'new';

const initialBytes = 1024;
const rawHeaderBytesMax = 5;
const numberBytesMax = 9;
const uint32Size = 2 ** 32;
const floatView = new DataView(new ArrayBuffer(8));

/** A growing buffer with a position. Reusable: {@link finish} copies out and starts again. */
export class MsgpackWriter {
  readonly #isOld: boolean;
  #bytes = new Uint8Array(initialBytes);
  #position = 0;

  constructor(dialect: Dialect = 'old') {
    this.#isOld = dialect === 'old';
  }

  /** Forgets what an encoder left here that threw half-way. */
  reset(): void {
    this.#position = 0;
  }

  /** The bytes written since the last call. */
  finish(): Bytes {
    const bytes = new Uint8Array(this.#position);
    bytes.set(this.#bytes.subarray(0, this.#position));
    this.#position = 0;
    if (this.#bytes.length > limits.scratchBytesMax) this.#bytes = new Uint8Array(initialBytes);
    return bytes;
  }

  /** Bytes as they are: type bytes, prepared keys, framed payloads. */
  plain(bytes: Uint8Array): void {
    const length = bytes.length;
    this.#reserve(length);
    const to = this.#position;
    if (length > 32) this.#bytes.set(bytes, to);
    else for (let at = 0; at < length; at += 1) this.#bytes[to + at] = bytes[at] as number;
    this.#position = to + length;
  }

  /** One byte as it is. */
  byte(value: number): void {
    this.#reserve(1);
    this.#put(value);
  }

  /** A string, as raw: bin would make older Serfs drop the whole message. */
  text(text: string): void {
    const length = text.length;
    this.#reserve(rawHeaderBytesMax + length);
    const bytes = this.#bytes;
    const start = this.#position + (length < 32 ? 1 : length < 0x10000 ? 3 : 5);
    for (let at = 0; at < length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) {
        this.#wideText(text);
        return;
      }
      bytes[start + at] = unit;
    }
    this.#rawHeader(length);
    this.#position = start + length;
  }

  /** A byte string, as raw like text; `null` is nil. */
  bytes(value: Uint8Array | null): void {
    if (value === null) {
      this.byte(0xc0);
      return;
    }
    this.#reserve(rawHeaderBytesMax);
    this.#rawHeader(value.length);
    this.plain(value);
  }

  /** An unsigned integer of at most 32 bits. */
  uint(value: number, max: number): void {
    if (value >>> 0 !== value || value > max) assertSendable(false, `${value} as 0…${max}`);
    this.#reserve(numberBytesMax);
    this.#unsigned(value);
  }

  /** An unsigned 64-bit integer: never as float, which Go refuses. */
  uint64(value: Uint64): void {
    this.#reserve(numberBytesMax);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      this.#unsigned(value);
      return;
    }
    assertSendable(
      typeof value === 'bigint' && BigInt.asUintN(64, value) === value,
      `${value} as unsigned 64-bit integer`,
    );
    if (value <= Number.MAX_SAFE_INTEGER) this.#unsigned(Number(value));
    else this.#long(0xcf, Number(value >> 32n), Number(value & 0xffffffffn));
  }

  /** A signed 64-bit integer. */
  int64(value: Uint64): void {
    this.#reserve(numberBytesMax);
    const number = Number(value);
    if (number >= 0 && (this.#isOld || number < 0x80)) {
      this.uint64(value);
      return;
    }
    if (typeof value === 'number') assertSendable(Number.isSafeInteger(value), 'no safe integer');
    if (number >= -32 && number < 0) this.#put(number & 0xff);
    else if (number >= -0x80 && number < 0) this.#putTagged(0xd0, number, 1);
    else if (number >= -0x8000 && number < 0x8000) this.#putTagged(0xd1, number, 2);
    else if (number >= -0x80000000 && number < 0x80000000) this.#putTagged(0xd2, number, 4);
    else {
      const long = BigInt(value);
      assertSendable(BigInt.asIntN(64, long) === long, `${value} as signed 64-bit integer`);
      this.#long(0xd3, Number((long >> 32n) & 0xffffffffn), Number(long & 0xffffffffn));
    }
  }

  /** A boolean. */
  bool(value: boolean): void {
    this.byte(value ? 0xc3 : 0xc2);
  }

  /** A 64-bit floating-point number, also for whole ones. */
  float(value: number): void {
    this.#reserve(numberBytesMax);
    floatView.setFloat64(0, value);
    this.#put(0xcb);
    for (let at = 0; at < 8; at += 1) this.#put(floatView.getUint8(at));
  }

  nil(): void {
    this.byte(0xc0);
  }

  /** The header of a list. */
  list(length: number): void {
    this.#containerHeader(0x90, 0xdc, length);
  }

  /** The header of a map. */
  map(entries: number): void {
    this.#containerHeader(0x80, 0xde, entries);
  }

  #containerHeader(fixTag: number, tag16: number, length: number): void {
    this.#reserve(numberBytesMax);
    if (length < 16) this.#put(fixTag | length);
    else if (length < 0x10000) this.#putTagged(tag16, length, 2);
    else this.#putTagged(tag16 + 1, length, 4);
  }

  #wideText(text: string): void {
    const length = textBytes(text);
    this.#reserve(rawHeaderBytesMax + length);
    this.#rawHeader(length);
    this.#position = writeText(text, this.#bytes, this.#position);
  }

  /** Room must have been reserved. */
  #rawHeader(length: number): void {
    if (length < 32) this.#put(0xa0 | length);
    else if (length < 0x10000) this.#putTagged(0xda, length, 2);
    else this.#putTagged(0xdb, length, 4);
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#put(value);
    else if (value < 0x100) this.#putTagged(0xcc, value, 1);
    else if (value < 0x10000) this.#putTagged(0xcd, value, 2);
    else if (value < uint32Size) this.#putTagged(0xce, value, 4);
    else this.#long(0xcf, Math.floor(value / uint32Size), value % uint32Size);
  }

  #long(tag: number, high: number, low: number): void {
    this.#putTagged(tag, high, 4);
    this.#put(low >>> 24);
    this.#put(low >>> 16);
    this.#put(low >>> 8);
    this.#put(low);
  }

  #putTagged(tag: number, value: number, size: 1 | 2 | 4): void {
    this.#put(tag);
    if (size === 4) {
      this.#put(value >>> 24);
      this.#put(value >>> 16);
    }
    if (size !== 1) this.#put(value >>> 8);
    this.#put(value);
  }

  #put(value: number): void {
    this.#bytes[this.#position++] = value;
  }

  #reserve(length: number): void {
    const needed = this.#position + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, needed));
    grown.set(this.#bytes.subarray(0, this.#position));
    this.#bytes = grown;
  }
}
