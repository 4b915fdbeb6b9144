/** Queries that reach this node: telling the user, and sending the answers. */

import { ipFromBytes } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import type { ErrorRecord } from '../model/error.ts';
import { sample } from '../model/random.ts';
import { queryFlags } from '../model/serf-message.ts';
import type { Query, QueryResponse } from '../model/serf-message.ts';
import type { Context } from './context.ts';
import { sendParts, wrapUserMessage } from './gossip.ts';

/** Queries that wait for the user's answer at once; beyond it the oldest can no longer be answered. */
export const openQueriesMax = 4096;

/** memberlist protocol version from which a node relays. */
const relayProtocol = 5;

interface OpenQuery {
  readonly query: Query;
  readonly deadlineAt: number;
}

/** The user's side of queries: told once each, answered at most once each, before their deadline. */
export class Answering {
  readonly #open = new Map<number, OpenQuery>();
  #last = 0;

  /** Tells the user of a query. */
  tell(ctx: Context, query: Query): void {
    this.#last += 1;
    const deadlineAt = ctx.now + Number(query.timeoutNs) / 1_000_000;
    this.#purge(ctx);
    this.#open.set(this.#last, { query, deadlineAt });
    ctx.outputs.push({
      kind: 'query',
      query: {
        id: this.#last,
        time: query.time as number,
        name: query.name,
        payload: query.payload ?? new Uint8Array(0),
        from: query.sourceNode,
        deadlineAt,
      },
    });
  }

  /**
   * Sends the user's answer.
   * @returns why it could not be sent, or `undefined`
   */
  respond(ctx: Context, id: number, payload: Uint8Array): ErrorRecord | undefined {
    const open = this.#open.get(id);
    if (open === undefined || open.deadlineAt < ctx.now) {
      const message =
        'the query cannot be answered (any more): it was answered before, or its deadline is past';
      return { code: 'ERR_QUERY_CLOSED', message, details: { id } };
    }
    const response = responseTo(ctx, open.query, 0, payload);
    const error = sendResponse(ctx, open.query, response);
    if (error === undefined) this.#open.delete(id);
    return error;
  }

  /** Drops what is past its deadline; what is left is in the order of arrival. */
  #purge(ctx: Context): void {
    for (const [id, { deadlineAt }] of this.#open) {
      if (deadlineAt >= ctx.now && this.#open.size < openQueriesMax) return;
      this.#open.delete(id);
    }
  }
}

/** The acknowledgement (flag `ack`) or answer (0) of this node to a query. */
export function responseTo(
  ctx: Context,
  query: Query,
  flags: number,
  payload: Uint8Array | null,
): QueryResponse {
  const { time, id } = query;
  return { kind: 'query-response', time, id, from: ctx.options.name, flags, payload };
}

/** Acknowledges a query at once, before anybody has looked at it. */
export function acknowledge(ctx: Context, query: Query): void {
  sendResponse(ctx, query, responseTo(ctx, query, queryFlags.ack, null));
}

/**
 * Sends a response straight to the asker, and through relays if it asked for that.
 * @returns why it could not be sent, or `undefined`
 */
export function sendResponse(
  ctx: Context,
  query: Query,
  response: QueryResponse,
): ErrorRecord | undefined {
  const ip = ipFromBytes(query.address);
  if (ip === undefined) {
    ctx.drop('bad-address');
    const message = 'the query names no address that an answer could go to';
    return { code: 'ERR_QUERY_CLOSED', message, details: {} };
  }
  const to: Address = { ip, port: query.port };
  const message = ctx.codec.encodeSerf(response);
  const bytesMax = ctx.options.queryResponseBytesMax;
  if (message.length > bytesMax) {
    const text = `the response takes ${message.length} bytes encoded, and at most ${bytesMax} may be sent: shorten it, or raise queryResponseBytesMax`;
    const details = { bytes: message.length, bytesMax };
    return { code: 'ERR_RESPONSE_SIZE', message: text, details };
  }
  sendParts(ctx, to, [wrapUserMessage(message)], false);
  relay(ctx, query, message);
  return undefined;
}

/** Sends further copies through other members, for networks that lose packets between two of them. */
function relay(ctx: Context, query: Query, message: Uint8Array): void {
  if (query.relayFactor === 0 || ctx.knownMembers < query.relayFactor + 1) return;
  const wrapped = ctx.codec.encodeSerf({
    kind: 'relay',
    destinationAddress: query.address,
    destinationPort: query.port,
    destinationZone: '',
    destinationName: query.sourceNode,
    message,
  });
  // The direct copy is on its way; a relayed one that is too large is only not sent.
  if (wrapped.length > ctx.options.queryResponseBytesMax) return ctx.drop('too-large');
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
