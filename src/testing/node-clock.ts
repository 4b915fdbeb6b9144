/** The clock of one simulated machine: wrong by an offset, running at its own rate, and it may jump. */

/** Virtual times are multiples of this, in ms: sums with a Unix time of today stay exact. */
export const timeQuantumMs = 1 / 64;

/** Rounds a duration or time up to the quantum. */
export function quantise(ms: number): number {
  return Math.ceil(ms / timeQuantumMs) * timeQuantumMs;
}

/** 1 January 2026: large enough that arithmetic on real timestamps is what is tested. */
export const epochMs = Date.UTC(2026, 0, 1);

export class NodeClock {
  #base: number;
  #since = 0;
  #rate = 1;
  #latest: number;

  constructor(offsetMs: number) {
    this.#base = epochMs + quantise(offsetMs);
    this.#latest = this.#base;
  }

  /**
   * What the clock shows at virtual time `time`, as a driver reads it. A driver must never show its
   * engine a falling time, so after a jump back the reading stands still until it has caught up.
   */
  read(time: number): number {
    const reading = this.#base + (time - this.#since) * this.#rate;
    if (reading > this.#latest) this.#latest = reading;
    return this.#latest;
  }

  /** The first virtual time, not before `now`, at which the clock shows `reading` or more. */
  timeOf(reading: number, now: number): number {
    if (reading === Infinity) return Infinity;
    let time = Math.max(now, quantise(this.#since + (reading - this.#base) / this.#rate));
    // A rate other than 1 rounds: never wake a driver before its deadline.
    while (this.#base + (time - this.#since) * this.#rate < reading) {
      if (this.#latest >= reading) break;
      time += timeQuantumMs;
    }
    return time;
  }

  /** Moves the clock by `byMs` at virtual time `now`. */
  jump(byMs: number, now: number): void {
    this.#rebase(now);
    this.#base += quantise(byMs);
  }

  /** From `now` on the clock runs `rate` times as fast as virtual time. */
  setRate(rate: number, now: number): void {
    this.#rebase(now);
    this.#rate = rate;
  }

  #rebase(now: number): void {
    this.#base += (now - this.#since) * this.#rate;
    this.#since = now;
  }
}
