/** What waits in the kernel while a process does not run: datagrams, streams, and ends of streams. */

import type { Connection, Datagram, ExchangeOutcome } from './occurrence.ts';
import { ReceiveBuffer } from './receive-buffer.ts';

/** Streams that a kernel completes for a process that does not accept them (Node's listen backlog). */
export const backlogMax = 511;

interface EndedExchange {
  readonly exchange: number;
  readonly outcome: ExchangeOutcome;
}

export class Inbox {
  readonly #datagrams: ReceiveBuffer<Datagram>;
  #connections: Connection[] = [];
  // Bounded by the exchanges that the engine has open.
  #outcomes: EndedExchange[] = [];
  #timeouts: number[] = [];

  constructor(receiveBufferBytes: number) {
    this.#datagrams = new ReceiveBuffer(receiveBufferBytes);
  }

  /** Everything that waits. */
  get size(): number {
    return this.#datagrams.size + this.#connections.length + this.#outcomes.length;
  }

  /** Datagrams that did not fit, ever. */
  get dropped(): number {
    return this.#datagrams.dropped;
  }

  pushDatagram(datagram: Datagram): boolean {
    return this.#datagrams.push(datagram, datagram.bytes.length);
  }

  pushConnection(connection: Connection): boolean {
    if (this.#connections.length >= backlogMax) return false;
    this.#connections.push(connection);
    return true;
  }

  pushOutcome(exchange: number, outcome: ExchangeOutcome): void {
    this.#outcomes.push({ exchange, outcome });
  }

  /** The driver's timer for an exchange would have rung. */
  pushTimeout(exchange: number): void {
    this.#timeouts.push(exchange);
  }

  drainDatagrams(): readonly Datagram[] {
    return this.#datagrams.drain();
  }

  drainConnections(): readonly Connection[] {
    return this.#connections.splice(0);
  }

  drainOutcomes(): readonly EndedExchange[] {
    return this.#outcomes.splice(0);
  }

  drainTimeouts(): readonly number[] {
    return this.#timeouts.splice(0);
  }

  /** The process is gone, and what waited for it with it. */
  clear(): void {
    this.#datagrams.drain();
    this.#connections = [];
    this.#outcomes = [];
    this.#timeouts = [];
  }
}
