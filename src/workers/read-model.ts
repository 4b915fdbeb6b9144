/** What the engine knows, kept on the main side: the next life takes up from here. */

import type { Checkpoint } from '../core/options.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Member } from '../model/member.ts';
import type { Clocks, Turn } from './port-protocol.ts';

export class ReadModel {
  #members: Members = new Map();
  #clocks: Clocks | undefined;

  apply(turn: Turn): void {
    if (turn.checkpoint !== undefined) {
      this.#members = new Map(turn.checkpoint.members.map((member) => [member.name, member]));
    }
    for (const fact of turn.facts) evolve(this.#members, fact);
    this.#clocks = turn.clocks;
  }

  member(name: string): Member | undefined {
    return this.#members.get(name);
  }

  /** `undefined` before the first turn. */
  checkpoint(): Checkpoint | undefined {
    return this.#clocks && { members: [...this.#members.values()], ...this.#clocks };
  }
}
