/** What a kernel keeps for a process that does not read: datagrams up to a size, then it drops. */

/**
 * What a datagram costs beside its bytes. Linux charges its own book-keeping against the buffer: 92
 * datagrams of 1,400 B filled the default of 212,992 B, 256 of 60 B did.
 */
const datagramOverheadBytes = 768;

export class ReceiveBuffer<T> {
  readonly bytesMax: number;
  #items: T[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get size(): number {
    return this.#items.length;
  }

  /** What did not fit, ever. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Keeps a datagram of `bytes`; `false` if it does not fit and is gone. */
  push(item: T, bytes: number): boolean {
    const cost = bytes + datagramOverheadBytes;
    if (this.#bytes + cost > this.bytesMax) {
      this.#dropped += 1;
      return false;
    }
    this.#bytes += cost;
    this.#items.push(item);
    return true;
  }

  /** Takes everything out, oldest first. */
  drain(): readonly T[] {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return items;
  }
}
