/** A listener that remembers what a runtime tells, and folds it as a node would. */

import type { Checkpoint } from '../../../src/core/options.ts';
import type { Note } from '../../../src/core/output.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Fact } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import type { RuntimeListener } from '../../../src/workers/runtime.ts';

export class RuntimeRecorder implements RuntimeListener {
  readonly allFacts: Fact[] = [];
  readonly checkpoints: Checkpoint[] = [];
  readonly notes: Note[] = [];
  readonly namesLost: { readonly matching: number; readonly responses: number }[] = [];
  readonly supervisions: {
    readonly kind: string;
    readonly restarts: number;
    readonly reason: string;
  }[] = [];
  /** What was told, in order: `checkpoint`, or the kind of a fact. */
  readonly story: string[] = [];
  members = new Map<string, Member>();

  facts(facts: readonly Fact[]): void {
    for (const fact of facts) {
      this.allFacts.push(fact);
      this.story.push(fact.kind);
      evolve(this.members, fact);
    }
  }

  checkpoint(checkpoint: Checkpoint): void {
    this.checkpoints.push(checkpoint);
    this.story.push('checkpoint');
    this.members = new Map(checkpoint.members.map((member) => [member.name, member]));
  }

  note(note: Note): void {
    this.notes.push(note);
  }

  nameLost(vote: { readonly matching: number; readonly responses: number }): void {
    this.namesLost.push(vote);
  }

  supervision(event: {
    readonly kind: 'lost' | 'restored' | 'given-up';
    readonly restarts: number;
    readonly reason: string;
  }): void {
    this.supervisions.push(event);
    this.story.push(event.kind);
  }

  /** Names of the members with that status, sorted. */
  named(status: Member['status']): readonly string[] {
    return [...this.members.values()]
      .filter((member) => member.status === status)
      .map(({ name }) => name)
      .sort();
  }
}
