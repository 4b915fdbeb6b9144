/** Lamport clocks: the order of intents, user events and queries (Lamport 1978; as Serf uses them). */

declare const lamportTime: unique symbol;

/**
 * A logical time. A safe integer ≥ 0; Serf carries an unsigned 64-bit number, of which we accept
 * what {@link isAcceptableJump} lets through, so a time never leaves the safe integers.
 */
export type LamportTime = number & { readonly [lamportTime]?: never };

/**
 * How far ahead of the own clock a time from the network may be. One hostile packet with a time
 * near 2^63 would otherwise wedge every clock for good; 2^32 is more events than a cluster makes in
 * years, and leaves 2^21 such jumps before the safe integers end.
 */
export const lamportJumpMax = 2 ** 32;

/** A clock that only moves forward. Starts at 0, as Serf's. */
export class LamportClock {
  #time: LamportTime;

  constructor(time: LamportTime = 0) {
    this.#time = time;
  }

  get time(): LamportTime {
    return this.#time;
  }

  /** Moves one on and returns the new time. */
  increment(): LamportTime {
    this.#time += 1;
    return this.#time;
  }

  /** Makes the clock later than `seen`: own = max(own, seen + 1). */
  witness(seen: LamportTime): void {
    if (seen >= this.#time) this.#time = seen + 1;
  }

  /** Whether a time from the network is one that this clock may witness. */
  accepts(seen: number | bigint): seen is LamportTime {
    return typeof seen === 'number' && seen <= this.#time + lamportJumpMax;
  }
}
