/** What a simulated node tells its user of members: Serf's event kinds, and two of SWIM's. */

import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';

export const simulatedEventKinds = [
  'member-join',
  'member-leave',
  'member-failed',
  'member-update',
  'member-reap',
  'member-suspect',
  'member-refuted',
] as const;

export type SimulatedEventKind = (typeof simulatedEventKinds)[number];

/** One thing that happened to one member, as one node saw it. */
export interface SimulatedEvent {
  readonly kind: SimulatedEventKind;
  readonly name: string;
  /** Virtual milliseconds. */
  readonly time: number;
  /** The member after it happened; `undefined` once it is not known any more. */
  readonly member: Member | undefined;
}

/** The event that a fact is for the user, if it is one. */
export function eventKindOf(fact: Fact): SimulatedEventKind | undefined {
  switch (fact.kind) {
    case 'member-joined':
      return 'member-join';
    case 'member-left':
      return 'member-leave';
    case 'member-failed':
      return 'member-failed';
    case 'member-updated':
      return 'member-update';
    case 'member-reaped':
      return 'member-reap';
    case 'node-suspected':
      return 'member-suspect';
    case 'node-refuted':
      return 'member-refuted';
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
