/** Probing in somebody else's place: the relay's side of an indirect ping. */

import type { Address } from '../model/address.ts';
import { ipFromBytes } from '../model/address.ts';
import type { IndirectPing, ReplyTo } from '../model/message.ts';
import type { Context } from './context.ts';
import { sendWithNews } from './gossip.ts';
import { pingFor } from './prober.ts';

/** Probes made for others at one time; beyond it, requests are dropped and counted. */
export const relaysMax = 1024;

/**
 * Share of the probe timeout after which a relay says that it has not heard either (Lifeguard, IV.A).
 * After the whole of it, the nack would reach a healthy prober just too late to count.
 */
const nackShare = 0.8;

interface Request {
  readonly requester: Address;
  readonly sequence: number;
  readonly wantsNack: boolean;
}

export class Relays {
  readonly #open = new Map<number, Request>();

  /** Pings the target of `request` as this node, with a sequence number of its own. */
  start(ctx: Context, request: IndirectPing, from: Address): void {
    const ip = ipFromBytes(request.target);
    if (ip === undefined) return ctx.drop('bad-address');
    if (this.#open.size >= relaysMax) return ctx.drop('overload');
    const sequence = ctx.nextSequence();
    const requester = replyAddress(request, from);
    this.#open.set(sequence, { requester, sequence: request.sequence, wantsNack: request.nack });
    const port = request.port === 0 ? ctx.options.advertise.port : request.port;
    const ping = ctx.codec.encode(pingFor(ctx, { name: request.node }, sequence));
    sendWithNews(ctx, { ip, port }, ping);
    ctx.arm(ctx.options.probeTimeoutMs * nackShare, { kind: 'relay-timeout', sequence });
  }

  /**
   * An ack: passed on without its payload, which is between the target and whoever probes it directly.
   * @returns whether it was for one of these probes
   */
  acknowledged(ctx: Context, sequence: number): boolean {
    const request = this.#open.get(sequence);
    if (request === undefined) return false;
    this.#open.delete(sequence);
    const ack = ctx.codec.encode({ kind: 'ack', sequence: request.sequence, payload: null });
    sendWithNews(ctx, request.requester, ack);
    return true;
  }

  /** The target has not answered in time. */
  timeout(ctx: Context, sequence: number): void {
    const request = this.#open.get(sequence);
    if (request === undefined) return;
    this.#open.delete(sequence);
    if (!request.wantsNack) return;
    const nack = ctx.codec.encode({ kind: 'nack', sequence: request.sequence });
    sendWithNews(ctx, request.requester, nack);
  }
}

/** Where the answer to a ping goes: to the address given in it, else back to where it came from. */
export function replyAddress(ping: ReplyTo, from: Address): Address {
  if (ping.sourceAddress.length === 0 || ping.sourcePort === 0) return from;
  const ip = ipFromBytes(ping.sourceAddress);
  return ip === undefined ? from : { ip, port: ping.sourcePort };
}
