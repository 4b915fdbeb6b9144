/** Lifeguard's local health: how much this node should doubt itself before it doubts others. */

/** A score from 0 (healthy) to `max − 1`. */
export class Awareness {
  readonly #max: number;
  #score = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  /** Better (negative) or worse (positive), within the bounds. */
  apply(delta: number): void {
    this.#score = Math.min(Math.max(this.#score + delta, 0), this.#max - 1);
  }

  /** An interval stretched by the score: a node that misses acks waits longer before it accuses. */
  scale(intervalMs: number): number {
    return intervalMs * (this.#score + 1);
  }
}
