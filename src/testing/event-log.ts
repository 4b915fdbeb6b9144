/** The member events that one simulated node has told of: the last ones, and counts of all. */

import { Listeners } from './listeners.ts';
import type { SimulatedEvent, SimulatedEventKind } from './member-event.ts';

export type SimulatedEventListener = (event: SimulatedEvent) => void;

export class EventLog {
  readonly #keptMax: number;
  #kept: SimulatedEvent[] = [];
  readonly #counts = new Map<SimulatedEventKind, number>();
  readonly #listeners = new Listeners<SimulatedEvent>();

  /** `keptMax`: how many events are kept; the counts are of all. */
  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  add(event: SimulatedEvent): void {
    this.#counts.set(event.kind, this.count(event.kind) + 1);
    if (this.#keptMax > 0) {
      this.#kept.push(event);
      // Trimmed in halves, so that keeping costs the same for each event.
      if (this.#kept.length >= 2 * this.#keptMax) this.#kept = this.#kept.slice(-this.#keptMax);
    }
    this.#listeners.tell(event);
  }

  /** The events kept, oldest first. */
  get kept(): readonly SimulatedEvent[] {
    return this.#kept.slice(-this.#keptMax);
  }

  /** How many events of a kind there have been, ever. */
  count(kind: SimulatedEventKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Calls `listener` with every event from now on; returns how to stop it. */
  listen(listener: SimulatedEventListener): () => void {
    return this.#listeners.listen(listener);
  }
}
