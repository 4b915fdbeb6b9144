/** User events: each is taken once, told to the user, kept for replay, and passed on. */

import type { ErrorRecord } from '../model/error.ts';
import type { UserEvent } from '../model/serf-message.ts';
import type { Context } from './context.ts';
import { gossipBytesMax } from './gossip.ts';

/** Serf's hard limit on events, however it is configured. */
export const userEventBytesHardMax = 9216;

/**
 * Takes a user event.
 * @returns whether it is news to pass on
 */
export function handleUserEvent(ctx: Context, event: UserEvent): boolean {
  const { time, name, payload, coalesce } = event;
  if (!ctx.eventClock.accepts(time)) {
    ctx.drop('bad-time');
    return false;
  }
  ctx.eventClock.witness(time);
  if (!ctx.events.add(time, { name, payload }, ctx.eventClock.time)) return false;
  const told = { time, name, payload: payload ?? new Uint8Array(0), coalesce, at: ctx.now };
  ctx.outputs.push({ kind: 'user-event', event: told });
  return true;
}

/** Takes a user event from others; while a join wants none from before it, it waits for the answer. */
export function receiveUserEvent(
  ctx: Context,
  event: UserEvent,
  settle: (isNews: boolean) => void,
): void {
  if (!ctx.heldEvents.isHolding) settle(handleUserEvent(ctx, event));
  else if (!ctx.heldEvents.hold(event, settle)) ctx.drop('overload');
}

/** A join that wanted no old events is over: what was held is old, or news. */
export function releaseHeldEvents(ctx: Context): void {
  for (const { event, settle } of ctx.heldEvents.joinEnded()) settle(handleUserEvent(ctx, event));
}

/**
 * Sends a user event to all members, this one included.
 * @returns why not, or its Lamport time
 */
export function sendUserEvent(
  ctx: Context,
  request: { readonly name: string; readonly payload: Uint8Array; readonly coalesce: boolean },
): ErrorRecord | number {
  const time = ctx.eventClock.time;
  const event: UserEvent = { kind: 'user-event', time, ...request };
  const encoded = ctx.codec.encodeSerf(event);
  const bytesMax = Math.min(
    ctx.options.userEventBytesMax,
    userEventBytesHardMax,
    gossipBytesMax(ctx),
  );
  // Refused here, because one that no packet can carry would sit in the queue for ever.
  if (encoded.length > bytesMax) return eventTooLarge(encoded.length, bytesMax);
  ctx.eventClock.increment();
  handleUserEvent(ctx, event);
  ctx.eventBroadcasts.add(encoded);
  return time;
}

function eventTooLarge(bytes: number, bytesMax: number): ErrorRecord {
  return {
    code: 'ERR_EVENT_SIZE',
    message: `the event takes ${bytes} bytes encoded, and at most ${bytesMax} can be gossiped: shorten name or payload, or send a reference to the data`,
    details: { bytes, bytesMax },
  };
}
