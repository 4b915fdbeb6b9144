/** Serf's part of a push/pull: clocks, status times, who left, and the events kept for replay. */

import type { Uint64 } from '../model/message.ts';
import type { LamportClock } from '../model/lamport.ts';
import type { SerfState } from '../model/serf-message.ts';
import type { Context, Origin } from './context.ts';
import { handleJoinIntent, handleLeaveIntent } from './members.ts';
import { handleUserEvent, receiveUserEvent } from './user-events.ts';

/** What this node offers, encoded. */
export function localSerfState(ctx: Context): Uint8Array {
  const statusTimes = new Map<string, Uint64>();
  const leftMembers: string[] = [];
  for (const member of ctx.members.values()) {
    // A leave is no evidence of a join, and that is how a receiver takes a time: whoever is told of it
    // before the leave intent itself would then take that for old.
    if (member.memberState === 'none' || member.memberState === 'leaving') continue;
    statusTimes.set(member.name, member.statusTime);
    if (member.memberState === 'left') leftMembers.push(member.name);
  }
  return ctx.codec.encodeSerf({
    kind: 'serf-state',
    time: ctx.memberClock.time,
    statusTimes,
    leftMembers,
    eventTime: ctx.eventClock.time,
    events: ctx.events.slots,
    queryTime: ctx.queryClock.time,
  });
}

/** Takes over a remote state. What is in it is news only to this node, so nothing is passed on. */
export function mergeSerfState(
  ctx: Context,
  bytes: Uint8Array,
  origin: Origin,
  options: { readonly ignoreOldEvents: boolean },
): void {
  const decoded = ctx.codec.decodeSerf(bytes);
  if (!decoded.ok) return ctx.drop(decoded.reason);
  const state = decoded.value;
  if (state.kind !== 'serf-state') return ctx.drop('unknown-type');
  witnessClock(ctx, ctx.memberClock, state.time);
  witnessClock(ctx, ctx.eventClock, state.eventTime);
  witnessClock(ctx, ctx.queryClock, state.queryTime);
  mergeIntents(ctx, state, origin);
  if (options.ignoreOldEvents && typeof state.eventTime === 'number') {
    ctx.events.ignoreBefore(state.eventTime);
  }
  for (const slot of state.events ?? []) {
    for (const { name, payload } of slot?.events ?? []) {
      const time = slot?.time ?? 0;
      const event = { kind: 'user-event', time, name, payload, coalesce: false } as const;
      if (options.ignoreOldEvents) handleUserEvent(ctx, event);
      else receiveUserEvent(ctx, event, () => {});
    }
  }
}

function mergeIntents(ctx: Context, state: SerfState, origin: Origin): void {
  const statusTimes = state.statusTimes ?? new Map<string, Uint64>();
  const left = new Set(state.leftMembers);
  for (const node of left) {
    const time = statusTimes.get(node) ?? 0;
    if (typeof time !== 'number') ctx.drop('bad-time');
    // One later than the intent that was heard there, so that it counts against that very intent here.
    else
      handleLeaveIntent(ctx, { kind: 'leave-intent', time: time + 1, node, prune: false }, origin);
  }
  for (const [node, time] of statusTimes) {
    if (!left.has(node)) handleJoinIntent(ctx, { kind: 'join-intent', time, node }, origin);
  }
}

/** The remote clock is one ahead of what the remote has seen. */
function witnessClock(ctx: Context, clock: LamportClock, time: Uint64): void {
  if (time === 0) return;
  if (clock.accepts(time)) clock.witness(time - 1);
  else ctx.drop('bad-time');
}
