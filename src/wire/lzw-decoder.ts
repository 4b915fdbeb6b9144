/** Unpacks LZW as Go's `compress/lzw` writes it: LSB first, 8-bit literals (the GIF variety). */

import { lzw } from './lzw-codes.ts';
import { WireError, wireErrors } from './wire-error.ts';

const badCode = new WireError('compression', 'the compressed data has a code out of turn');
const noEnd = new WireError('compression', 'the compressed data has no end');
const initialBytes = 1024;
// One table for all: a decoder is done before the next begins, and reads no entry that it has not
// written since the last clear.
const startsScratch = new Uint32Array(lzw.codesMax);
const lengthsScratch = new Uint16Array(lzw.codesMax);

/**
 * Unpacks `packed[start, end)` to at most `bytesMax` bytes. Throws a `WireError` on data that Go
 * would refuse: a code out of turn, no end code. Bytes after the end code are ignored.
 */
export function decodeLzw(
  packed: Uint8Array,
  range: { readonly start: number; readonly end: number; readonly bytesMax: number },
): Uint8Array {
  const decoder = new LzwDecoder(range.bytesMax);
  let bits = 0;
  let bitCount = 0;
  for (let at = range.start; at < range.end; at += 1) {
    bits |= (packed[at] as number) << bitCount;
    bitCount += 8;
    while (bitCount >= decoder.width) {
      const code = bits & ((1 << decoder.width) - 1);
      bits >>>= decoder.width;
      bitCount -= decoder.widthRead(code);
      if (code === lzw.end) return decoder.output();
    }
  }
  throw noEnd;
}

/**
 * The table of strings. Each entry is the previous code's string and one byte more, which stand
 * side by side in the output: so an entry is a place in the output, and no chain is ever walked.
 */
class LzwDecoder {
  /** Bits of the next code. */
  width: number = lzw.widthMin;
  readonly #bytesMax: number;
  readonly #starts = startsScratch;
  readonly #lengths = lengthsScratch;
  #bytes: Uint8Array;
  #used = 0;
  /** The highest code that may come next; `lzw.end` right after a clear. */
  #high: number = lzw.end;
  /** Where the previous code's string stands; 0 bytes long when no entry follows from it. */
  #lastStart = 0;
  #lastLength = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = new Uint8Array(Math.min(initialBytes, bytesMax));
  }

  output(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Takes a code and returns how wide it was. */
  widthRead(code: number): number {
    const { width } = this;
    if (code === lzw.clear) {
      this.width = lzw.widthMin;
      this.#high = lzw.end;
      this.#lastLength = 0;
    } else if (code !== lzw.end) this.#append(code);
    return width;
  }

  #append(code: number): void {
    const start = this.#used;
    const lastLength = this.#lastLength;
    // The entry that this code completes: it is there before the code's own string is looked up,
    // because the code may mean that very entry (its last byte is then its first one).
    if (lastLength > 0) {
      this.#starts[this.#high] = this.#lastStart;
      this.#lengths[this.#high] = lastLength + 1;
    }
    this.#lastLength = code < lzw.clear ? this.#literal(code) : this.#entry(code);
    this.#lastStart = start;
    this.#high += 1;
    if (this.#high >= 1 << this.width) this.#widen();
  }

  #literal(byte: number): number {
    this.#reserve(1);
    this.#bytes[this.#used++] = byte;
    return 1;
  }

  #entry(code: number): number {
    if (code > this.#high) throw badCode;
    const length = this.#lengths[code] as number;
    this.#reserve(length);
    const bytes = this.#bytes;
    let from = this.#starts[code] as number;
    let to = this.#used;
    // Byte by byte and forwards: the entry's end may be the byte that is written here first.
    for (const end = to + length; to < end;) bytes[to++] = bytes[from++] as number;
    this.#used = to;
    return length;
  }

  #widen(): void {
    if (this.width < lzw.widthMax) this.width += 1;
    else {
      // The numbers are used up: nothing is added until the next clear.
      this.#high -= 1;
      this.#lastLength = 0;
    }
  }

  #reserve(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#bytesMax) throw wireErrors.tooLarge;
    const grown = new Uint8Array(
      Math.min(Math.max(needed, 2 * this.#bytes.length), this.#bytesMax),
    );
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}
