/**
 * How a fact changes what is known. The one module that does: run by the engine (write model) and
 * again on the main thread (read model), so that both always agree.
 */

import type { Fact, NodeClaim } from './fact.ts';
import { memberStatus } from './member.ts';
import type { Member, MemberState, NodeState } from './member.ts';

/** All known nodes by name. Owned by whoever evolves it; records are replaced, never changed. */
export type Members = Map<string, Member>;

/** Applies a fact. Facts always apply: one about a node that is not there any more changes nothing. */
export function evolve(members: Members, fact: Fact): void {
  const before = members.get(fact.name);
  if (before === undefined) {
    if (fact.kind === 'node-joined') members.set(fact.name, newMember(fact.name, fact, fact.at));
    return;
  }
  const after = next(before, fact);
  if (after.nodeState === 'unknown' && after.memberState === 'none') members.delete(fact.name);
  else if (after !== before) members.set(fact.name, after);
}

function newMember(name: string, claim: NodeClaim, at: number): Member {
  const { address, incarnation, meta, tags, versions } = claim;
  return {
    name,
    ip: address.ip,
    port: address.port,
    tags,
    status: 'alive',
    nodeState: 'alive',
    memberState: 'none',
    incarnation,
    statusTime: 0,
    versions,
    nodeStateSince: at,
    goneSince: undefined,
    meta,
  };
}

// One spread and named fields: a second spread into the same object costs ten times as much.
function claimed(member: Member, claim: NodeClaim): Member {
  const { address, incarnation, meta, tags, versions } = claim;
  return { ...member, ip: address.ip, port: address.port, incarnation, meta, tags, versions };
}

function next(member: Member, fact: Fact): Member {
  switch (fact.kind) {
    case 'node-joined':
    case 'node-refuted':
      return inNodeState(claimed(member, fact), 'alive', fact.at);
    case 'node-refreshed':
      return claimed(member, fact);
    case 'node-suspected':
      return inNodeState({ ...member, incarnation: fact.incarnation }, 'suspect', fact.at);
    case 'node-failed':
      return inNodeState({ ...member, incarnation: fact.incarnation }, 'failed', fact.at);
    case 'node-left':
      return inNodeState({ ...member, incarnation: fact.incarnation }, 'left', fact.at);
    case 'node-forgotten':
      return inNodeState({ ...member, incarnation: 0 }, 'unknown', fact.at);
    case 'member-joined':
      return inMemberState(
        { ...member, statusTime: fact.statusTime, goneSince: undefined },
        fact.memberState,
      );
    case 'member-leaving':
      return inMemberState({ ...member, statusTime: fact.statusTime }, 'leaving');
    case 'member-stayed':
      return inMemberState({ ...member, statusTime: fact.statusTime }, 'alive');
    case 'member-time-advanced':
      return { ...member, statusTime: fact.statusTime };
    case 'member-left':
      // A forced leave keeps the age of the failure: its tombstone is not made younger.
      return inMemberState(
        {
          ...member,
          statusTime: fact.statusTime,
          goneSince: fact.forced ? member.goneSince : fact.at,
        },
        'left',
      );
    case 'member-failed':
      return inMemberState({ ...member, goneSince: fact.at }, 'failed');
    case 'member-reaped':
      return inMemberState({ ...member, goneSince: undefined, statusTime: 0 }, 'none');
    case 'suspicion-confirmed':
    case 'name-conflicted':
    case 'member-updated':
      return member;
    default:
      return fact satisfies never;
  }
}

function inNodeState(member: Member, nodeState: NodeState, at: number): Member {
  const status = memberStatus(nodeState, member.memberState);
  return { ...member, nodeState, status, nodeStateSince: at };
}

function inMemberState(member: Member, memberState: MemberState): Member {
  return { ...member, memberState, status: memberStatus(member.nodeState, memberState) };
}
