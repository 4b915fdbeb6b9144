/**
 * SWIM's failure detector: one member a round is pinged; one that does not answer is asked for through
 * others and over a stream; one that stays silent is suspected.
 */

import type { Address } from '../model/address.ts';
import { ipToBytes, sameAddress, unmapIp } from '../model/address.ts';
import type { ProbeReport } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import type { Ack, Ping } from '../model/message.ts';
import { sample } from '../model/random.ts';
import type { Context } from './context.ts';
import { isLive } from './context.ts';
import { sendParts, sendWithNews } from './gossip.ts';
import { applySuspect, forgetNode } from './nodes.ts';
import { takeAckPayload } from './ping-payload.ts';

/** memberlist protocol versions from which a node answers stream pings, and sends nacks. */
const streamPingProtocol = 3;
const nackProtocol = 4;
const checksumProtocol = 5;

interface Relay {
  readonly name: string;
  readonly address: Address;
  readonly sendsNacks: boolean;
  nacked: boolean;
}

interface Cycle {
  readonly sequence: number;
  readonly target: Member;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly relays: Relay[];
  /** The direct ack is overdue: what comes now may come from a relay, and says nothing of the distance. */
  isLate: boolean;
  exchange: number | undefined;
}

/** The detector's state: at most one probe runs at a time. */
export class Prober {
  #cycle: Cycle | undefined;
  /** A round fell due while the last probe still ran: the next begins as soon as that is over. */
  #isOverdue = false;

  /** A round is due. */
  tick(ctx: Context): void {
    ctx.arm(ctx.options.probeIntervalMs, { kind: 'probe' });
    if (this.#cycle === undefined) this.#start(ctx);
    else this.#isOverdue = true;
  }

  /** The direct ack is overdue: ask others, and try a stream beside. */
  directTimeout(ctx: Context, sequence: number): void {
    const cycle = this.#cycle;
    if (cycle?.sequence !== sequence) return;
    cycle.isLate = true;
    askRelays(ctx, cycle);
    const { streamProbes } = ctx.options;
    if (!streamProbes || cycle.target.versions.protocolMax < streamPingProtocol) return;
    cycle.exchange = ctx.exchanges.open({ kind: 'stream-probe', sequence });
    ctx.outputs.push({
      kind: 'exchange',
      exchange: cycle.exchange,
      to: addressOf(cycle.target),
      request: pingFor(ctx, cycle.target, sequence),
      expectsReply: true,
      timeoutMs: Math.max(1, cycle.deadlineAt - ctx.now),
    });
  }

  /**
   * An ack, direct, relayed or by stream.
   * @returns whether it was for the running probe
   */
  acknowledged(ctx: Context, ack: Omit<Ack, 'kind'>, by: 'packet' | 'stream'): boolean {
    const cycle = this.#cycle;
    if (cycle?.sequence !== ack.sequence) return false;
    if (by === 'stream') {
      ctx.note('warn', 'a probe went through by stream only: is UDP blocked?', {
        name: cycle.target.name,
      });
    }
    if (by === 'packet' && !cycle.isLate) {
      takeAckPayload(ctx, cycle.target.name, ack.payload, ctx.now - cycle.startedAt);
    }
    ctx.awareness.apply(-1);
    this.#finish(ctx);
    return true;
  }

  /** A relay says that the target has not answered it either. */
  nacked(sequence: number, from: Address): void {
    if (this.#cycle?.sequence !== sequence) return;
    const relay = this.#cycle.relays.find(
      ({ address, nacked }) =>
        !nacked && sameAddress({ ip: unmapIp(address.ip), port: address.port }, from),
    );
    if (relay !== undefined) relay.nacked = true;
  }

  /** Nobody has heard of the target in time: suspect it. */
  deadline(ctx: Context, sequence: number): void {
    const cycle = this.#cycle;
    if (cycle?.sequence !== sequence) return;
    const expected = cycle.relays.filter(({ sendsNacks }) => sendsNacks).length;
    const received = cycle.relays.filter(({ nacked }) => nacked).length;
    const report = reportOf(ctx, cycle);
    // Missing nacks mean that this node hears badly; silence of the target alone need not.
    ctx.awareness.apply(expected > 0 ? Math.max(0, expected - received) : 1);
    ctx.probesFailed += 1;
    // Judged by the incarnation it was probed at: a claim made since would be newer.
    const { name, incarnation } = cycle.target;
    const from = ctx.options.name;
    this.#finish(ctx);
    applySuspect(
      ctx,
      { kind: 'suspect', incarnation, node: name, from },
      { kind: 'probe', report },
    );
  }

  /** Ends the running probe without a verdict: this process was not there to hear the answer. */
  abandon(ctx: Context): void {
    if (this.#cycle !== undefined) this.#finish(ctx);
  }

  #start(ctx: Context): void {
    const target = nextTarget(ctx);
    if (target === undefined) return;
    ctx.probes += 1;
    const sequence = ctx.nextSequence();
    const deadlineAt = ctx.now + ctx.awareness.scale(ctx.options.probeIntervalMs);
    this.#cycle = {
      sequence,
      target,
      startedAt: ctx.now,
      deadlineAt,
      relays: [],
      isLate: false,
      exchange: undefined,
    };
    sendPing(ctx, target, sequence);
    ctx.arm(ctx.options.probeTimeoutMs, { kind: 'probe-timeout', sequence });
    ctx.deadlines.arm(deadlineAt, { kind: 'probe-deadline', sequence });
  }

  #finish(ctx: Context): void {
    if (this.#cycle?.exchange !== undefined) ctx.exchanges.close(this.#cycle.exchange);
    this.#cycle = undefined;
    if (!this.#isOverdue) return;
    this.#isOverdue = false;
    this.#start(ctx);
  }
}

/** A ping from this node; answers are to come to the address that it advertises. */
export function pingFor(ctx: Context, target: { readonly name: string }, sequence: number): Ping {
  return {
    kind: 'ping',
    sequence,
    node: target.name,
    sourceAddress: ctx.addressBytes,
    sourcePort: ctx.options.advertise.port,
    sourceNode: ctx.options.name,
  };
}

export function addressOf(member: Member): Address {
  return { ip: member.ip, port: member.port };
}

/** The next node of the round that is not known to be gone; a new round forgets who is gone for long. */
function nextTarget(ctx: Context): Member | undefined {
  for (let checked = 0; checked <= ctx.roster.size; checked += 1) {
    const name = ctx.roster.next();
    if (name === undefined) {
      startRound(ctx);
      continue;
    }
    const member = ctx.members.get(name);
    if (member !== undefined && isLive(member) && !ctx.isSelf(name)) return member;
  }
  return undefined;
}

function startRound(ctx: Context): void {
  for (const name of ctx.roster.names) {
    const member = ctx.members.get(name);
    if (member === undefined || isLive(member)) continue;
    if (ctx.now - member.nodeStateSince > ctx.options.gossipToTheDeadMs) forgetNode(ctx, name);
  }
  const isKept = (name: string): boolean => {
    const state = ctx.members.get(name)?.nodeState;
    return state !== undefined && state !== 'unknown';
  };
  ctx.roster.restart(isKept, ctx.random);
}

function sendPing(ctx: Context, target: Member, sequence: number): void {
  const ping = ctx.codec.encode(pingFor(ctx, target, sequence));
  if (target.nodeState !== 'suspect') return sendWithNews(ctx, target, ping);
  // Whoever is suspected hears it with the ping, and can refute at once (Lifeguard's buddy system).
  const suspect = ctx.codec.encode({
    kind: 'suspect',
    incarnation: target.incarnation,
    node: target.name,
    from: ctx.options.name,
  });
  sendParts(ctx, target, [ping, suspect], target.versions.protocolMax >= checksumProtocol);
}

function askRelays(ctx: Context, cycle: Cycle): void {
  const { target, sequence } = cycle;
  const names = sample(ctx.roster.names, ctx.options.indirectChecks, ctx.random, (name) => {
    const isOther = name !== target.name && !ctx.isSelf(name);
    return isOther && ctx.members.get(name)?.nodeState === 'alive';
  });
  for (const name of names) {
    const relay = ctx.members.get(name);
    if (relay === undefined) continue;
    const sendsNacks = relay.versions.protocolMax >= nackProtocol;
    cycle.relays.push({ name, address: addressOf(relay), sendsNacks, nacked: false });
    const request = ctx.codec.encode({
      ...pingFor(ctx, target, sequence),
      kind: 'indirect-ping',
      target: ipToBytes(target.ip),
      port: target.port,
      nack: sendsNacks,
    });
    sendWithNews(ctx, relay, request);
  }
}

function reportOf(ctx: Context, cycle: Cycle): ProbeReport {
  return {
    sequence: cycle.sequence,
    startedAt: cycle.startedAt,
    timeoutMs: ctx.now - cycle.startedAt,
    relays: cycle.relays.map(({ name, nacked }) => ({ name, outcome: nacked ? 'nack' : 'silent' })),
    stream: cycle.exchange === undefined ? 'not-tried' : 'failed',
    awareness: ctx.awareness.score,
  };
}
