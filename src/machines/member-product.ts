/** The two views of a server side by side, SWIM's node and Serf's member, and what users see of them. */

import type { NodeFactKind } from '../model/fact.ts';
import { memberStatus } from '../model/member.ts';
import type { MemberState, MemberStatus, NodeState } from '../model/member.ts';
import type { MemberMachineEvent } from './member-machine.ts';

/** A state of each machine, at the same time. */
export interface MemberPair {
  readonly node: NodeState;
  readonly member: MemberState;
}

/**
 * Every pair that can come about, of 25. SWIM's gone nodes are gone in Serf as well, and nodes that
 * are there are there in Serf, unless its record was pruned (`none`) while SWIM still knows the node.
 */
export const reachablePairs: readonly MemberPair[] = [
  { node: 'unknown', member: 'none' },
  // SWIM forgets the gone within a minute, Serf keeps them for a day.
  { node: 'unknown', member: 'left' },
  { node: 'unknown', member: 'failed' },
  { node: 'alive', member: 'none' },
  { node: 'alive', member: 'alive' },
  { node: 'alive', member: 'leaving' },
  { node: 'suspect', member: 'none' },
  { node: 'suspect', member: 'alive' },
  { node: 'suspect', member: 'leaving' },
  { node: 'failed', member: 'none' },
  { node: 'failed', member: 'left' },
  { node: 'failed', member: 'failed' },
  { node: 'left', member: 'none' },
  { node: 'left', member: 'left' },
  // It said goodbye to SWIM, but no leave intent of it was heard (Serf then calls it failed).
  { node: 'left', member: 'failed' },
];

/** Whether both machines can be in these states at once. */
export function isReachable(pair: MemberPair): boolean {
  return reachablePairs.some(({ node, member }) => node === pair.node && member === pair.member);
}

/** What users see of a pair; `undefined` if Serf does not know the member, so they see nothing. */
export function statusOf(pair: MemberPair): MemberStatus | undefined {
  return pair.member === 'none' ? undefined : memberStatus(pair.node, pair.member);
}

/**
 * The event by which the member machine hears of a step of the node machine, if it does; the intent
 * that a `node-joined` carries is the engine's to add, as is `node-updated` when a claim changed tags.
 */
export function heardBySerf(fact: NodeFactKind): MemberMachineEvent['type'] | undefined {
  switch (fact) {
    case 'node-joined':
      return 'node-joined';
    case 'node-failed':
    case 'node-left':
      return 'node-gone';
    case 'node-refreshed':
    case 'node-refuted':
    case 'node-suspected':
    case 'suspicion-confirmed':
    case 'node-forgotten':
    case 'name-conflicted':
      return undefined;
    default:
      return fact satisfies never;
  }
}
