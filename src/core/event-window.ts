/** The user events of the last Lamport times: for telling duplicates, and for replay. */

import { sameBytes } from '../model/bytes.ts';
import type { Bytes } from '../model/message.ts';
import type { EventSlot } from '../model/serf-message.ts';
import { LamportWindow } from './lamport-window.ts';

interface StoredEvent {
  readonly name: string;
  readonly payload: Bytes | null;
}

/** The events of the last Lamport times, as a push/pull hands them on. */
export class EventWindow {
  readonly #window: LamportWindow<StoredEvent>;

  constructor(slots: number) {
    this.#window = new LamportWindow(slots, (a, b) => {
      return a.name === b.name && sameBytes(a.payload, b.payload);
    });
  }

  get slots(): readonly (EventSlot | null)[] {
    return this.#window.slots.map((slot) => slot && { time: slot.time, events: slot.items });
  }

  ignoreBefore(time: number): void {
    this.#window.ignoreBefore(time);
  }

  add(time: number, event: StoredEvent, clock: number): boolean {
    return this.#window.add(time, event, clock);
  }
}
