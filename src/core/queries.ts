/** Queries: answering the cluster's own, passing all on, and asking them. */

import { ipFromBytes, ipToBytes } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { randomInteger, sample } from '../model/random.ts';
import { queryFlags } from '../model/serf-message.ts';
import type { ConflictMember, Query, QueryResponse } from '../model/serf-message.ts';
import type { Member, MemberState } from '../model/member.ts';
import type { Context } from './context.ts';
import { sendParts, wrapUserMessage } from './gossip.ts';
import { LamportWindow } from './lamport-window.ts';
import { queryTimeoutMs } from './scaling.ts';

/** Names of the cluster's own queries start so; users never see them. */
const internalPrefix = '_serf_';
export const conflictQueryName = `${internalPrefix}conflict`;

/** memberlist protocol version from which a node relays. */
const relayProtocol = 5;

/** Serf's wire numbers for {@link MemberState}. */
const memberStateNumbers: Readonly<Record<MemberState, number>> = {
  none: 0,
  alive: 1,
  leaving: 2,
  left: 3,
  failed: 4,
};

/** A query of this node that runs. */
interface Asked {
  readonly id: number;
  readonly responders: Set<string>;
  readonly onResponse: (response: QueryResponse) => void;
  readonly onDone: () => void;
}

export class Queries {
  readonly #seen: LamportWindow<number>;
  readonly #asked = new Map<number, Asked>();

  constructor(slots: number) {
    this.#seen = new LamportWindow<number>(slots, (a, b) => a === b);
  }

  /**
   * Asks the cluster; this node is asked as well.
   * @param question `payload` as it is; the default timeout applies
   */
  ask(
    ctx: Context,
    question: { readonly name: string; readonly payload: Uint8Array },
    handlers: Pick<Asked, 'onResponse' | 'onDone'>,
  ): void {
    const { gossipIntervalMs, queryTimeoutMult, advertise, name: sourceNode } = ctx.options;
    const timeoutMs = queryTimeoutMs(gossipIntervalMs, queryTimeoutMult, ctx.liveNodes);
    const time = ctx.queryClock.time;
    const query: Query = {
      kind: 'query',
      time,
      id: randomInteger(ctx.random, 2 ** 31),
      address: ctx.addressBytes,
      port: advertise.port,
      sourceNode,
      filters: null,
      flags: 0,
      relayFactor: 0,
      timeoutNs: timeoutMs * 1_000_000,
      ...question,
    };
    this.#asked.set(time, { id: query.id, responders: new Set(), ...handlers });
    ctx.arm(timeoutMs, { kind: 'query-deadline', query: time });
    if (this.handle(ctx, query)) ctx.queryBroadcasts.add(ctx.codec.encodeSerf(query));
  }

  /**
   * Takes a query, and answers it if it is one that Serf itself answers.
   * @returns whether it is news to pass on
   */
  handle(ctx: Context, query: Query): boolean {
    const { time } = query;
    if (!ctx.queryClock.accepts(time)) {
      ctx.drop('bad-time');
      return false;
    }
    ctx.queryClock.witness(time);
    if (!this.#seen.add(time, query.id, ctx.queryClock.time)) return false;
    // Passed on whether or not this node is meant: others may be.
    const isForAll = (query.flags & queryFlags.noBroadcast) === 0;
    const self = { name: ctx.options.name, tags: ctx.tags };
    if (ctx.codec.matchesFilters(query.filters, self)) answer(ctx, query);
    return isForAll;
  }

  /** Takes an answer to a query of this node: one a responder counts. */
  respond(response: QueryResponse): void {
    const asked = typeof response.time === 'number' ? this.#asked.get(response.time) : undefined;
    if (asked?.id !== response.id || (response.flags & queryFlags.ack) !== 0) return;
    if (asked.responders.has(response.from)) return;
    asked.responders.add(response.from);
    asked.onResponse(response);
  }

  /** The time of a query is over. */
  deadline(query: number): void {
    const asked = this.#asked.get(query);
    this.#asked.delete(query);
    asked?.onDone();
  }
}

function answer(ctx: Context, query: Query): void {
  const base = {
    kind: 'query-response',
    time: query.time,
    id: query.id,
    from: ctx.options.name,
  } as const;
  if ((query.flags & queryFlags.ack) !== 0) {
    sendResponse(ctx, query, { ...base, flags: queryFlags.ack, payload: null });
  }
  if (query.name !== conflictQueryName) return;
  const disputed = ctx.codec.decodeText(query.payload);
  // The one it is about has no vote.
  if (ctx.isSelf(disputed)) return;
  const member = ctx.members.get(disputed);
  const known = member === undefined || member.memberState === 'none' ? null : vote(member);
  const payload = ctx.codec.encodeSerf({ kind: 'conflict-response', member: known });
  sendResponse(ctx, query, { ...base, flags: 0, payload });
}

function sendResponse(ctx: Context, query: Query, response: QueryResponse): void {
  const ip = ipFromBytes(query.address);
  if (ip === undefined) return ctx.drop('bad-address');
  const to: Address = { ip, port: query.port };
  const message = ctx.codec.encodeSerf(response);
  if (message.length > ctx.options.queryResponseBytesMax) {
    return ctx.note('warn', 'a query response is too large to send', { bytes: message.length });
  }
  sendParts(ctx, to, [wrapUserMessage(message)], false);
  relay(ctx, query, to, message);
}

/** Sends further copies through other members, for networks that lose packets between two of them. */
function relay(ctx: Context, query: Query, to: Address, message: Uint8Array): void {
  if (query.relayFactor === 0 || ctx.knownMembers < query.relayFactor + 1) return;
  const wrapped = ctx.codec.encodeSerf({
    kind: 'relay',
    destinationAddress: query.address,
    destinationPort: to.port,
    destinationZone: '',
    destinationName: query.sourceNode,
    message,
  });
  if (wrapped.length > ctx.options.queryResponseBytesMax) return;
  const through = sample(ctx.roster.names, query.relayFactor, ctx.random, (name) => {
    const member = ctx.members.get(name);
    const canRelay = (member?.versions.protocolMax ?? 0) >= relayProtocol;
    return !ctx.isSelf(name) && member?.memberState === 'alive' && canRelay;
  });
  for (const name of through) {
    const member = ctx.members.get(name);
    if (member !== undefined) sendParts(ctx, member, [wrapUserMessage(wrapped)], false);
  }
}

function vote(member: Member): ConflictMember {
  return {
    name: member.name,
    address: ipToBytes(member.ip),
    port: member.port,
    tags: member.tags,
    status: memberStateNumbers[member.memberState],
    ...member.versions,
  };
}
