/** Taking up where an engine that died left off. */

import type { Member } from '../model/member.ts';
import type { Context } from './context.ts';
import { isLive } from './context.ts';
import { broadcastJoinIntent } from './members.ts';
import { announceSelf } from './nodes.ts';

/**
 * Puts the members of the checkpoint back, without telling of them again, and announces this node above
 * its last incarnation. Suspicions start anew, since what the dead engine had heard of them is lost.
 * @returns whether there was a checkpoint with this node in it
 */
export function resume(ctx: Context): boolean {
  const members = ctx.options.resume?.members ?? [];
  const self = members.find(({ name }) => ctx.isSelf(name));
  if (self === undefined) return false;
  for (const member of members) {
    if (!ctx.isSelf(member.name)) restore(ctx, member);
  }
  // Tags set since the options were made are in the record.
  ctx.tags = self.tags;
  ctx.meta = self.meta;
  restore(ctx, { ...self, nodeState: 'alive', memberState: 'alive', status: 'alive' });
  announceSelf(ctx, 0, { kind: 'command', command: 'create' });
  broadcastJoinIntent(ctx);
  return true;
}

function restore(ctx: Context, member: Member): void {
  const { name, incarnation } = member;
  ctx.members.set(name, member);
  if (isLive(member)) ctx.liveNodes += 1;
  if (member.memberState !== 'none') ctx.knownMembers += 1;
  if (member.nodeState === 'unknown') return;
  ctx.roster.add(name, ctx.random);
  if (member.nodeState === 'suspect') {
    ctx.suspicions.start(ctx, { name, incarnation, from: ctx.options.name });
  }
}
