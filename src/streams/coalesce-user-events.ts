/** The newest user events of each name: Serf's user event coalescer. */

import type { LamportTime } from '../model/lamport.ts';

/** What makes a user event one that can be coalesced, raw or decoded. */
export interface Coalescable {
  readonly name: string;
  readonly time: LamportTime;
  /** Whether its sender allows it. */
  readonly coalesce: boolean;
}

export class EventCoalescer<T extends Coalescable> {
  #latest = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  hold(event: T): boolean {
    if (!event.coalesce) return false;
    const held = this.#latest.get(event.name);
    const time = held?.[0]?.time ?? -1;
    if (event.time < time) return true;
    if (held !== undefined && event.time === time) {
      held.push(event);
      this.#size += 1;
      return true;
    }
    this.#latest.set(event.name, [event]);
    this.#size += 1 - (held?.length ?? 0);
    return true;
  }

  /** All that are held, by their Lamport time; at one time in the order in which they were heard. */
  flush(): readonly T[] {
    const events = [...this.#latest.values()].flat().sort((a, b) => a.time - b.time);
    this.#latest = new Map();
    this.#size = 0;
    return events;
  }
}
