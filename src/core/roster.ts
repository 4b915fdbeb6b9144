/** The names that SWIM knows, in the random order in which they are probed. */

import type { Random } from '../model/random.ts';
import { randomInteger, shuffle } from '../model/random.ts';

/**
 * Round-robin over a shuffled list: every node is probed once a round, so a failure is noticed within
 * 2n − 1 intervals at worst instead of maybe never (SWIM, section 4.3).
 */
export class Roster {
  #names: string[] = [];
  #index = 0;

  get names(): readonly string[] {
    return this.#names;
  }

  get size(): number {
    return this.#names.length;
  }

  /** Adds a name at a random place, so that newcomers are not always probed last. */
  add(name: string, random: Random): void {
    const place = randomInteger(random, this.#names.length + 1);
    const displaced = this.#names[place];
    if (displaced === undefined) this.#names.push(name);
    else {
      this.#names[place] = name;
      this.#names.push(displaced);
    }
  }

  /** The next name in the round, or `undefined` at the end of it. */
  next(): string | undefined {
    const name = this.#names[this.#index];
    this.#index += 1;
    return name;
  }

  /** Starts another round: keeps the names that `keep` lets through, in a new order. */
  restart(keep: (name: string) => boolean, random: Random): void {
    this.#names = shuffle(this.#names.filter(keep), random);
    this.#index = 0;
  }
}
