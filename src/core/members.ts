/**
 * Serf's rules about members: what SWIM's news and the intents make of them. Intents are ordered by
 * Lamport time; one that is not newer than the last accepted one changes nothing.
 */

import { memberTable } from '../machines/tables.ts';
import type { MemberMachineEvent } from '../machines/member-machine.ts';
import type { Cause, MemberFact, MemberFactKind } from '../model/fact.ts';
import type { LamportTime } from '../model/lamport.ts';
import type { Member, Tags } from '../model/member.ts';
import type { JoinIntent, LeaveIntent } from '../model/serf-message.ts';
import type { Context, Origin } from './context.ts';
import { causeOf, consequence, isLive } from './context.ts';

/** SWIM says that the node is up, newly or again. */
export function nodeJoined(ctx: Context, name: string): void {
  const intent = ctx.recentIntents.get(name);
  const event = {
    type: 'node-joined',
    intent: intent?.kind,
    intentTime: intent?.time ?? 0,
  } as const;
  ctx.pendingPrunes.delete(name);
  ctx.keepGoneMs.delete(name);
  step(ctx, name, event, { cause: consequence });
}

/** SWIM says that the node changed its tags from `previousTags`. */
export function nodeUpdated(ctx: Context, name: string, previousTags: Tags): void {
  step(ctx, name, { type: 'node-updated' }, { cause: consequence, previousTags });
}

/** SWIM says that the node is gone: left if it had said so, else failed. */
export function nodeGone(ctx: Context, name: string): void {
  step(ctx, name, { type: 'node-gone' }, { cause: consequence });
  if (ctx.pendingPrunes.delete(name)) {
    step(ctx, name, { type: 'prune' }, { cause: consequence, reason: 'prune' });
  }
}

/**
 * Takes a join intent.
 * @returns whether it is news to pass on
 */
export function handleJoinIntent(
  ctx: Context,
  intent: JoinIntent,
  origin: Origin | Cause,
): boolean {
  const { node, time } = intent;
  if (!ctx.memberClock.accepts(time)) return refuseTime(ctx);
  ctx.memberClock.witness(time);
  const member = knownMember(ctx, node);
  if (member === undefined) return buffer(ctx, node, 'join', time);
  if (time <= member.statusTime) return false;
  if (ctx.isSelf(node) && ctx.localState === 'alive' && origin.kind === 'push-pull') {
    // Some send the time of a leave intent about us as if we had joined at it: say that we are here.
    broadcastJoinIntent(ctx);
    return false;
  }
  step(ctx, node, { type: 'join-intent', time }, { cause: intentCause(origin, time) });
  if (member.memberState === 'leaving') ctx.pendingPrunes.delete(node);
  return true;
}

/**
 * Takes a leave intent. One about this node while it stays is answered with a newer join intent.
 * @returns whether it is news to pass on
 */
export function handleLeaveIntent(
  ctx: Context,
  intent: LeaveIntent,
  origin: Origin | Cause,
): boolean {
  const { node, time, prune } = intent;
  if (!ctx.memberClock.accepts(time)) return refuseTime(ctx);
  ctx.memberClock.witness(time);
  const member = knownMember(ctx, node);
  if (member === undefined) return buffer(ctx, node, 'leave', time);
  if (ctx.isSelf(node) && ctx.localState === 'alive') {
    // Also at the very time of our last join intent: elsewhere the leave may have been first.
    if (time >= member.statusTime) broadcastJoinIntent(ctx);
    return false;
  }
  if (time <= member.statusTime) return false;
  step(ctx, node, { type: 'leave-intent', time }, { cause: intentCause(origin, time) });
  if (prune) pruneMember(ctx, node);
  return true;
}

/** Says that this node is here (still, or again), at the present time of the member clock. */
export function broadcastJoinIntent(ctx: Context): void {
  const intent: JoinIntent = {
    kind: 'join-intent',
    time: ctx.memberClock.time,
    node: ctx.options.name,
  };
  handleJoinIntent(ctx, intent, { kind: 'command', command: 'join' });
  ctx.intentBroadcasts.add(ctx.codec.encodeSerf(intent));
}

/** Removes the record of a member that is gone for `afterMs`. */
export function reapMember(
  ctx: Context,
  name: string,
  reason: 'failed-timeout' | 'tombstone-timeout',
  afterMs: number,
): void {
  step(ctx, name, { type: 'reap' }, { cause: { kind: 'expiry', afterMs }, reason });
  ctx.keepGoneMs.delete(name);
}

/**
 * Forgets a member on request. One that SWIM still counts as up is only marked: to drop it now would
 * make it a ghost, running but invisible for good, because nothing would announce it again.
 */
function pruneMember(ctx: Context, name: string): void {
  if (isLive(ctx.members.get(name))) ctx.pendingPrunes.add(name);
  else step(ctx, name, { type: 'prune' }, { cause: consequence, reason: 'prune' });
}

interface Details {
  readonly cause: Cause;
  readonly previousTags?: Tags;
  readonly reason?: 'failed-timeout' | 'tombstone-timeout' | 'prune';
}

function step(ctx: Context, name: string, event: MemberMachineEvent, details: Details): void {
  const member = ctx.members.get(name);
  if (member === undefined) return;
  const taken = memberTable.step(member.memberState, event, member);
  if (taken === undefined) return;
  for (const kind of taken.facts) {
    ctx.emit(memberFact(kind, { ctx, member, event, details, target: taken.target }));
  }
}

function memberFact(
  kind: MemberFactKind,
  about: {
    readonly ctx: Context;
    readonly member: Member;
    readonly event: MemberMachineEvent;
    readonly details: Details;
    readonly target: string;
  },
): MemberFact {
  const { ctx, member, event, details } = about;
  const base = { name: member.name, at: ctx.now, cause: details.cause };
  const statusTime = 'time' in event ? event.time : member.statusTime;
  switch (kind) {
    case 'member-joined': {
      const isNew = member.memberState === 'none' && event.type === 'node-joined';
      return {
        kind,
        ...base,
        memberState: about.target === 'leaving' ? 'leaving' : 'alive',
        statusTime: isNew ? event.intentTime : member.statusTime,
      };
    }
    case 'member-updated':
      return { kind, ...base, previousTags: details.previousTags ?? member.tags };
    case 'member-left':
      return { kind, ...base, statusTime, forced: member.memberState === 'failed' };
    case 'member-leaving':
    case 'member-stayed':
    case 'member-time-advanced':
      return { kind, ...base, statusTime };
    case 'member-failed':
      return { kind, ...base };
    case 'member-reaped':
      return { kind, ...base, reason: details.reason ?? 'prune' };
    default:
      return kind satisfies never;
  }
}

function knownMember(ctx: Context, name: string): Member | undefined {
  const member = ctx.members.get(name);
  return member?.memberState === 'none' ? undefined : member;
}

function buffer(ctx: Context, name: string, kind: 'join' | 'leave', time: LamportTime): boolean {
  return ctx.recentIntents.upsert(name, { kind, time, heardAt: ctx.now });
}

function refuseTime(ctx: Context): false {
  ctx.drop('bad-time');
  return false;
}

function intentCause(origin: Origin | Cause, time: LamportTime): Cause {
  if (!('from' in origin)) return origin;
  const heard = causeOf(origin);
  return 'via' in heard ? { kind: 'intent', time, via: heard.via } : heard;
}
