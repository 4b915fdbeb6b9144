/**
 * What must have happened between two views: the facts that lead from the one known to the one in a
 * checkpoint. So a gap is told like everything else, by facts, and every fold stays true over it.
 */

import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Cause, Fact, NodeClaim } from '../model/fact.ts';
import type { Member, MemberState, NodeState } from '../model/member.ts';
import { sameClaim, sameTags } from './same-claim.ts';

/**
 * The facts, all of the cause `checkpoint`, that evolve `known` into `members`: for each node the
 * shortest story that fits. Detours (suspected and refuted in the gap) are not made up, but a member
 * that is gone, and was not known as gone then, is told to have come before. Facts are dated by the
 * records where these say when, else `at`; who accused is not known and left empty.
 */
export function factsBetween(
  known: ReadonlyMap<string, Member>,
  members: Iterable<Member>,
  at: number,
): readonly Fact[] {
  const facts: Fact[] = [];
  const seen = new Set<string>();
  for (const now of members) {
    seen.add(now.name);
    const before = known.get(now.name);
    if (before !== now) tellChange(new Story(now.name, before, facts), before, now, at);
  }
  for (const before of known.values()) {
    if (!seen.has(before.name)) tellRemoval(new Story(before.name, before, facts), at);
  }
  return facts;
}

const cause: Cause = { kind: 'checkpoint' };

/** Distributes over the union: a fact but for what a story knows. */
type Told<F extends Fact> = F extends Fact ? Omit<F, 'name' | 'cause'> : never;

/** The facts about one node so far, and where they have led. */
class Story {
  readonly #name: string;
  readonly #facts: Fact[];
  readonly #members: Members = new Map();

  constructor(name: string, before: Member | undefined, facts: Fact[]) {
    this.#name = name;
    this.#facts = facts;
    if (before !== undefined) this.#members.set(name, before);
  }

  get member(): Member | undefined {
    return this.#members.get(this.#name);
  }

  get nodeState(): NodeState {
    return this.member?.nodeState ?? 'unknown';
  }

  get memberState(): MemberState {
    return this.member?.memberState ?? 'none';
  }

  tell(told: Told<Fact>): void {
    const fact: Fact = { ...told, name: this.#name, cause };
    evolve(this.#members, fact);
    this.#facts.push(fact);
  }
}

function tellChange(story: Story, before: Member | undefined, now: Member, at: number): void {
  const hasJoined = hasMemberJoined(before, now);
  if (hasJoined || hasNodeJoined(before, now)) {
    story.tell({ kind: 'node-joined', at: now.nodeStateSince, ...claimOf(now) });
  } else {
    tellClaim(story, now, at);
  }
  if (hasJoined) {
    const memberState = now.memberState === 'leaving' ? 'leaving' : 'alive';
    const { nodeStateSince, statusTime } = now;
    story.tell({ kind: 'member-joined', at: nodeStateSince, memberState, statusTime });
  } else if (before !== undefined && isListed(before) && isListed(now)) {
    if (!sameTags(before.tags, now.tags)) {
      story.tell({ kind: 'member-updated', at, previousTags: before.tags });
    }
  }
  tellNodeState(story, now);
  tellMemberState(story, now, at);
  if (story.nodeState !== 'unknown' && now.nodeState === 'unknown') {
    story.tell({ kind: 'node-forgotten', at: now.nodeStateSince });
  }
}

/** Whether the member has come (again): it was not there, or is gone since another time. */
function hasMemberJoined(before: Member | undefined, now: Member): boolean {
  if (!isListed(now)) return false;
  if (before === undefined || !isListed(before)) return true;
  if (!isGone(before)) return false;
  // Serf lets the failed become left (forced); the time of the failure stays.
  return !isGone(now) || before.goneSince !== now.goneSince;
}

/** Whether the node has come up (again). */
function hasNodeJoined(before: Member | undefined, now: Member): boolean {
  if (before === undefined) return true;
  if (isUp(before.nodeState)) {
    // Up since another time without a suspicion to refute: all that is known is that it came up then.
    const isSame = before.nodeStateSince === now.nodeStateSince;
    return before.nodeState === 'alive' && now.nodeState === 'alive' && !isSame;
  }
  if (isUp(now.nodeState)) return true;
  // Forgotten is what becomes of the gone; had it come back before, its member would tell.
  if (now.nodeState === 'unknown') return false;
  const isSame = before.nodeState === now.nodeState && before.nodeStateSince === now.nodeStateSince;
  return !isSame || !sameClaim(before, now);
}

/** A node that stayed up may have claimed something new, and has refuted if it was suspected before. */
function tellClaim(story: Story, now: Member, at: number): void {
  const before = story.member;
  if (before === undefined || !isUp(before.nodeState)) return;
  const isSame = before.nodeStateSince === now.nodeStateSince;
  if (before.nodeState === 'suspect' && isUp(now.nodeState) && !isSame) {
    story.tell({ kind: 'node-refuted', at: now.nodeStateSince, ...claimOf(now) });
    return;
  }
  // A change of state, told next, brings its incarnation along.
  const isNext = before.nodeState !== now.nodeState && now.nodeState !== 'alive';
  const claimed = isNext ? { ...now, incarnation: before.incarnation } : now;
  if (!sameClaim(before, claimed)) {
    story.tell({ kind: 'node-refreshed', at, ...claimOf(claimed) });
  }
}

function tellNodeState(story: Story, now: Member): void {
  if (story.nodeState === now.nodeState) return;
  const { incarnation, nodeStateSince: at } = now;
  switch (now.nodeState) {
    case 'alive':
      return;
    case 'suspect':
      return story.tell({ kind: 'node-suspected', at, incarnation, from: '' });
    case 'failed':
      return story.tell({ kind: 'node-failed', at, incarnation, from: '' });
    case 'left':
      return story.tell({ kind: 'node-left', at, incarnation });
    case 'unknown':
      return tellDeparture(story, now);
    default:
      return now.nodeState satisfies never;
  }
}

/** A node that is forgotten went before, which is what Serf heard. */
function tellDeparture(story: Story, now: Member): void {
  if (!isUp(story.nodeState)) return;
  const at = now.goneSince ?? now.nodeStateSince;
  const incarnation = story.member?.incarnation ?? 0;
  if (now.memberState === 'left') story.tell({ kind: 'node-left', at, incarnation });
  else story.tell({ kind: 'node-failed', at, incarnation, from: '' });
}

function tellMemberState(story: Story, now: Member, at: number): void {
  const from = story.memberState;
  const { statusTime } = now;
  const goneAt = now.goneSince ?? at;
  if (from !== now.memberState) {
    switch (now.memberState) {
      case 'alive':
        story.tell({ kind: 'member-stayed', at, statusTime });
        break;
      case 'leaving':
        story.tell({ kind: 'member-leaving', at, statusTime });
        break;
      case 'left':
        story.tell({
          kind: 'member-left',
          at: goneAt,
          statusTime,
          forced: from === 'failed',
        });
        break;
      case 'failed':
        story.tell({ kind: 'member-failed', at: goneAt });
        break;
      case 'none':
        tellReaped(story, at);
        break;
      default:
        now.memberState satisfies never;
    }
  }
  if (story.member !== undefined && story.member.statusTime !== statusTime) {
    story.tell({ kind: 'member-time-advanced', at, statusTime });
  }
}

function tellRemoval(story: Story, at: number): void {
  tellReaped(story, at);
  if (story.nodeState !== 'unknown') story.tell({ kind: 'node-forgotten', at });
}

function tellReaped(story: Story, at: number): void {
  switch (story.memberState) {
    case 'none':
      return;
    case 'alive':
    case 'leaving':
      return story.tell({ kind: 'member-reaped', at, reason: 'prune' });
    case 'left':
      return story.tell({ kind: 'member-reaped', at, reason: 'tombstone-timeout' });
    case 'failed':
      return story.tell({ kind: 'member-reaped', at, reason: 'failed-timeout' });
    default:
      return story.memberState satisfies never;
  }
}

function isUp(state: NodeState): boolean {
  return state === 'alive' || state === 'suspect';
}

function isGone(member: Member): boolean {
  return member.memberState === 'left' || member.memberState === 'failed';
}

function isListed(member: Member): boolean {
  return member.memberState !== 'none';
}

function claimOf(member: Member): NodeClaim {
  const { ip, port, incarnation, meta, tags, versions } = member;
  return { address: { ip, port }, incarnation, meta, tags, versions };
}
