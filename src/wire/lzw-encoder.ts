/** Packs LZW bit for bit as Go's `compress/lzw` does: LSB first, 8-bit literals. */

import { lzw } from './lzw-codes.ts';

/** Twice the codes, so that a search hits an empty place soon. */
const slotsMax = 8192;
/**
 * A slot is 20 bits of key (string's code and next byte), 12 bits of code; 0 is free. One table for
 * all: an encoder is done before the next begins, and 32 KiB anew cost as much as packing a ping.
 */
const slotsScratch = new Uint32Array(slotsMax);
/** Room for what one step can write: a code, a clear, the end and the last bits. */
const stepBytesMax = 8;

/**
 * Packs `bytes`, or gives up with `undefined` as soon as it would take `packedBytesMax` bytes or
 * more. Never fails otherwise.
 */
export function encodeLzw(bytes: Uint8Array, packedBytesMax: number): Uint8Array | undefined {
  return new LzwEncoder(bytes, packedBytesMax).run();
}

class LzwEncoder {
  readonly #bytes: Uint8Array;
  readonly #packedBytesMax: number;
  readonly #slots = slotsScratch.fill(0);
  #packed: Uint8Array;
  #used = 0;
  #bits = 0;
  #bitCount = 0;
  #width: number = lzw.widthMin;
  #high: number = lzw.end;

  constructor(bytes: Uint8Array, packedBytesMax: number) {
    this.#bytes = bytes;
    this.#packedBytesMax = packedBytesMax;
    this.#packed = new Uint8Array(Math.min(bytes.length, packedBytesMax) + stepBytesMax);
  }

  run(): Uint8Array | undefined {
    const bytes = this.#bytes;
    this.#write(lzw.clear);
    if (bytes.length > 0) {
      let code = bytes[0] as number;
      for (let at = 1; at < bytes.length; at += 1) {
        const byte = bytes[at] as number;
        const known = this.#find((code << 8) | byte);
        if (known !== 0) {
          code = known;
          continue;
        }
        this.#write(code);
        if (this.#used >= this.#packedBytesMax) return undefined;
        if (this.#advance()) this.#slots[this.#free] = (((code << 8) | byte) << 12) | this.#high;
        code = byte;
      }
      this.#write(code);
      this.#advance();
    }
    this.#write(lzw.end);
    if (this.#bitCount > 0) this.#putByte();
    return this.#used < this.#packedBytesMax ? this.#packed.subarray(0, this.#used) : undefined;
  }

  /** The slot at which the last search that found nothing ended. */
  #free = 0;

  /** The code of a string and the byte after it, 0 if there is none yet. */
  #find(key: number): number {
    const slots = this.#slots;
    let at = ((key >>> 12) ^ key) & (slotsMax - 1);
    for (;;) {
      const slot = slots[at] as number;
      if (slot === 0) break;
      if (slot >>> 12 === key) return slot & 0xfff;
      at = (at + 1) & (slotsMax - 1);
    }
    this.#free = at;
    return 0;
  }

  /** Counts a code; `false` if the numbers were used up and the table has been emptied. */
  #advance(): boolean {
    this.#high += 1;
    if (this.#high === 1 << this.#width) this.#width += 1;
    if (this.#high < lzw.codesMax - 1) return true;
    this.#write(lzw.clear);
    this.#width = lzw.widthMin;
    this.#high = lzw.end;
    this.#slots.fill(0);
    return false;
  }

  #write(code: number): void {
    this.#bits |= code << this.#bitCount;
    this.#bitCount += this.#width;
    while (this.#bitCount >= 8) this.#putByte();
  }

  #putByte(): void {
    if (this.#used >= this.#packed.length) this.#grow();
    this.#packed[this.#used++] = this.#bits;
    this.#bits >>>= 8;
    this.#bitCount -= 8;
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#packed.length);
    grown.set(this.#packed);
    this.#packed = grown;
  }
}
