/**
 * Events that arrive while a join is under way that wants none from before it. Only the answer to the
 * join says what is from before; gossip and other push/pulls may be faster than it.
 */

import type { UserEvent } from '../model/serf-message.ts';

/** Events held at once; beyond it they are lost here, as if their packets had been. */
export const heldEventsMax = 1024;

interface HeldEvent {
  readonly event: UserEvent;
  /** Called with whether it is news, once that can be told. */
  readonly settle: (isNews: boolean) => void;
}

export class HeldEvents {
  #joins = 0;
  #held: HeldEvent[] = [];

  get isHolding(): boolean {
    return this.#joins > 0;
  }

  /** @returns whether there was room */
  hold(event: UserEvent, settle: (isNews: boolean) => void): boolean {
    if (this.#held.length >= heldEventsMax) return false;
    this.#held.push({ event, settle });
    return true;
  }

  joinStarted(): void {
    this.#joins += 1;
  }

  /** After the last of the joins, gives back what was held, in the order of arrival. */
  joinEnded(): readonly HeldEvent[] {
    this.#joins -= 1;
    if (this.#joins > 0) return [];
    const held = this.#held;
    this.#held = [];
    return held;
  }
}
