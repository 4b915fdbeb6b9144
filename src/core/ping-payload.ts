/** What pings carry beside liveness: where the answering node is, in the payload of its ack. */

import type { Context } from './context.ts';

/** The payload of this node's acks; `null` when it keeps no coordinate. */
export function ackPayload(ctx: Context): Uint8Array | null {
  return ctx.coordinates === undefined ? null : ctx.codec.encodeCoordinate(ctx.coordinates.own);
}

/**
 * Takes the payload of an ack to a direct ping that took `rttMs`. What makes no sense is counted and
 * changes nothing: a node with a strange coordinate is no less alive.
 */
export function takeAckPayload(
  ctx: Context,
  name: string,
  payload: Uint8Array | null,
  rttMs: number,
): void {
  if (ctx.coordinates === undefined || payload === null || payload.length === 0) return;
  // An ack may outrun the news that its sender was pruned, which nothing would undo.
  if ((ctx.members.get(name)?.memberState ?? 'none') === 'none') return;
  const coordinate = ctx.codec.decodeCoordinate(payload);
  if (coordinate === undefined) return ctx.drop('malformed');
  const verdict = ctx.coordinates.learn(name, coordinate, rttMs / 1_000);
  if (verdict !== 'taken') ctx.note('debug', 'rejected a coordinate', { name, verdict });
}
