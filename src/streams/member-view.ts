/** The main thread's view of the cluster: folds facts into `members` and tells them on `member$`. */

import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Checkpoint } from '../core/options.ts';
import { factsBetween } from '../journal/difference.ts';
import type { Journal } from '../journal/journal.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { eventOf, isListed, isSuspicion } from './member-events.ts';
import type { MemberEvent, SuspicionEvent } from './member-events.ts';
import { ReadOnlyMap } from './read-only-map.ts';

/**
 * Updates waiting while subscribers are being called. Only subscribers that cause facts themselves
 * make them wait, so reaching this means that they do so without end.
 */
export const pendingUpdatesMax = 100_000;

export interface MemberViewOptions {
  /** Keeps every fact that the view takes in, in the same order. */
  readonly journal?: Journal;
}

type Update =
  Fact | { readonly kind: 'checkpoint'; readonly members: readonly Member[]; readonly at: number };

export class MemberView {
  readonly #journal: Journal | undefined;
  readonly #known: Members = new Map();
  readonly #listed = new Map<string, Member>();
  readonly #member = new Subject<MemberEvent>();
  readonly #suspicion = new Subject<SuspicionEvent>();
  readonly #pending: Update[] = [];
  #isUpdating = false;

  /** Serf's members by name, always current. Nodes that Serf does not know (any more) are not in it. */
  readonly members: ReadonlyMap<string, Member> = new ReadOnlyMap(this.#listed);

  /**
   * Joins, leaves, failures, updates and reaps from now on, one member an event, in the order in
   * which the facts happened. Subscribers are called synchronously, when `members` has just been
   * changed; one that throws does not keep the others from hearing (RxJS reports its error as
   * uncaught). Completes when the node is shut down.
   */
  readonly member$: Observable<MemberEvent> = this.#member.asObservable();

  /** Suspicions and their refutations, by the same rules as `member$`. */
  readonly suspicion$: Observable<SuspicionEvent> = this.#suspicion.asObservable();

  constructor(options: MemberViewOptions = {}) {
    this.#journal = options.journal;
  }

  /** Every node known, members or not: what a restart resumes from. */
  get known(): ReadonlyMap<string, Member> {
    return this.#known;
  }

  /** Takes facts in, one after the other, and tells them. */
  apply(facts: readonly Fact[]): void {
    this.#update(facts);
  }

  /**
   * Takes over what a checkpoint knows, by the facts that lead there from what was known (dated `at`
   * where the records do not say when). So `member$` and the journal miss nothing over a gap but the
   * detours.
   */
  reset(checkpoint: Pick<Checkpoint, 'members'>, at: number): void {
    this.#update([{ kind: 'checkpoint', members: checkpoint.members, at }]);
  }

  /** Ends both streams. `members` stays what it was. */
  close(): void {
    this.#member.complete();
    this.#suspicion.complete();
  }

  #update(updates: readonly Update[]): void {
    if (this.#isUpdating && this.#pending.length + updates.length > pendingUpdatesMax) {
      throw new Error('The subscribers of member$ cause member events without end.');
    }
    for (const update of updates) this.#pending.push(update);
    // A subscriber caused this while it was called: it waits, so everybody hears in the same order.
    if (this.#isUpdating) return;
    this.#isUpdating = true;
    try {
      // Grows under the loop when subscribers cause more.
      for (const update of this.#pending) this.#take(update);
    } finally {
      this.#pending.length = 0;
      this.#isUpdating = false;
    }
  }

  #take(update: Update): void {
    if (update.kind === 'checkpoint') this.#takeCheckpoint(update.members, update.at);
    else this.#takeFact(update);
  }

  #takeFact(fact: Fact): void {
    const before = this.#known.get(fact.name);
    evolve(this.#known, fact);
    this.#journal?.append(fact);
    const after = this.#known.get(fact.name);
    if (after !== before) this.#list(fact.name, after);
    const event = eventOf(fact, before, after);
    if (event === undefined) return;
    if (isSuspicion(event)) this.#suspicion.next(event);
    else this.#member.next(event);
  }

  #takeCheckpoint(members: readonly Member[], at: number): void {
    for (const fact of factsBetween(this.#known, members, at)) this.#takeFact(fact);
    // The facts lead to the same records; if they ever should not, the checkpoint is right.
    for (const member of members) {
      this.#known.set(member.name, member);
      this.#list(member.name, member);
    }
  }

  #list(name: string, member: Member | undefined): void {
    if (member !== undefined && isListed(member)) this.#listed.set(name, member);
    else this.#listed.delete(name);
  }
}
