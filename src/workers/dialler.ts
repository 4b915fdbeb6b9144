/** The exchanges that this node began: dial, send a request, read one reply. */

import type { DropReason } from '../core/codec.ts';
import type { ExchangeFailure, Input } from '../core/input.ts';
import type { Output } from '../core/output.ts';
import { formatAddress } from '../model/address.ts';
import type { StreamMessage } from '../model/message.ts';
import type { Security } from '../wire/security.ts';
import { StreamReader } from '../wire/stream.ts';
import type { StreamRead } from '../wire/stream.ts';
import { sealed } from './sealed.ts';
import type { Connection, ConnectionFailure, ConnectionListener, Transport } from './transport.ts';

/** Exchanges under way at once; more are reported as failed with `overload`. */
export const exchangesMax = 128;

type ExchangeOutput = Extract<Output, { kind: 'exchange' }>;

export interface DiallerOptions {
  readonly transport: Transport;
  readonly security: Security;
  readonly compression: boolean;
  /** Hands an outcome to the engine, never inside {@link Dialler.start}'s own step. */
  report(outcome: Extract<Input, { kind: 'exchange-replied' | 'exchange-failed' }>): void;
  /** A listener whose errors do not reach the sockets. */
  guarded(listener: ConnectionListener): ConnectionListener;
  countDrop(reason: DropReason): void;
}

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #exchanges = new Map<number, Exchange>();
  #dialled = 0;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** Connections dialled so far. */
  get dialled(): number {
    return this.#dialled;
  }

  /** When {@link Dialler.expire} has something to do. */
  get deadline(): number {
    let earliest = Infinity;
    for (const { deadline } of this.#exchanges.values()) earliest = Math.min(earliest, deadline);
    return earliest;
  }

  start(output: ExchangeOutput, now: number): void {
    if (this.#exchanges.size >= exchangesMax) {
      this.#options.countDrop('overload');
      const text = `${exchangesMax} exchanges are already under way`;
      this.#fail(output.exchange, { reason: 'overload', text });
      return;
    }
    const { transport, security, compression } = this.#options;
    const request = sealed(output.request, { security, compression, isDialer: true });
    if (request === undefined) {
      this.#options.countDrop('too-large');
      this.#fail(output.exchange, { reason: 'overload', text: 'the request is too large to send' });
      return;
    }
    this.#dialled += 1;
    const exchange = new Exchange(output, now + output.timeoutMs, security);
    this.#exchanges.set(output.exchange, exchange);
    exchange.connection = transport.dial(output.to, this.#listenerOf(exchange));
    exchange.connection.write(request);
    if (!output.expectsReply) exchange.connection.end();
  }

  /** Fails what was not answered by now. */
  expire(now: number): void {
    for (const exchange of this.#exchanges.values()) {
      if (exchange.deadline > now) continue;
      const { to, timeoutMs } = exchange.output;
      const text = `no answer from ${formatAddress(to)} within ${timeoutMs} ms`;
      this.#finish(exchange, { reason: 'timeout', text });
    }
  }

  #listenerOf(exchange: Exchange): ConnectionListener {
    return this.#options.guarded({
      data: (chunk) => this.#read(exchange, () => exchange.reader.push(chunk)),
      ended: () => this.#read(exchange, () => exchange.reader.end()),
      closed: (failure) => this.#closed(exchange, failure),
    });
  }

  #read(exchange: Exchange, take: () => StreamRead): void {
    // Without a reply to expect, whatever the peer says is of no interest.
    if (exchange.isFinished || !exchange.output.expectsReply) return;
    const read = take();
    switch (read.kind) {
      case 'more':
        return;
      case 'message':
        this.#replied(exchange, read.message);
        return;
      case 'failed':
        this.#options.countDrop(read.reason);
        this.#finish(exchange, {
          reason: failureReasons.get(read.reason) ?? 'unreadable',
          text: read.text,
        });
        return;
      default:
        read satisfies never;
    }
  }

  #replied(exchange: Exchange, message: StreamMessage): void {
    if (message.kind === 'error') {
      this.#finish(exchange, { reason: 'remote-error', text: message.text });
      return;
    }
    this.#finish(exchange, undefined);
    this.#options.report({
      kind: 'exchange-replied',
      exchange: exchange.output.exchange,
      message,
    });
  }

  #closed(exchange: Exchange, failure: ConnectionFailure | undefined): void {
    if (exchange.isFinished) return;
    if (failure !== undefined) this.#finish(exchange, failure);
    else if (exchange.output.expectsReply) this.#finish(exchange, closedEarly);
    else this.#finish(exchange, undefined);
  }

  #finish(exchange: Exchange, failure: ExchangeFailure | undefined): void {
    exchange.isFinished = true;
    this.#exchanges.delete(exchange.output.exchange);
    exchange.connection?.destroy();
    if (failure !== undefined) this.#fail(exchange.output.exchange, failure);
  }

  #fail(exchange: number, failure: ExchangeFailure): void {
    const { reason, text } = failure;
    this.#options.report({ kind: 'exchange-failed', exchange, failure: { reason, text } });
  }
}

class Exchange {
  readonly output: ExchangeOutput;
  readonly deadline: number;
  readonly reader: StreamReader;
  connection: Connection | undefined;
  isFinished = false;

  constructor(output: ExchangeOutput, deadline: number, security: Security) {
    this.output = output;
    this.deadline = deadline;
    this.reader = new StreamReader({ security, isDialer: true });
  }
}

const closedEarly: ExchangeFailure = {
  reason: 'closed',
  text: 'the peer closed the connection without an answer',
};

/** Replies that were not for us to read; what else is wrong with one makes it unreadable. */
const failureReasons: ReadonlyMap<DropReason, ExchangeFailure['reason']> = new Map([
  ['undecryptable', 'undecryptable'],
  ['not-encrypted', 'undecryptable'],
  ['encrypted', 'undecryptable'],
  ['label', 'undecryptable'],
  ['empty', 'closed'],
  ['truncated', 'closed'],
]);
