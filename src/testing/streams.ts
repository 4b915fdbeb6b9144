/** Streams between simulated machines: dialled, refused, answered, severed, or never heard of again. */

import type { ExchangeFailure } from '../core/input.ts';
import type { Output } from '../core/output.ts';
import { formatAddress } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { randomInteger } from '../model/random.ts';
import type { StreamMessage } from '../model/message.ts';
import { sealStream } from '../wire/stream.ts';
import type { Network } from './network.ts';
import { drawNonce } from './nonce.ts';
import type { Connection, ExchangeOutcome } from './occurrence.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { World } from './world.ts';

type DialOutput = Extract<Output, { kind: 'exchange' }>;

/** Ports that a kernel takes for outgoing streams (Linux's range). */
const ephemeralPortMin = 32_768;
const ephemeralPortCount = 28_232;

/** Where streams go. */
export interface StreamSurroundings {
  readonly world: World;
  readonly network: Network;
  /** The machine at an address, whether or not its process runs. */
  hostAt(ip: string): SimulatedNode | undefined;
}

export class Streams {
  readonly #world: World;
  readonly #network: Network;
  readonly #hostAt: (ip: string) => SimulatedNode | undefined;
  #dialled = 0;
  #bytes = 0;

  constructor(surroundings: StreamSurroundings) {
    this.#world = surroundings.world;
    this.#network = surroundings.network;
    this.#hostAt = (ip) => surroundings.hostAt(ip);
  }

  /** Streams dialled so far. */
  get dialled(): number {
    return this.#dialled;
  }

  /** Bytes written to streams so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Carries out an exchange: whatever happens, its timeout ends it. */
  dial(node: SimulatedNode, output: DialOutput): void {
    const { exchange, to, timeoutMs } = output;
    this.#dialled += 1;
    this.#trace(node, 'dial', `-> ${formatAddress(to)} ${output.request.kind} (${exchange})`);
    node.dialled(exchange);
    const time = this.#world.now + timeoutMs;
    const { life } = node;
    this.#world.schedule({ kind: 'exchange-timed-out', node, life, exchange, time, sequence: 0 });
    const host = this.#hostAt(to.ip);
    if (host === undefined) {
      return this.#fail(node, exchange, { reason: 'unreachable', text: 'no route to host' }, 0);
    }
    const roundTripMs = this.#roundTrip(node, host);
    if (roundTripMs === undefined || host.downReason === 'host-down') return;
    if (!host.isUp || host.address.port !== to.port) {
      const failure = { reason: 'refused', text: 'connection refused' } as const;
      return this.#fail(node, exchange, failure, roundTripMs);
    }
    this.#connect({ node, host, output, afterMs: roundTripMs });
  }

  /** The request has reached the listener's machine. */
  arrive(connection: Connection): void {
    const { dialler, listener, exchange } = connection;
    if (listener.accept(connection)) return;
    if (listener.downReason === 'host-down' || listener.isPaused) return;
    this.#end(dialler, connection.diallerLife, exchange, listener, closed('connection reset'));
  }

  /** The listener writes its reply (`null`: none) and closes. */
  reply(listener: SimulatedNode, stream: number, message: StreamMessage | null): void {
    const connection = listener.takeStream(stream);
    if (connection === undefined || !connection.expectsReply) return;
    const { dialler, diallerLife, exchange } = connection;
    if (message === null) {
      this.#end(dialler, diallerLife, exchange, listener, closed('closed without a reply'));
      return;
    }
    const bytes = this.#seal(listener, message, false);
    this.#end(dialler, diallerLife, exchange, listener, { kind: 'replied', bytes });
  }

  /** The listener's process is gone: its kernel closes the streams it had open. */
  sever(connections: readonly Connection[]): void {
    for (const { dialler, diallerLife, exchange, listener, expectsReply } of connections) {
      if (!expectsReply) continue;
      this.#end(dialler, diallerLife, exchange, listener, closed('connection reset'));
    }
  }

  #connect(dialled: {
    readonly node: SimulatedNode;
    readonly host: SimulatedNode;
    readonly output: DialOutput;
    readonly afterMs: number;
  }): void {
    const { node, host, output, afterMs } = dialled;
    const flightMs = this.#flight(node, host);
    if (flightMs === undefined) return;
    const connection: Connection = {
      dialler: node,
      diallerLife: node.life,
      listener: host,
      exchange: output.exchange,
      from: this.#ephemeral(node),
      request: this.#seal(node, output.request, true),
      expectsReply: output.expectsReply,
    };
    const time = this.#world.now + afterMs + flightMs;
    this.#world.schedule({ kind: 'connection', connection, time, sequence: 0 });
  }

  #end(
    dialler: SimulatedNode,
    life: number,
    exchange: number,
    listener: SimulatedNode,
    outcome: ExchangeOutcome,
  ): void {
    // A cut between the two leaves the dialler in the dark: its timeout ends it.
    const flightMs = this.#flight(listener, dialler);
    if (flightMs === undefined) return;
    const time = this.#world.now + flightMs;
    this.#world.schedule({
      kind: 'exchange-ended',
      node: dialler,
      life,
      exchange,
      outcome,
      time,
      sequence: 0,
    });
  }

  #fail(node: SimulatedNode, exchange: number, failure: ExchangeFailure, afterMs: number): void {
    const time = this.#world.now + afterMs;
    const outcome = { kind: 'failed', failure } as const;
    const { life } = node;
    this.#world.schedule({
      kind: 'exchange-ended',
      node,
      life,
      exchange,
      outcome,
      time,
      sequence: 0,
    });
  }

  #flight(from: SimulatedNode, to: SimulatedNode): number | undefined {
    return this.#network.flight({ from: from.index, to: to.index }, from.networkRandom);
  }

  #roundTrip(node: SimulatedNode, host: SimulatedNode): number | undefined {
    const there = this.#flight(node, host);
    // The way back is drawn from the dialler's generator: the host's own traffic must not shift.
    const route = { from: host.index, to: node.index };
    const back = this.#network.flight(route, node.networkRandom);
    return there === undefined || back === undefined ? undefined : there + back;
  }

  #ephemeral(node: SimulatedNode): Address {
    const port = ephemeralPortMin + randomInteger(node.networkRandom, ephemeralPortCount);
    return { ip: node.address.ip, port };
  }

  #seal(node: SimulatedNode, message: StreamMessage, isDialer: boolean): Uint8Array {
    const { security, networkRandom } = node;
    const nonce = drawNonce(security, networkRandom);
    const { compression } = this.#world;
    const bytes = sealStream(message, { security, compression, isDialer, ...nonce });
    this.#bytes += bytes.length;
    return bytes;
  }

  #trace(node: SimulatedNode, verb: string, detail: string): void {
    this.#world.trace.add(this.#world.now, node.id, verb, detail);
  }
}

function closed(text: string): ExchangeOutcome {
  return { kind: 'failed', failure: { reason: 'closed', text } };
}
