/**
 * Messages waiting to be gossiped, each a limited number of times (memberlist's transmit-limited
 * queue): the least-sent first, then the longest that still fits, then the newest.
 */

interface Broadcast {
  readonly key: string | undefined;
  readonly message: Uint8Array;
  /** Of `message`: read far more often than the message is. */
  readonly bytes: number;
  readonly order: number;
  readonly onFinished: (() => void) | undefined;
  transmits: number;
}

/** Messages of one length, oldest first, so that the newest is taken from the end. */
interface Shelf {
  readonly bytes: number;
  readonly broadcasts: Broadcast[];
}

/** What a packet has room for. */
export interface PacketSpace {
  readonly bytesFree: number;
  readonly overhead: number;
  readonly partsMax: number;
  readonly transmitsMax: number | undefined;
  readonly wrap?: (message: Uint8Array) => Uint8Array;
}

/** Messages sent equally often: shelves, the longest messages first. None is empty. */
type Tier = Shelf[];

export class BroadcastQueue {
  readonly #tiers: Tier[] = [];
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
    const { length: bytes } = message;
    this.#insert({ key, message, bytes, order: this.#queued, onFinished, transmits: 0 });
    this.#queued += 1;
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
      for (const { bytes, broadcasts } of tier) {
        const cost = bytes + space.overhead;
        for (let next = broadcasts.length - 1; next >= 0 && cost <= free; next -= 1) {
          if (parts.length >= space.partsMax) break;
          const broadcast = broadcasts[next] as Broadcast;
          taken.push(broadcast);
          parts.push(space.wrap?.(broadcast.message) ?? broadcast.message);
          free -= cost;
        }
      }
    }
    if (space.transmitsMax !== undefined) this.#sent(taken, space.transmitsMax);
    return free;
  }

  /** Moves what was sent to the next tier, or lets it go; waiters hear of it once all is in place. */
  #sent(taken: readonly Broadcast[], transmitsMax: number): void {
    for (const broadcast of taken) this.#remove(broadcast);
    const finished: Broadcast[] = [];
    // Oldest first, so that each goes to the end of its next shelf.
    for (let index = taken.length - 1; index >= 0; index -= 1) {
      const broadcast = taken[index] as Broadcast;
      broadcast.transmits += 1;
      if (broadcast.transmits < transmitsMax) this.#insert(broadcast);
      else finished.push(broadcast);
    }
    for (const broadcast of finished) this.#forgetKey(broadcast);
    for (const broadcast of finished) broadcast.onFinished?.();
  }

  #insert(broadcast: Broadcast): void {
    while (this.#tiers.length <= broadcast.transmits) this.#tiers.push([]);
    const tier = this.#tiers[broadcast.transmits] as Tier;
    const { broadcasts } = shelfFor(tier, broadcast.bytes);
    const last = broadcasts.at(-1);
    if (last === undefined || last.order < broadcast.order) broadcasts.push(broadcast);
    else broadcasts.splice(position(broadcasts, broadcast.order), 0, broadcast);
    if (broadcast.key !== undefined) this.#byKey.set(broadcast.key, broadcast);
    this.#size += 1;
  }

  #remove(broadcast: Broadcast): void {
    const tier = this.#tiers[broadcast.transmits] as Tier;
    const index = shelfIndex(tier, broadcast.bytes);
    const { broadcasts } = tier[index] as Shelf;
    if (broadcasts.at(-1) === broadcast) broadcasts.pop();
    else broadcasts.splice(position(broadcasts, broadcast.order), 1);
    if (broadcasts.length === 0) tier.splice(index, 1);
    this.#size -= 1;
  }

  #forgetKey(broadcast: Broadcast): void {
    if (broadcast.key !== undefined) this.#byKey.delete(broadcast.key);
  }

  #dropMostSent(): void {
    for (let transmits = this.#tiers.length - 1; transmits >= 0; transmits -= 1) {
      const tier = this.#tiers[transmits] as Tier;
      const shelf = tier.at(-1);
      if (shelf === undefined) continue;
      const dropped = shelf.broadcasts.shift() as Broadcast;
      if (shelf.broadcasts.length === 0) tier.pop();
      this.#size -= 1;
      this.#forgetKey(dropped);
      dropped.onFinished?.();
      return;
    }
  }
}

/** Index of the shelf for messages of `bytes` bytes, or where it would stand. */
function shelfIndex(tier: Tier, bytes: number): number {
  let low = 0;
  let high = tier.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tier[middle] as Shelf).bytes > bytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shelfFor(tier: Tier, bytes: number): Shelf {
  const index = shelfIndex(tier, bytes);
  const found = tier[index];
  if (found?.bytes === bytes) return found;
  const shelf = { bytes, broadcasts: [] };
  tier.splice(index, 0, shelf);
  return shelf;
}

/** Index of the message of this order, or where it would stand. */
function position(broadcasts: readonly Broadcast[], order: number): number {
  let low = 0;
  let high = broadcasts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((broadcasts[middle] as Broadcast).order < order) low = middle + 1;
    else high = middle;
  }
  return low;
}
