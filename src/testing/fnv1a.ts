/** FNV-1a (Fowler, Noll, Vo), 64 bits, fed piece by piece: the fingerprint of a trace. */

const prime = 0x1b3;

export class Fnv1a64 {
  #high = 0xcbf29ce4;
  #low = 0x84222325;

  /** Takes in the low eight bits of every UTF-16 unit of `text`: exact for ASCII. */
  update(text: string): void {
    let high = this.#high;
    let low = this.#low;
    for (let index = 0; index < text.length; index += 1) {
      low = (low ^ (text.charCodeAt(index) & 0xff)) >>> 0;
      // The prime is 2^40 + 0x1b3: a small product and a shift, both within the safe integers.
      const product = low * prime;
      high = (Math.imul(high, prime) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
      low = product >>> 0;
    }
    this.#high = high;
    this.#low = low;
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

/** FNV-1a of a short text in 32 bits: seeds of forked generators are made of it. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
