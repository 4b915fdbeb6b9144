/** Asking the user before nodes are taken, where the user wants to be asked. */

import type { Address } from '../model/address.ts';
import { formatAddress, ipFromBytes } from '../model/address.ts';
import { sameBytes } from '../model/bytes.ts';
import { nodeStateNumbers } from '../model/member.ts';
import type { Member } from '../model/member.ts';
import type { Alive, NodeEntry, PushPull } from '../model/message.ts';
import { versionsFromBytes } from '../model/versions.ts';
import type { Candidate, Verdict } from './consults.ts';
import type { Context, Origin } from './context.ts';
import { isLive } from './context.ts';

/** A claim that waits for a verdict; a newer one about the same node takes its place. */
export interface HeldClaim {
  readonly alive: Alive;
  readonly origin: Origin;
}

/**
 * Takes a claim by `take`, after a verdict where it would bring something new: a node that was not
 * there, or one that moved or has other tags.
 */
export function vetClaim(
  ctx: Context,
  claim: HeldClaim,
  about: { readonly member: Member | undefined; readonly address: Address },
  take: (claim: HeldClaim) => void,
): void {
  const { alive, origin } = claim;
  if (!ctx.options.consults.alive || ctx.isSelf(alive.node)) return take(claim);
  if (!bringsNews(alive, about.member, about.address)) return take(claim);
  const held = ctx.heldClaims.get(alive.node);
  if (held !== undefined) {
    if (alive.incarnation > held.alive.incarnation) ctx.heldClaims.set(alive.node, claim);
    return;
  }
  ctx.heldClaims.set(alive.node, claim);
  const candidate = candidateOf(ctx, { ...alive, name: alive.node }, about.address);
  const via = formatAddress(origin.from);
  ctx.consults.ask(ctx, { kind: 'alive', candidate, via }, (verdict) => {
    const latest = ctx.heldClaims.get(alive.node);
    ctx.heldClaims.delete(alive.node);
    if (!verdict.accept) ctx.drop('vetoed');
    else if (latest !== undefined) take(latest);
  });
}

/** Asks whether a whole remote list may be merged; only joins are asked about, as in Serf. */
export function vetMerge(
  ctx: Context,
  remote: PushPull,
  from: Address,
  settle: (verdict: Verdict) => void,
): void {
  if (!ctx.options.consults.merge || !remote.join) return settle({ accept: true });
  const candidates = remote.nodes
    .filter(({ state }) => state === nodeStateNumbers.alive)
    .flatMap((entry) => {
      const ip = ipFromBytes(entry.address);
      return ip === undefined ? [] : [candidateOf(ctx, entry, { ip, port: entry.port })];
    });
  const via = formatAddress(from);
  ctx.consults.ask(ctx, { kind: 'merge', candidates, via }, settle);
}

function bringsNews(alive: Alive, member: Member | undefined, address: Address): boolean {
  if (member === undefined || !isLive(member)) return true;
  const isElsewhere = member.ip !== address.ip || member.port !== address.port;
  return isElsewhere || !sameBytes(member.meta, alive.meta);
}

function candidateOf(
  ctx: Context,
  claim: Pick<NodeEntry, 'name' | 'meta' | 'versions' | 'incarnation'>,
  address: Address,
): Candidate {
  return {
    name: claim.name,
    ip: address.ip,
    port: address.port,
    tags: ctx.codec.readMeta(claim.meta).tags,
    versions: versionsFromBytes(claim.versions),
    incarnation: claim.incarnation,
  };
}
