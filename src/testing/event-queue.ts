/** What will happen next in a simulation: a binary heap ordered by time, then by when it was put in. */

/** Something that happens at an instant. The queue fills `sequence` in. */
export interface Scheduled {
  /** Virtual milliseconds since the simulation began. */
  readonly time: number;
  sequence: number;
}

/** Events of one instant come out in the order in which they went in, so a run can be repeated. */
export class EventQueue<T extends Scheduled> {
  readonly #heap: T[] = [];
  readonly #eventsMax: number;
  #sequence = 0;

  /** `eventsMax` bounds what is in flight at once; one more is refused by {@link push}. */
  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** The time of the next event; `Infinity` if there is none. */
  get nextTime(): number {
    return this.#heap[0]?.time ?? Infinity;
  }

  /** Puts an event in. `false`: the queue is full, and the event was not taken. */
  push(event: T): boolean {
    const heap = this.#heap;
    if (heap.length >= this.#eventsMax) return false;
    event.sequence = this.#sequence;
    this.#sequence += 1;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as T;
      if (isBefore(parent, event)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
    return true;
  }

  /** Takes the next event out. */
  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  #sink(event: T): void {
    const heap = this.#heap;
    const size = heap.length;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= size) break;
      const right = childIndex + 1;
      if (right < size && isBefore(heap[right] as T, heap[childIndex] as T)) childIndex = right;
      const child = heap[childIndex] as T;
      if (isBefore(event, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = event;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.time === b.time ? a.sequence < b.sequence : a.time < b.time;
}
