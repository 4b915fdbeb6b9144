/** A TCP socket as a `Connection`. */

import type { Socket } from 'node:net';

import { unmapIp } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { systemCode } from './bind-error.ts';
import type {
  Connection,
  ConnectionFailure,
  ConnectionListener,
  TransportCounters,
} from './transport.ts';

/** Where the other end of an accepted socket is. */
export function peerOf(socket: Socket): Address {
  return { ip: socketIp(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
}

/** An address as sockets report it in canonical text: no zone, IPv4 not mapped. */
export function socketIp(text: string): string {
  const zone = text.indexOf('%');
  return unmapIp(zone === -1 ? text : text.slice(0, zone));
}

/** Wires a socket's events to a listener, counting what is read and written. */
export class TcpConnection implements Connection {
  readonly peer: Address;
  readonly #socket: Socket;
  readonly #counters: TransportCounters;
  #failure: ConnectionFailure | undefined;
  #peerEnded = false;

  constructor(socket: Socket, peer: Address, counters: TransportCounters) {
    this.peer = peer;
    this.#socket = socket;
    this.#counters = counters;
  }

  listen(listener: ConnectionListener): void {
    const socket = this.#socket;
    const counters = this.#counters;
    socket.setNoDelay(true);
    socket.on('connect', () => {
      counters.reads += 1;
    });
    socket.on('data', (chunk: Uint8Array) => {
      counters.reads += 1;
      counters.bytesReceived += chunk.length;
      listener.data(chunk);
    });
    socket.on('end', () => {
      counters.reads += 1;
      this.#peerEnded = true;
      listener.ended();
    });
    socket.on('error', (error) => {
      counters.reads += 1;
      this.#failure ??= failureOf(error);
    });
    socket.on('close', () => {
      const cutShort = this.#peerEnded ? undefined : closedEarly;
      listener.closed(this.#failure ?? cutShort);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    this.#counters.bytesSent += bytes.length;
    this.#socket.write(bytes);
  }

  end(): void {
    if (!this.#socket.destroyed) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const closedEarly: ConnectionFailure = {
  reason: 'closed',
  text: 'the connection was closed before the exchange was complete',
};

function failureOf(error: Error): ConnectionFailure {
  switch (systemCode(error)) {
    case 'ECONNREFUSED':
      return { reason: 'refused', text: 'nobody listens there (connection refused)' };
    case 'ECONNRESET':
    case 'EPIPE':
      return { reason: 'closed', text: 'the peer closed the connection' };
    default:
      return { reason: 'unreachable', text: error.message };
  }
}
