/** Byte strings in the order in which they came, back to back in blocks: small ones cost no more than themselves. */

/** Bytes in front of each: its length, big-endian. */
export const lengthBytes = 4;

const blockBytes = 64 * 1024;

interface Block {
  readonly bytes: Buffer;
  /** Where the oldest that is still there begins; where the next one would. */
  begin: number;
  end: number;
}

export class Tape {
  readonly #blocks: Block[] = [];
  #length = 0;
  #bytes = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of all of them together, lengths included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The lengths and bytes of all, in pieces. To be copied: they are reused. */
  get pieces(): readonly Uint8Array[] {
    return this.#blocks.map(({ bytes, begin, end }) => bytes.subarray(begin, end));
  }

  /** Adds a copy. */
  append(bytes: Uint8Array): void {
    const size = lengthBytes + bytes.length;
    const block = this.#blockFor(size);
    block.bytes.writeUInt32BE(bytes.length, block.end);
    block.bytes.set(bytes, block.end + lengthBytes);
    block.end += size;
    this.#length += 1;
    this.#bytes += size;
  }

  /** Drops the oldest, if there is one. */
  dropOldest(): void {
    const [block] = this.#blocks;
    if (block === undefined) return;
    const size = lengthBytes + block.bytes.readUInt32BE(block.begin);
    block.begin += size;
    if (block.begin === block.end) this.#blocks.shift();
    this.#length -= 1;
    this.#bytes -= size;
  }

  #blockFor(size: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.end + size <= last.bytes.length) return last;
    const block = { bytes: Buffer.alloc(Math.max(blockBytes, size)), begin: 0, end: 0 };
    this.#blocks.push(block);
    return block;
  }
}
