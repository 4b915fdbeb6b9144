/**
 * SWIM's rules about nodes: what alive, suspect and dead claims make of them, ordered by incarnation.
 * Untrue claims about this node are refuted; whatever is news is passed on.
 */

import { nodeTable } from '../machines/tables.ts';
import type { NodeMachineEvent } from '../machines/node-machine.ts';
import type { Address } from '../model/address.ts';
import { formatAddress, isIpAllowed, sameAddress } from '../model/address.ts';
import { sameBytes } from '../model/bytes.ts';
import type { Cause, NameConflicted, NodeClaim, NodeFact, NodeFactKind } from '../model/fact.ts';
import type { Member, NodeState, Versions } from '../model/member.ts';
import type { Alive, Dead, Suspect } from '../model/message.ts';
import { ownVersions, versionsFromBytes, versionsToBytes } from '../model/versions.ts';
import type { Context, Origin } from './context.ts';
import { causeOf } from './context.ts';
import { nodeGone, nodeJoined, nodeUpdated } from './members.ts';
import type { Suspicion } from './suspicions.ts';
import { vetClaim } from './vetting.ts';
import type { HeldClaim } from './vetting.ts';

/** Incarnations are unsigned 32-bit numbers; beyond this one nothing can be refuted. */
export const incarnationMax = 0xffff_ffff;

/** Largest encoded tags that memberlist lets a node have. */
export const metaBytesMax = 512;

/** Length of a version vector. */
const versionBytes = 6;

/** Takes a claim that a node is up. */
export function applyAlive(ctx: Context, alive: Alive, origin: Origin): void {
  if (ctx.isSelf(alive.node) && ctx.localState !== 'alive') return;
  if (!hasSaneVersions(alive.versions)) return ctx.drop('bad-versions');
  const ip = ctx.codec.ipText(alive.address);
  if (ip === undefined) return ctx.drop('bad-address');
  if (alive.node === '') return ctx.drop('bad-name');
  // No packet could pass it on, and every push/pull would carry it.
  if ((alive.meta?.length ?? 0) > metaBytesMax) return ctx.drop('too-large');
  const address = { ip, port: alive.port === 0 ? ctx.options.advertise.port : alive.port };
  const member = ctx.members.get(alive.node);
  const isKnown = member !== undefined && member.nodeState !== 'unknown';
  const addressChanged = isKnown && !sameAddress(member, address);
  // Most claims are old news: nothing below would take them.
  if (isKnown && !addressChanged && alive.incarnation <= member.incarnation) {
    if (ctx.isSelf(alive.node)) applyAliveAboutSelf(ctx, alive, origin);
    return;
  }
  if ((!isKnown || addressChanged) && !isIpAllowed(ip, ctx.options.allowedCidrs)) {
    return ctx.drop('not-allowed');
  }
  if (!isKnown && ctx.roster.size >= ctx.options.membersMax) return ctx.drop('overload');
  if (ctx.isSelf(alive.node) && !addressChanged) return applyAliveAboutSelf(ctx, alive, origin);
  vetClaim(ctx, { alive, origin }, { member, address }, (claim) => takeAlive(ctx, claim, address));
}

/** Takes a claim that may be taken, as things stand now: a verdict may have taken its time. */
function takeAlive(ctx: Context, { alive, origin }: HeldClaim, address: Address): void {
  const member = ctx.members.get(alive.node);
  const isKnown = member !== undefined && member.nodeState !== 'unknown';
  const addressChanged = isKnown && !sameAddress(member, address);
  const mayMove = isKnown && mayTakeAddress(ctx, member);
  const event = { type: 'alive', incarnation: alive.incarnation, addressChanged, mayMove } as const;
  const taken = stepNode(ctx, alive.node, event, {
    cause: causeOf(origin),
    claim: claimOf(ctx, alive, address),
    address,
  });
  if (taken.includes('name-conflicted') && ctx.isSelf(alive.node)) ctx.isNameDisputed = true;
  if (changesState(taken)) passOn(ctx, { ...alive, port: address.port });
}

/** Takes an accusation, or a confirmation of one. */
export function applySuspect(ctx: Context, suspect: Suspect, cause: Cause): void {
  const { node, incarnation, from } = suspect;
  if (ctx.isSelf(node)) return refuteClaim(ctx, suspect, 'suspect');
  const isNewAccuser = ctx.suspicions.isNewAccuser(node, from);
  const taken = stepNode(
    ctx,
    node,
    { type: 'suspect', incarnation, isNewAccuser },
    { cause, accuser: from },
  );
  if (taken.includes('node-suspected')) {
    ctx.suspicions.start(ctx, { name: node, incarnation, from });
  } else if (taken.includes('suspicion-confirmed')) {
    ctx.suspicions.confirm(ctx, node, from);
  } else return;
  passOn(ctx, suspect);
}

/** Takes a declaration that a node has failed, or its own word that it leaves. */
export function applyDead(ctx: Context, dead: Dead, cause: Cause): void {
  const { node, incarnation, from } = dead;
  if (ctx.isSelf(node)) return refuteClaim(ctx, dead, from === node ? 'left' : 'failed');
  const event = { type: 'dead', incarnation, isOwn: from === node } as const;
  const taken = stepNode(ctx, node, event, { cause, accuser: from });
  if (taken.length > 0) passOn(ctx, dead);
}

/** A suspicion ran out with nobody refuting it: the node is declared failed. */
export function expireSuspicion(ctx: Context, suspicion: Suspicion): void {
  const { name, incarnation, accusers, wanted } = suspicion;
  const cause: Cause = {
    kind: 'suspicion-timeout',
    accusers,
    wanted,
    suspectedAt: suspicion.startedAt,
    timeoutMs: ctx.now - suspicion.startedAt,
    awareness: ctx.awareness.score,
  };
  const from = ctx.options.name;
  const event = { type: 'suspicion-expired', incarnation } as const;
  const taken = stepNode(ctx, name, event, { cause, accuser: from });
  if (taken.length > 0) passOn(ctx, { kind: 'dead', incarnation, node: name, from });
}

/** Drops a node that has been gone for long from SWIM's list; Serf may remember it longer. */
export function forgetNode(ctx: Context, name: string): void {
  const cause: Cause = { kind: 'expiry', afterMs: ctx.options.gossipToTheDeadMs };
  stepNode(ctx, name, { type: 'forget' }, { cause });
}

/** Announces this node with a new incarnation, above `claimed`; `onFinished` hears when all was sent. */
export function announceSelf(
  ctx: Context,
  claimed: number,
  cause: Cause,
  onFinished?: () => void,
): void {
  const { self } = ctx;
  const incarnation = Math.min(Math.max(self.incarnation, claimed) + 1, incarnationMax);
  ctx.emit({
    kind: 'node-refreshed',
    name: self.name,
    at: ctx.now,
    cause,
    ...ownClaim(ctx, incarnation),
  });
  broadcastSelf(ctx, onFinished);
}

/** Queues this node's alive message as it now stands. */
export function broadcastSelf(ctx: Context, onFinished?: () => void): void {
  passOn(ctx, aliveOf(ctx, ctx.self), onFinished);
}

/** What this node says of itself. */
export function ownClaim(ctx: Context, incarnation: number): NodeClaim {
  const { advertise } = ctx.options;
  return { incarnation, address: advertise, meta: ctx.meta, tags: ctx.tags, versions: ownVersions };
}

/** What a member last said of itself. */
export function aliveOf(ctx: Context, member: Member): Alive {
  return {
    kind: 'alive',
    incarnation: member.incarnation,
    node: member.name,
    address: ctx.codec.ipBytes(member.ip),
    port: member.port,
    meta: member.meta,
    versions: versionsToBytes(member.versions),
  };
}

/** Queues a claim for gossip; it replaces what was queued about the same node. */
export function passOn(ctx: Context, claim: Alive | Suspect | Dead, onFinished?: () => void): void {
  ctx.nodeBroadcasts.add(ctx.codec.encode(claim), claim.node, onFinished);
}

function applyAliveAboutSelf(ctx: Context, alive: Alive, origin: Origin): void {
  const { self } = ctx;
  if (alive.incarnation < self.incarnation) return;
  const isOwnWord =
    alive.incarnation === self.incarnation &&
    sameBytes(alive.meta, ctx.meta) &&
    sameBytes(alive.versions, versionsToBytes(ownVersions));
  if (!isOwnWord) refute(ctx, alive.incarnation, 'alive', formatAddress(origin.from));
}

function refuteClaim(ctx: Context, claim: Suspect | Dead, state: NodeState): void {
  if (ctx.localState !== 'alive' || claim.incarnation < ctx.self.incarnation) return;
  refute(ctx, claim.incarnation, state, claim.from);
}

function refute(ctx: Context, claimed: number, claim: NodeState, accuser: string): void {
  // Having to defend oneself is a sign of being slow to answer (Lifeguard).
  ctx.awareness.apply(1);
  ctx.refutations += 1;
  ctx.note('info', 'refuting a claim about this node', { claim, accuser, incarnation: claimed });
  announceSelf(ctx, claimed, { kind: 'refutation', accuser, claim });
}

/**
 * Whether a node of this version vector could also join by push/pull. memberlist takes less (a vector
 * may be missing), but then one stray packet plants a record for which everybody refuses every
 * push/pull that shows it. All real agents send all six bytes.
 */
function hasSaneVersions(bytes: Uint8Array | null): boolean {
  if (bytes?.length !== versionBytes) return false;
  const versions = versionsFromBytes(bytes);
  return (
    versions === ownVersions ||
    (understands(versions, ownVersions) && understands(ownVersions, versions))
  );
}

/** Whether `one` understands what `other` speaks. */
function understands(one: Versions, other: Versions): boolean {
  const { protocolCurrent, delegateCurrent } = other;
  return (
    one.protocolMin > 0 &&
    one.protocolMin <= protocolCurrent &&
    protocolCurrent <= one.protocolMax &&
    one.delegateMin <= delegateCurrent &&
    delegateCurrent <= one.delegateMax
  );
}

/** Whether a claim from another address may be the same node that moved. */
function mayTakeAddress(ctx: Context, member: Member): boolean {
  const { deadNodeReclaimMs } = ctx.options;
  const isReclaimable =
    member.nodeState === 'failed' &&
    deadNodeReclaimMs > 0 &&
    ctx.now - member.nodeStateSince > deadNodeReclaimMs;
  return member.nodeState === 'left' || isReclaimable;
}

function claimOf(ctx: Context, alive: Alive, address: Address): NodeClaim {
  const meta = ctx.codec.readMeta(alive.meta);
  return {
    incarnation: alive.incarnation,
    address,
    meta: meta.bytes,
    tags: meta.tags,
    versions: versionsFromBytes(alive.versions),
  };
}

interface Details {
  readonly cause: Cause;
  readonly claim?: NodeClaim;
  readonly accuser?: string;
  readonly address?: Address;
}

const nothing: readonly NodeFactKind[] = [];

/** Steps the node machine, emits its facts and tells Serf. Returns the kinds of the facts. */
function stepNode(
  ctx: Context,
  name: string,
  event: NodeMachineEvent,
  details: Details,
): readonly NodeFactKind[] {
  const member = ctx.members.get(name);
  const state = member?.nodeState ?? 'unknown';
  const taken = nodeTable.step(state, event, { incarnation: member?.incarnation ?? 0 });
  if (taken === undefined) return nothing;
  for (const kind of taken.facts) {
    const fact = nodeFact(kind, { ctx, name, member, event, details });
    if (taken.target !== 'suspect' && taken.target !== state) ctx.suspicions.clear(name);
    ctx.emit(fact);
    tellSerf(ctx, fact, member);
  }
  return taken.facts;
}

function nodeFact(
  kind: NodeFactKind,
  about: {
    readonly ctx: Context;
    readonly name: string;
    readonly member: Member | undefined;
    readonly event: NodeMachineEvent;
    readonly details: Details;
  },
): NodeFact {
  const { ctx, name, member, event, details } = about;
  const base = { name, at: ctx.now, cause: details.cause };
  const incarnation = 'incarnation' in event ? event.incarnation : 0;
  const from = details.accuser ?? '';
  switch (kind) {
    case 'node-joined':
    case 'node-refreshed':
    case 'node-refuted':
      return { kind, ...base, ...(details.claim as NodeClaim) };
    case 'node-suspected':
    case 'suspicion-confirmed':
    case 'node-failed':
      return { kind, ...base, incarnation, from };
    case 'node-left':
      return { kind, ...base, incarnation };
    case 'node-forgotten':
      return { kind, ...base };
    case 'name-conflicted': {
      const { ip, port } = member as Member;
      return { kind, ...base, existing: { ip, port }, other: details.address as Address };
    }
    default:
      return kind satisfies never;
  }
}

function tellSerf(ctx: Context, fact: NodeFact, before: Member | undefined): void {
  switch (fact.kind) {
    case 'node-joined':
      if (before === undefined || before.nodeState === 'unknown') {
        ctx.roster.add(fact.name, ctx.random);
      }
      return nodeJoined(ctx, fact.name);
    case 'node-refreshed':
    case 'node-refuted':
      if (before !== undefined && !sameBytes(before.meta, fact.meta)) {
        nodeUpdated(ctx, fact.name, before.tags);
      }
      return;
    case 'node-failed':
    case 'node-left':
      return nodeGone(ctx, fact.name);
    case 'name-conflicted':
      return warnOfConflict(ctx, fact);
    case 'node-suspected':
    case 'suspicion-confirmed':
    case 'node-forgotten':
      return;
    default:
      return fact satisfies never;
  }
}

/** How often one name is warned of, and how many names are remembered for it. */
const conflictWarningEveryMs = 60_000;
const conflictNamesMax = 1024;

/** A stranger could fill a disk with these, so one a minute and name; the facts tell of each. */
function warnOfConflict(ctx: Context, fact: NameConflicted): void {
  const { name } = fact;
  const warnedAt = ctx.conflictWarnedAt.get(name) ?? -Infinity;
  if (ctx.now - warnedAt < conflictWarningEveryMs) return;
  if (ctx.conflictWarnedAt.size >= conflictNamesMax) ctx.conflictWarnedAt.clear();
  ctx.conflictWarnedAt.set(name, ctx.now);
  const existing = formatAddress(fact.existing);
  const other = formatAddress(fact.other);
  ctx.note('warn', 'another node claims a known name from another address', {
    name,
    existing,
    other,
  });
}

function changesState(kinds: readonly NodeFactKind[]): boolean {
  return kinds.length > 0 && !kinds.includes('name-conflicted');
}

/** Puts this node on its own list: known to itself before anybody else hears of it. */
export function enrolSelf(ctx: Context): void {
  const cause: Cause = { kind: 'command', command: 'create' };
  const name = ctx.options.name;
  ctx.emit({ kind: 'node-joined', name, at: ctx.now, cause, ...ownClaim(ctx, 1) });
  ctx.roster.add(name, ctx.random);
  nodeJoined(ctx, name);
  broadcastSelf(ctx);
}
