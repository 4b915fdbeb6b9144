/** What arrives in packets and one-way streams: to whom in the engine it goes. */

import type { Address } from '../model/address.ts';
import { ipFromBytes, isIpAllowed } from '../model/address.ts';
import type { Dead, PacketMessage, Ping, Suspect } from '../model/message.ts';
import type { Relay } from '../model/serf-message.ts';
import type { Context, Origin } from './context.ts';
import { causeOf } from './context.ts';
import { sendParts, sendWithNews, wrapUserMessage } from './gossip.ts';
import { handleJoinIntent, handleLeaveIntent } from './members.ts';
import { aliveOf, applyAlive, applyDead, applySuspect } from './nodes.ts';
import { ackPayload } from './ping-payload.ts';
import type { Prober } from './prober.ts';
import type { Queries } from './queries.ts';
import { replyAddress } from './relays.ts';
import type { Relays } from './relays.ts';
import { receiveUserEvent } from './user-events.ts';

/** Names of which it is remembered when a stale accusation was last answered. */
const staleNamesMax = 1024;

/** The parts of an engine that messages can be for. */
export interface Receivers {
  readonly prober: Prober;
  readonly relays: Relays;
  readonly queries: Queries;
}

/** Takes one message of a packet. */
export function receive(
  ctx: Context,
  receivers: Receivers,
  message: PacketMessage,
  from: Address,
): void {
  const origin: Origin = { kind: 'gossip', from };
  switch (message.kind) {
    case 'ping':
      return answerPing(ctx, message, from);
    case 'indirect-ping':
      return receivers.relays.start(ctx, message, from);
    case 'ack':
      if (!receivers.prober.acknowledged(ctx, message, 'packet')) {
        receivers.relays.acknowledged(ctx, message.sequence);
      }
      return;
    case 'nack':
      return receivers.prober.nacked(message.sequence, from);
    case 'alive':
      if (!isIpAllowed(from.ip, ctx.options.allowedCidrs)) return ctx.drop('not-allowed');
      return applyAlive(ctx, message, origin);
    case 'suspect':
      answerStale(ctx, message, from);
      return applySuspect(ctx, message, causeOf(origin));
    case 'dead':
      answerStale(ctx, message, from);
      return applyDead(ctx, message, causeOf(origin));
    case 'user':
      return receiveSerf(ctx, receivers, message.payload, origin);
    default:
      return message satisfies never;
  }
}

/** Takes a Serf message. What is news is passed on byte for byte, as Serf does. */
export function receiveSerf(
  ctx: Context,
  receivers: Receivers,
  payload: Uint8Array,
  origin: Origin,
): void {
  const decoded = ctx.codec.decodeSerf(payload);
  if (!decoded.ok) return ctx.drop(decoded.reason);
  const message = decoded.value;
  switch (message.kind) {
    case 'join-intent':
      if (handleJoinIntent(ctx, message, origin)) ctx.intentBroadcasts.add(payload);
      return;
    case 'leave-intent':
      if (handleLeaveIntent(ctx, message, origin)) ctx.intentBroadcasts.add(payload);
      return;
    case 'user-event':
      return receiveUserEvent(ctx, message, (isNews) => {
        if (isNews) ctx.eventBroadcasts.add(payload);
      });
    case 'query':
      if (receivers.queries.handle(ctx, message)) ctx.queryBroadcasts.add(payload);
      return;
    case 'query-response':
      return receivers.queries.respond(ctx, message);
    case 'relay':
      return passRelayed(ctx, message);
    case 'serf-state':
    case 'conflict-response':
    case 'key-request':
    case 'key-response':
      // These live inside others; on their own they mean nothing.
      return ctx.drop('unknown-type');
    default:
      return message satisfies never;
  }
}

/** Whether a ping is meant for this node: by name, or for whoever is here. */
export function isPingForUs(ctx: Context, ping: Ping): boolean {
  return ping.node === '' || ctx.isSelf(ping.node);
}

function answerPing(ctx: Context, ping: Ping, from: Address): void {
  // Another node listened here once. An ack would keep it alive for ever in the asker's eyes.
  if (!isPingForUs(ctx, ping)) return ctx.drop('bad-name');
  const ack = { kind: 'ack', sequence: ping.sequence, payload: ackPayload(ctx) } as const;
  sendWithNews(ctx, replyAddress(ping, from), ctx.codec.encode(ack));
}

/**
 * Whoever still spreads an accusation that was refuted has missed the refutation: it gets what this
 * node knows, else it would believe itself until the next push/pull.
 */
function answerStale(ctx: Context, accusation: Suspect | Dead, from: Address): void {
  const member = ctx.members.get(accusation.node);
  if (member?.nodeState !== 'alive' || accusation.incarnation >= member.incarnation) return;
  const last = ctx.staleAnsweredAt.get(member.name) ?? -Infinity;
  if (ctx.now - last < ctx.options.gossipIntervalMs) return;
  if (ctx.staleAnsweredAt.size >= staleNamesMax) ctx.staleAnsweredAt.clear();
  ctx.staleAnsweredAt.set(member.name, ctx.now);
  sendParts(ctx, from, [ctx.codec.encode(aliveOf(ctx, member))], false);
}

function passRelayed(ctx: Context, relay: Relay): void {
  const ip = relay.destinationAddress === null ? undefined : ipFromBytes(relay.destinationAddress);
  if (ip === undefined || relay.destinationPort === 0) return ctx.drop('bad-address');
  if (relay.message.length === 0) return ctx.drop('empty');
  sendParts(ctx, { ip, port: relay.destinationPort }, [wrapUserMessage(relay.message)], false);
}
