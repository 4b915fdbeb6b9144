/**
 * Messages waiting to be gossiped, each a limited number of times (memberlist's transmit-limited
 * queue): the least-sent first, then the longest that still fits, then the newest.
 */

interface Broadcast {
  readonly key: string | undefined;
  readonly message: Uint8Array;
  readonly bytes: number;
  readonly order: number;
  readonly onFinished: (() => void) | undefined;
  transmits: number;
}

/** What a packet has room for. */
export interface PacketSpace {
  readonly bytesFree: number;
  readonly overhead: number;
  readonly partsMax: number;
  readonly transmitsMax: number | undefined;
  readonly wrap?: (message: Uint8Array) => Uint8Array;
}

export class BroadcastQueue {
  /** By number of transmissions; within a tier longest first, then newest. */
  readonly #tiers: Broadcast[][] = [];
  readonly #byKey = new Map<string, Broadcast>();
  readonly #sizeMax: number;
  #size = 0;
  #queued = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Queues a message. One with a `key` replaces the earlier one of that key: newer news about the
   * same node makes older news pointless. `onFinished` is called once, when the message has been sent
   * often enough, was replaced, or was dropped because the queue is full.
   */
  add(message: Uint8Array, key?: string, onFinished?: () => void): void {
    const replaced = key === undefined ? undefined : this.#byKey.get(key);
    if (replaced !== undefined) this.#remove(replaced);
    const broadcast = {
      key,
      message,
      bytes: message.length,
      order: this.#queued,
      onFinished,
      transmits: 0,
    };
    this.#queued += 1;
    this.#insert(broadcast);
    replaced?.onFinished?.();
    if (this.#size > this.#sizeMax) this.#dropMostSent();
  }

  /**
   * Takes messages for one packet: while they fit into `bytesFree`, each with `overhead` bytes added.
   * Appends them to `parts` (up to `partsMax` in all) and returns the bytes still free. Without
   * `transmitsMax` the messages are only lent: it does not count as a transmission.
   */
  take(parts: Uint8Array[], space: PacketSpace): number {
    let free = space.bytesFree;
    if (this.#size === 0) return free;
    const taken: Broadcast[] = [];
    for (const tier of this.#tiers) {
      const shortest = tier.at(-1)?.bytes ?? Infinity;
      let index = 0;
      while (shortest + space.overhead <= free && parts.length < space.partsMax) {
        index = Math.max(index, firstFitting(tier, free - space.overhead));
        if (index >= tier.length) break;
        // Neighbours mostly fit together: they leave the tier in one cut.
        const run = runLength(tier, index, { ...space, free, parts: parts.length });
        for (const broadcast of space.transmitsMax === undefined
          ? tier.slice(index, index + run)
          : tier.splice(index, run)) {
          taken.push(broadcast);
          parts.push(space.wrap?.(broadcast.message) ?? broadcast.message);
          free -= broadcast.bytes + space.overhead;
        }
        if (space.transmitsMax === undefined) index += run;
      }
    }
    if (space.transmitsMax === undefined) return free;
    this.#size -= taken.length;
    for (const broadcast of taken) this.#sent(broadcast, space.transmitsMax);
    return free;
  }

  #sent(broadcast: Broadcast, transmitsMax: number): void {
    broadcast.transmits += 1;
    if (broadcast.transmits < transmitsMax) this.#insert(broadcast);
    else this.#finish(broadcast);
  }

  #insert(broadcast: Broadcast): void {
    while (this.#tiers.length <= broadcast.transmits) this.#tiers.push([]);
    const tier = this.#tiers[broadcast.transmits] as Broadcast[];
    tier.splice(position(tier, broadcast), 0, broadcast);
    if (broadcast.key !== undefined) this.#byKey.set(broadcast.key, broadcast);
    this.#size += 1;
  }

  #remove(broadcast: Broadcast): void {
    const tier = this.#tiers[broadcast.transmits] as Broadcast[];
    tier.splice(position(tier, broadcast), 1);
    this.#size -= 1;
  }

  #finish(broadcast: Broadcast): void {
    if (broadcast.key !== undefined) this.#byKey.delete(broadcast.key);
    broadcast.onFinished?.();
  }

  #dropMostSent(): void {
    for (let transmits = this.#tiers.length - 1; transmits >= 0; transmits -= 1) {
      const dropped = this.#tiers[transmits]?.pop();
      if (dropped === undefined) continue;
      this.#size -= 1;
      this.#finish(dropped);
      return;
    }
  }
}

/** How many neighbours from `start` on fit together. */
function runLength(
  tier: readonly Broadcast[],
  start: number,
  space: PacketSpace & { readonly free: number; readonly parts: number },
): number {
  let { free } = space;
  let end = start;
  while (end < tier.length && space.parts + end - start < space.partsMax) {
    free -= (tier[end] as Broadcast).bytes + space.overhead;
    if (free < 0) break;
    end += 1;
  }
  return end - start;
}

/** Index of the first message of at most `bytes` bytes. */
function firstFitting(tier: readonly Broadcast[], bytes: number): number {
  let low = 0;
  let high = tier.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tier[middle] as Broadcast).bytes > bytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where `broadcast` stands, or would stand, in the order of its tier. */
function position(tier: readonly Broadcast[], broadcast: Broadcast): number {
  let low = 0;
  let high = tier.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(tier[middle] as Broadcast, broadcast)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(a: Broadcast, b: Broadcast): boolean {
  if (a.bytes !== b.bytes) return a.bytes > b.bytes;
  return a.order > b.order;
}
