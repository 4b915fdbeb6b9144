/** Spreading the news: gossip rounds, and news riding along with every other packet. */

import type { Address } from '../model/address.ts';
import { sample } from '../model/random.ts';
import type { Context } from './context.ts';
import { isLive } from './context.ts';
import { retransmitLimit } from './scaling.ts';

/** Type byte of memberlist's user message, which wraps every Serf message. */
const userMessageType = 8;

/** Bytes of a compound's own header, and per part in it. */
const compoundHeaderBytes = 2;
const compoundPartBytes = 2;

/** A compound counts its parts in one byte. */
const partsMax = 255;

/** A Serf message as memberlist carries it in packets: one type byte in front, no length. */
export function wrapUserMessage(message: Uint8Array): Uint8Array {
  const wrapped = new Uint8Array(message.length + 1);
  wrapped[0] = userMessageType;
  wrapped.set(message, 1);
  return wrapped;
}

/** One gossip round: news to a few random members, the recently failed included. */
export function gossip(ctx: Context): void {
  ctx.arm(ctx.options.gossipIntervalMs, { kind: 'gossip' });
  if (!hasNews(ctx)) return;
  for (const name of sample(ctx.roster.names, ctx.options.gossipNodes, ctx.random, isTarget(ctx))) {
    const member = ctx.members.get(name);
    if (member === undefined) continue;
    const parts: Uint8Array[] = [];
    // What is told to the dead does not count: their share would be missing among the living.
    fillWithNews(ctx, parts, packetBudget(ctx), isLive(member));
    if (parts.length === 0) return;
    sendParts(ctx, member, parts, member.versions.protocolMax >= 5);
  }
}

/** Sends a message of the failure detector, with as much news as fits beside it. */
export function sendWithNews(ctx: Context, to: Address, message: Uint8Array): void {
  const parts = [message];
  if (hasNews(ctx)) {
    fillWithNews(ctx, parts, packetBudget(ctx) - message.length - compoundPartBytes, true);
  }
  sendParts(ctx, to, parts, false);
}

/** Sends messages as one packet: bare if it is one, else as a compound. */
export function sendParts(
  ctx: Context,
  to: Address,
  parts: readonly Uint8Array[],
  checksum: boolean,
): void {
  const only = parts.length === 1 ? parts[0] : undefined;
  const message = only ?? ctx.codec.compound(parts);
  ctx.outputs.push({ kind: 'send', to: { ip: to.ip, port: to.port }, message, checksum });
}

/** The largest Serf message that a gossip packet can carry. */
export function gossipBytesMax(ctx: Context): number {
  return packetBudget(ctx) - compoundPartBytes - 1;
}

function packetBudget(ctx: Context): number {
  const { packetBytesMax, packetOverheadBytes } = ctx.options;
  return packetBytesMax - compoundHeaderBytes - packetOverheadBytes;
}

function hasNews(ctx: Context): boolean {
  return (
    ctx.nodeBroadcasts.size +
      ctx.intentBroadcasts.size +
      ctx.queryBroadcasts.size +
      ctx.eventBroadcasts.size >
    0
  );
}

function isTarget(ctx: Context): (name: string) => boolean {
  return (name) => {
    const member = ctx.members.get(name);
    if (member === undefined || ctx.isSelf(name)) return false;
    // The recently failed still hear the news: if they are wrongly accused, that is how they learn of it.
    const goneForMs = ctx.now - member.nodeStateSince;
    return (
      isLive(member) ||
      (member.nodeState === 'failed' && goneForMs <= ctx.options.gossipToTheDeadMs)
    );
  };
}

/** Membership news first, then Serf's: intents, queries, events. */
function fillWithNews(ctx: Context, parts: Uint8Array[], bytesFree: number, counts: boolean): void {
  const { retransmitMult } = ctx.options;
  const free = ctx.nodeBroadcasts.take(parts, {
    bytesFree,
    overhead: compoundPartBytes,
    partsMax,
    transmitsMax: counts ? retransmitLimit(retransmitMult, ctx.roster.size) : undefined,
  });
  const serf = {
    overhead: compoundPartBytes + 1,
    partsMax,
    transmitsMax: counts ? retransmitLimit(retransmitMult, ctx.knownMembers) : undefined,
    wrap: wrapUserMessage,
  };
  const afterIntents = ctx.intentBroadcasts.take(parts, { ...serf, bytesFree: free });
  const afterQueries = ctx.queryBroadcasts.take(parts, { ...serf, bytesFree: afterIntents });
  ctx.eventBroadcasts.take(parts, { ...serf, bytesFree: afterQueries });
}
