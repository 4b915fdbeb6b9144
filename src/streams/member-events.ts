/** Facts as the events that users subscribe to: Serf's five kinds, and SWIM's suspicion as an opt-in. */

import type { Cause, Fact } from '../model/fact.ts';
import type { Member, Tags } from '../model/member.ts';

interface EventAbout {
  /** When, in milliseconds of the node's clock (Unix epoch). */
  readonly at: number;
  /** Whom it is about, as they are now (for `member-reap`: as they last were). */
  readonly members: readonly Member[];
  readonly cause: Cause;
}

/** A member is here: new, or back from failed or left. It may be `leaving` already. */
export interface MemberJoinEvent extends EventAbout {
  readonly kind: 'member-join';
}

/** A member has left, by its own wish or forced. */
export interface MemberLeaveEvent extends EventAbout {
  readonly kind: 'member-leave';
}

/** A member was there, and is not any more. */
export interface MemberFailedEvent extends EventAbout {
  readonly kind: 'member-failed';
}

/** A member changed its tags. */
export interface MemberUpdateEvent extends EventAbout {
  readonly kind: 'member-update';
  /** The tags before, of each of `members` in turn. */
  readonly previous: readonly Tags[];
}

/** The record of a gone member was removed. */
export interface MemberReapEvent extends EventAbout {
  readonly kind: 'member-reap';
}

/** What `member$` emits: the kinds of Serf's member events. */
export type MemberEvent =
  MemberJoinEvent | MemberLeaveEvent | MemberFailedEvent | MemberUpdateEvent | MemberReapEvent;

/** A member does not answer: it will be `member-failed` unless it refutes in time. */
export interface MemberSuspectEvent extends EventAbout {
  readonly kind: 'member-suspect';
}

/** A suspected member proved that it is alive. */
export interface MemberRefutedEvent extends EventAbout {
  readonly kind: 'member-refuted';
}

/** What `suspicion$` emits: what Serf keeps to itself, since most suspicions come to nothing. */
export type SuspicionEvent = MemberSuspectEvent | MemberRefutedEvent;

/**
 * The event that a fact is to users, if it is one. `before` and `after` are the record around the
 * fact; suspicion of a node that Serf does not know (pruned, say) is nobody's news.
 */
export function eventOf(
  fact: Fact,
  before: Member | undefined,
  after: Member | undefined,
): MemberEvent | SuspicionEvent | undefined {
  const { at, cause } = fact;
  const member = fact.kind === 'member-reaped' ? before : after;
  if (member === undefined) return undefined;
  const members = [member];
  switch (fact.kind) {
    case 'member-joined':
      return { kind: 'member-join', at, members, cause };
    case 'member-left':
      return { kind: 'member-leave', at, members, cause };
    case 'member-failed':
      return { kind: 'member-failed', at, members, cause };
    case 'member-updated':
      return { kind: 'member-update', at, members, cause, previous: [fact.previousTags] };
    case 'member-reaped':
      return { kind: 'member-reap', at, members, cause };
    case 'node-suspected':
      return isListed(member) ? { kind: 'member-suspect', at, members, cause } : undefined;
    case 'node-refuted':
      return isListed(member) ? { kind: 'member-refuted', at, members, cause } : undefined;
    case 'node-joined':
    case 'node-refreshed':
    case 'suspicion-confirmed':
    case 'node-failed':
    case 'node-left':
    case 'node-forgotten':
    case 'name-conflicted':
    case 'member-leaving':
    case 'member-stayed':
    case 'member-time-advanced':
      return undefined;
    default:
      return fact satisfies never;
  }
}

/** Whether it is a member in Serf's eyes, hence in users'. */
export function isListed(member: Member): boolean {
  return member.memberState !== 'none';
}

/** Whether an event belongs to `suspicion$` rather than `member$`. */
export function isSuspicion(event: MemberEvent | SuspicionEvent): event is SuspicionEvent {
  return event.kind === 'member-suspect' || event.kind === 'member-refuted';
}
