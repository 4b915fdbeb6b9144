/** Timers as values: one queue of deadlines, in the order in which they fall due. */

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly timer: T;
}

/**
 * A binary heap of (deadline, order of arming). Nothing is ever cancelled: a timer carries what it
 * takes to recognise that it is stale when it fires, so arming is all there is.
 */
export class DeadlineQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #armed = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest deadline, `Infinity` when empty. */
  get next(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  arm(at: number, timer: T): void {
    this.#heap.push({ at, order: this.#armed, timer });
    this.#armed += 1;
    this.#rise(this.#heap.length - 1);
  }

  /** Removes and returns the earliest timer that is due at `now`, or `undefined`. */
  takeDue(now: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = this.#heap.pop() as Entry<T>;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first.timer;
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const one = this.#heap[a] as Entry<T>;
    const other = this.#heap[b] as Entry<T>;
    return one.at < other.at || (one.at === other.at && one.order < other.order);
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const entry = this.#heap[child] as Entry<T>;
    this.#heap[child] = this.#heap[parent] as Entry<T>;
    this.#heap[parent] = entry;
    return true;
  }
}
