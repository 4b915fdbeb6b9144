/** Intents about members that are not known yet: gossip may bring them before the member itself. */

import type { LamportTime } from '../model/lamport.ts';

/** How many unknown names are remembered; beyond it the oldest goes. */
export const recentIntentsMax = 4096;

export interface RecentIntent {
  readonly kind: 'join' | 'leave';
  readonly time: LamportTime;
  readonly heardAt: number;
}

export class RecentIntents {
  readonly #byName = new Map<string, RecentIntent>();

  get(name: string): RecentIntent | undefined {
    return this.#byName.get(name);
  }

  /** Keeps the intent if it is newer than what is kept; returns whether it was. */
  upsert(name: string, intent: RecentIntent): boolean {
    const kept = this.#byName.get(name);
    if (kept !== undefined && kept.time >= intent.time) return false;
    // Re-inserted, so that the map stays in the order of hearing.
    this.#byName.delete(name);
    this.#byName.set(name, intent);
    if (this.#byName.size > recentIntentsMax) {
      const oldest = this.#byName.keys().next();
      if (oldest.done !== true) this.#byName.delete(oldest.value);
    }
    return true;
  }

  /** Forgets what was heard before `before`. */
  purge(before: number): void {
    for (const [name, intent] of this.#byName) {
      if (intent.heardAt < before) this.#byName.delete(name);
    }
  }
}
