/** A ring of Lamport times: what was seen lately, so that nothing counts twice. */

import type { LamportTime } from '../model/lamport.ts';

interface Slot<T> {
  readonly time: LamportTime;
  readonly items: readonly T[];
}

/**
 * Remembers items by Lamport time for the last `size` times. Older ones count as seen: a duplicate
 * could no longer be told from news.
 */
export class LamportWindow<T> {
  readonly #slots: (Slot<T> | null)[];
  readonly #isSame: (a: T, b: T) => boolean;
  #timeMin: LamportTime = 0;

  constructor(size: number, isSame: (a: T, b: T) => boolean) {
    this.#slots = Array.from({ length: size }, () => null);
    this.#isSame = isSame;
  }

  get slots(): readonly (Slot<T> | null)[] {
    return this.#slots;
  }

  /** From now on, times below `time` count as seen. */
  ignoreBefore(time: LamportTime): void {
    this.#timeMin = Math.max(this.#timeMin, time);
  }

  /**
   * Notes an item.
   * @param clock the clock after it has witnessed `time`
   * @returns whether it is news
   */
  add(time: LamportTime, item: T, clock: LamportTime): boolean {
    const size = this.#slots.length;
    if (time < this.#timeMin || (clock > size && time < clock - size)) return false;
    const index = time % size;
    const slot = this.#slots[index];
    const items = slot?.time === time ? slot.items : [];
    if (items.length >= itemsMax || items.some((other) => this.#isSame(other, item))) return false;
    this.#slots[index] = { time, items: [...items, item] };
    return true;
  }
}

/** Items kept for one Lamport time; that many at one time are made by an attacker, not by a cluster. */
const itemsMax = 1024;
