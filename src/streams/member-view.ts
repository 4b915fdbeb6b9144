/** The main thread's view of the cluster: folds facts into `members` and tells them on `member$`. */

import { Subject } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Checkpoint } from '../core/options.ts';
import { factsBetween } from '../journal/difference.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { eventOf, isListed, isSuspicion } from './member-events.ts';
import type { MemberEvent, SuspicionEvent } from './member-events.ts';
import { ReadOnlyMap } from './read-only-map.ts';

/**
 * Events waiting while subscribers are being called. Only subscribers that cause facts themselves
 * make them wait, so reaching this means that they do so without end.
 */
export const pendingEventsMax = 100_000;

export class MemberView {
  readonly #known: Members = new Map();
  readonly #listed = new Map<string, Member>();
  readonly #member = new Subject<MemberEvent>();
  readonly #suspicion = new Subject<SuspicionEvent>();
  readonly #pending: (MemberEvent | SuspicionEvent)[] = [];
  #isTelling = false;

  /** Serf's members by name, always current. Nodes that Serf does not know (any more) are not in it. */
  readonly members: ReadonlyMap<string, Member> = new ReadOnlyMap(this.#listed);

  /**
   * Joins, leaves, failures, updates and reaps from now on, one member an event, in the order in
   * which the facts happened. Subscribers are called synchronously, after `members` was changed; one
   * that throws does not keep the others from hearing (RxJS reports its error as uncaught). Completes
   * when the node is shut down.
   */
  readonly member$: Observable<MemberEvent> = this.#member.asObservable();

  /** Suspicions and their refutations, by the same rules as `member$`. */
  readonly suspicion$: Observable<SuspicionEvent> = this.#suspicion.asObservable();

  /** Every node known, members or not, for whoever keeps checkpoints. */
  get known(): ReadonlyMap<string, Member> {
    return this.#known;
  }

  /** Takes a fact in, and tells it. */
  apply(fact: Fact): void {
    const before = this.#known.get(fact.name);
    evolve(this.#known, fact);
    const after = this.#known.get(fact.name);
    if (after !== before) this.#list(fact.name, after);
    const event = eventOf(fact, before, after);
    if (event !== undefined) this.#tell(event);
  }

  /**
   * Takes over what a checkpoint knows, telling the events that lead from what was known to it: so
   * `member$` misses nothing over a gap but the detours. Returns the facts that it told, for the
   * journal.
   */
  reset(checkpoint: Pick<Checkpoint, 'members'>, at: number): readonly Fact[] {
    const facts = factsBetween(this.#known, checkpoint.members, at);
    for (const fact of facts) this.apply(fact);
    // The facts lead to the same records; if they ever should not, the checkpoint is right.
    for (const member of checkpoint.members) {
      this.#known.set(member.name, member);
      this.#list(member.name, member);
    }
    return facts;
  }

  /** Ends both streams. `members` stays what it was. */
  close(): void {
    this.#member.complete();
    this.#suspicion.complete();
  }

  #list(name: string, member: Member | undefined): void {
    if (member !== undefined && isListed(member)) this.#listed.set(name, member);
    else this.#listed.delete(name);
  }

  #tell(event: MemberEvent | SuspicionEvent): void {
    if (this.#pending.length === pendingEventsMax) {
      throw new Error('The subscribers of member$ cause member events without end.');
    }
    this.#pending.push(event);
    // A subscriber that causes a fact while it is called: everybody still hears in the same order.
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      for (let next = 0; next < this.#pending.length; next += 1) {
        this.#emit(this.#pending[next] as MemberEvent | SuspicionEvent);
      }
    } finally {
      this.#pending.length = 0;
      this.#isTelling = false;
    }
  }

  #emit(event: MemberEvent | SuspicionEvent): void {
    if (isSuspicion(event)) this.#suspicion.next(event);
    else this.#member.next(event);
  }
}
