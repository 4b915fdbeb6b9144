/** User events: each is taken once, kept for replay, and passed on. */

import type { UserEvent } from '../model/serf-message.ts';
import type { Context } from './context.ts';

/**
 * Takes a user event.
 * @returns whether it is news to pass on
 */
export function handleUserEvent(ctx: Context, event: UserEvent): boolean {
  const { time, name, payload } = event;
  if (!ctx.eventClock.accepts(time)) {
    ctx.drop('bad-time');
    return false;
  }
  ctx.eventClock.witness(time);
  return ctx.events.add(time, { name, payload }, ctx.eventClock.time);
}
