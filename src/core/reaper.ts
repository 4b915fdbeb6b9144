/** Housekeeping of Serf's members: forgetting those gone for long, and calling on the failed. */

import { randomInteger } from '../model/random.ts';
import type { Member } from '../model/member.ts';
import type { Context } from './context.ts';
import { isLive } from './context.ts';
import { sendParts, wrapUserMessage } from './gossip.ts';
import { reapMember } from './members.ts';
import { addressOf } from './prober.ts';
import { startPushPull } from './push-pull.ts';

/** Removes the records of members that failed or left long ago, and old intents. */
export function reap(ctx: Context): void {
  const { options, now } = ctx;
  ctx.arm(options.reapIntervalMs, { kind: 'reap' });
  for (const member of ctx.members.values()) {
    const goneForMs = now - (member.goneSince ?? now);
    if (member.memberState === 'leaving' && isLive(member)) askWhetherLeaving(ctx, member);
    const keepMs = ctx.keepGoneMs.get(member.name);
    const failedMs = keepMs ?? options.reconnectTimeoutMs;
    const leftMs = keepMs ?? options.tombstoneTimeoutMs;
    if (member.memberState === 'failed' && goneForMs > failedMs) {
      reapMember(ctx, member.name, 'failed-timeout', failedMs);
    } else if (member.memberState === 'left' && goneForMs > leftMs) {
      reapMember(ctx, member.name, 'tombstone-timeout', leftMs);
    }
  }
  ctx.recentIntents.purge(now - options.recentIntentTimeoutMs);
}

/**
 * Tells a member that counts as leaving and is still up of the leave intent itself. One that leaves
 * takes no notice; one that was forced out and never heard of it says that it is here, which else
 * nobody would do for it, so that it stayed leaving for ever.
 */
function askWhetherLeaving(ctx: Context, member: Member): void {
  const { name: node, statusTime: time } = member;
  if (ctx.isSelf(node)) return;
  const intent = { kind: 'leave-intent', node, time, prune: false } as const;
  sendParts(ctx, member, [wrapUserMessage(ctx.codec.encodeSerf(intent))], false);
}

/**
 * Tries to reach one failed member, which heals partitions that lasted longer than SWIM remembers.
 * Each live member tries with a chance that makes it about one attempt per failed member and interval
 * in the whole cluster.
 */
export function reconnect(ctx: Context): void {
  ctx.arm(ctx.options.reconnectIntervalMs, { kind: 'reconnect' });
  const failed = [...ctx.members.values()].filter(({ memberState }) => memberState === 'failed');
  if (failed.length === 0) return;
  const left = [...ctx.members.values()].filter(({ memberState }) => memberState === 'left').length;
  const alive = Math.max(1, ctx.knownMembers - failed.length - left);
  if (ctx.random() > failed.length / alive) return;
  const member = failed[randomInteger(ctx.random, failed.length)];
  if (member === undefined) return;
  ctx.note('info', 'trying to reconnect to a failed member', { name: member.name });
  startPushPull(ctx, addressOf(member), { kind: 'reconnect', name: member.name });
}
