/** Full state exchange: what this node knows, and taking over what another one knows. */

import type { Address } from '../model/address.ts';
import { nodeStateNumbers } from '../model/member.ts';
import type { Member } from '../model/member.ts';
import type { NodeEntry, PushPull } from '../model/message.ts';
import { sample } from '../model/random.ts';
import { versionsToBytes } from '../model/versions.ts';
import type { Context, Origin } from './context.ts';
import { causeOf } from './context.ts';
import type { ExchangePurpose } from './exchanges.ts';
import { applyAlive, applyDead, applySuspect } from './nodes.ts';
import { addressOf } from './prober.ts';
import { pushPullIntervalMs } from './scaling.ts';
import { localSerfState, mergeSerfState } from './serf-state.ts';
import { versionConflict } from './version-check.ts';
import { vetMerge } from './vetting.ts';

/** The periodic exchange with a random member. */
export function pushPullTick(ctx: Context): void {
  const { pushPullIntervalMs: baseMs } = ctx.options;
  ctx.arm(pushPullIntervalMs(baseMs, ctx.roster.size), { kind: 'push-pull' });
  pushPullWithAnyone(ctx);
}

/** An extra exchange, if the cluster has still grown since the last one. */
export function earlyPushPull(ctx: Context): void {
  if (ctx.earlySync.isDue(ctx)) pushPullWithAnyone(ctx);
}

function pushPullWithAnyone(ctx: Context): void {
  const [name] = sample(ctx.roster.names, 1, ctx.random, (candidate) => {
    return !ctx.isSelf(candidate) && ctx.members.get(candidate)?.nodeState === 'alive';
  });
  const member = name === undefined ? undefined : ctx.members.get(name);
  if (member === undefined) return;
  startPushPull(ctx, addressOf(member), { kind: 'push-pull', name: member.name });
}

/** Opens a stream and offers this node's state; the reply comes back with the exchange's number. */
export function startPushPull(ctx: Context, to: Address, purpose: ExchangePurpose): void {
  ctx.outputs.push({
    kind: 'exchange',
    exchange: ctx.exchanges.open(purpose),
    to: { ip: to.ip, port: to.port },
    request: localState(ctx, purpose.kind === 'join' || purpose.kind === 'reconnect'),
    expectsReply: true,
    timeoutMs: ctx.options.streamTimeoutMs,
  });
}

/** All that this node knows, itself included. */
export function localState(ctx: Context, join: boolean): PushPull {
  const nodes: NodeEntry[] = [];
  for (const member of ctx.members.values()) {
    if (member.nodeState !== 'unknown') nodes.push(entryOf(ctx, member, member.nodeState));
  }
  return { kind: 'push-pull', join, nodes, userState: localSerfState(ctx) };
}

/** Why a remote state was refused as a whole. */
export interface MergeRefusal {
  readonly reason: 'incompatible' | 'vetoed';
  readonly text: string;
}

/** Takes over a remote state; `done` is called once it is merged, or with why it was refused. */
export function mergeState(
  ctx: Context,
  remote: PushPull,
  from: Address,
  options: { readonly ignoreOldEvents: boolean },
  done: (refusal: MergeRefusal | undefined) => void,
): void {
  const conflict = versionConflict(ctx, remote.nodes);
  if (conflict !== undefined) return done({ reason: 'incompatible', text: conflict });
  vetMerge(ctx, remote, from, (verdict) => {
    if (!verdict.accept) return done({ reason: 'vetoed', text: verdict.reason });
    const origin: Origin = { kind: 'push-pull', from };
    for (const entry of remote.nodes) mergeEntry(ctx, entry, origin);
    if (remote.userState.length > 0) mergeSerfState(ctx, remote.userState, origin, options);
    ctx.earlySync.synced(ctx);
    return done(undefined);
  });
}

/** Merges without anybody waiting for the outcome: a refusal is noted. */
export function mergeQuietly(ctx: Context, remote: PushPull, from: Address): void {
  mergeState(ctx, remote, from, { ignoreOldEvents: false }, (refusal) => {
    if (refusal !== undefined) ctx.note('warn', 'refused a remote state', { ...refusal });
  });
}

function mergeEntry(ctx: Context, entry: NodeEntry, origin: Origin): void {
  const { name: node, incarnation } = entry;
  switch (entry.state) {
    case nodeStateNumbers.alive:
      return applyAlive(ctx, { kind: 'alive', ...entry, node }, origin);
    case nodeStateNumbers.left:
      return applyDead(ctx, { kind: 'dead', incarnation, node, from: node }, causeOf(origin));
    case nodeStateNumbers.suspect:
    case nodeStateNumbers.failed: {
      // Never dead at once: the sender may be the one that is cut off, so the node may still refute.
      const from = ctx.options.name;
      return applySuspect(ctx, { kind: 'suspect', incarnation, node, from }, causeOf(origin));
    }
    default:
      return ctx.drop('malformed');
  }
}

function entryOf(
  ctx: Context,
  member: Member,
  state: Exclude<Member['nodeState'], 'unknown'>,
): NodeEntry {
  return {
    name: member.name,
    address: ctx.codec.ipBytes(member.ip),
    port: member.port,
    meta: member.meta,
    incarnation: member.incarnation,
    state: nodeStateNumbers[state],
    versions: versionsToBytes(member.versions),
  };
}
