/**
 * A network in memory, for tests and for many nodes in one process. Every byte still goes through:
 * only the sockets are missing. Deliveries take a turn of the event loop, as the kernel's do.
 */

import { formatAddress } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { bindError } from './bind-error.ts';
import { transportCounters } from './transport.ts';
import type {
  Connection,
  ConnectionFailure,
  ConnectionListener,
  Transport,
  TransportCounters,
  TransportListener,
} from './transport.ts';

/** Largest packet, as UDP has it over IPv4. */
const packetBytesMax = 65_507;

/** Largest piece in which a stream delivers. */
const chunkBytesMax = 16 * 1024;

/** The ports that port 0 chooses from. */
const ephemeralPorts = { first: 49_152, last: 65_535 } as const;

/** Faults of a memory network, asked at each delivery. Both default to none. */
export interface MemoryFaults {
  /** Whether a packet is lost. */
  losesPacket?(from: Address, to: Address): boolean;
  /** Whether nothing at all passes from one to the other; streams hang, as behind a dropping firewall. */
  isCut?(from: Address, to: Address): boolean;
}

/** Addresses and the transports that listen on them. */
export class MemoryNetwork {
  /** Replace it at any time. */
  faults: MemoryFaults = {};
  readonly #listening = new Map<string, MemoryTransport>();
  #nextPort: number = ephemeralPorts.first;

  /** A transport on this network, to be opened. */
  transport(): Transport {
    return new MemoryTransport(this);
  }

  /** @internal */
  claim(bind: Address, transport: MemoryTransport): Address {
    const ip = concrete(bind.ip);
    const bound = { ip, port: bind.port === 0 ? this.#freePort(ip) : bind.port };
    if (this.#listening.has(formatAddress(bound))) throw addressTaken;
    this.#listening.set(formatAddress(bound), transport);
    return bound;
  }

  /** @internal */
  release(bound: Address): void {
    this.#listening.delete(formatAddress(bound));
  }

  /** @internal */
  at(address: Address): MemoryTransport | undefined {
    return this.#listening.get(formatAddress({ ...address, ip: concrete(address.ip) }));
  }

  /** @internal */
  isCut(from: Address, to: Address): boolean {
    return this.faults.isCut?.(from, to) ?? false;
  }

  /** @internal */
  losesPacket(from: Address, to: Address): boolean {
    return this.isCut(from, to) || (this.faults.losesPacket?.(from, to) ?? false);
  }

  #freePort(ip: string): number {
    for (let port = this.#nextPort; port <= ephemeralPorts.last; port += 1) {
      if (this.#listening.has(formatAddress({ ip, port }))) continue;
      this.#nextPort = port + 1;
      return port;
    }
    throw addressTaken;
  }
}

/** A network of its own: two share nothing. */
export function memoryNetwork(): MemoryNetwork {
  return new MemoryNetwork();
}

class MemoryTransport implements Transport {
  readonly receiveBufferBytes = 0;
  readonly #network: MemoryNetwork;
  readonly #counters = transportCounters();
  readonly #connections = new Set<MemoryConnection>();
  #bound: Address | undefined;
  #listener: TransportListener | undefined;

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  get counters(): TransportCounters {
    return this.#counters;
  }

  // oxlint-disable-next-line typescript/require-await -- a refusal must be a rejection here too
  async open(bind: Address, listener: TransportListener): Promise<Address> {
    try {
      this.#bound = this.#network.claim(bind, this);
    } catch (error) {
      throw bindError(bind, error);
    }
    this.#listener = listener;
    return this.#bound;
  }

  send(packet: Uint8Array, to: Address): void {
    const from = this.#bound;
    if (from === undefined) return;
    if (packet.length > packetBytesMax) {
      this.#counters.sendErrors += 1;
      return;
    }
    this.#counters.packetsSent += 1;
    this.#counters.bytesSent += packet.length;
    if (this.#network.losesPacket(from, to)) return;
    const bytes = packet.slice();
    setImmediate(() => this.#network.at(to)?.receive(bytes, from));
  }

  dial(to: Address, listener: ConnectionListener): Connection {
    const from = this.#bound ?? { ip: '127.0.0.1', port: 0 };
    const connection = new MemoryConnection(this.#network, from, to, this.#counters);
    this.#adopt(connection, listener);
    setImmediate(() => {
      if (this.#network.isCut(from, to)) return;
      const peer = this.#network.at(to);
      if (peer === undefined) connection.fail(refused);
      else peer.accept(connection);
    });
    return connection;
  }

  /** @internal */
  receive(bytes: Uint8Array, from: Address): void {
    this.#counters.reads += 1;
    this.#counters.packetsReceived += 1;
    this.#counters.bytesReceived += bytes.length;
    this.#listener?.packet(bytes, from);
  }

  /** @internal */
  accept(dialler: MemoryConnection): void {
    if (this.#bound === undefined || dialler.isClosed) return;
    this.#counters.reads += 1;
    const connection = new MemoryConnection(
      this.#network,
      this.#bound,
      dialler.local,
      this.#counters,
    );
    const listener = this.#listener?.accepted(connection);
    if (listener === undefined) {
      this.#counters.acceptErrors += 1;
      dialler.fail(closedByPeer);
      return;
    }
    this.#adopt(connection, listener);
    connection.pair(dialler);
  }

  close(): Promise<void> {
    if (this.#bound !== undefined) this.#network.release(this.#bound);
    this.#bound = undefined;
    this.#listener = undefined;
    for (const connection of this.#connections) connection.destroy();
    return Promise.resolve();
  }

  ref(): void {
    // Nothing here keeps a process alive.
  }

  unref(): void {
    // Nothing here keeps a process alive.
  }

  #adopt(connection: MemoryConnection, listener: ConnectionListener): void {
    this.#connections.add(connection);
    connection.listen(listener, () => this.#connections.delete(connection));
  }
}

/** What one end sends the other. */
type Delivery =
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' };

/** One end of a stream. What is written before there is another end waits for it. */
class MemoryConnection implements Connection {
  readonly local: Address;
  readonly peer: Address;
  readonly #network: MemoryNetwork;
  readonly #counters: TransportCounters;
  readonly #waiting: Delivery[] = [];
  #other: MemoryConnection | undefined;
  #listener: ConnectionListener | undefined;
  #release: (() => void) | undefined;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isClosed = false;

  constructor(network: MemoryNetwork, local: Address, peer: Address, counters: TransportCounters) {
    this.#network = network;
    this.local = local;
    this.peer = peer;
    this.#counters = counters;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  listen(listener: ConnectionListener, release: () => void): void {
    this.#listener = listener;
    this.#release = release;
  }

  pair(other: MemoryConnection): void {
    this.#meet(other);
    other.#meet(this);
  }

  write(bytes: Uint8Array): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#counters.bytesSent += bytes.length;
    for (let start = 0; start < bytes.length; start += chunkBytesMax) {
      this.#deliver({ kind: 'chunk', bytes: bytes.slice(start, start + chunkBytesMax) });
    }
  }

  end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#hasEnded = true;
    this.#deliver({ kind: 'end' });
    if (this.#hasPeerEnded) this.#close(undefined);
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#deliver({ kind: 'reset' });
    this.#close(closedByUs);
  }

  fail(failure: ConnectionFailure): void {
    this.#counters.reads += 1;
    this.#close(failure);
  }

  #meet(other: MemoryConnection): void {
    this.#other = other;
    this.#counters.reads += 1;
    for (const delivery of this.#waiting.splice(0)) this.#deliver(delivery);
  }

  #deliver(delivery: Delivery): void {
    const other = this.#other;
    if (other === undefined) this.#waiting.push(delivery);
    else if (!this.#network.isCut(this.local, this.peer)) {
      setImmediate(() => other.#take(delivery));
    }
  }

  #take(delivery: Delivery): void {
    if (this.#isClosed) return;
    this.#counters.reads += 1;
    switch (delivery.kind) {
      case 'chunk':
        this.#counters.bytesReceived += delivery.bytes.length;
        this.#listener?.data(delivery.bytes);
        break;
      case 'end':
        this.#hasPeerEnded = true;
        this.#listener?.ended();
        if (this.#hasEnded) this.#close(undefined);
        break;
      case 'reset':
        this.#close(this.#hasPeerEnded ? undefined : closedByPeer);
        break;
      default:
        delivery satisfies never;
    }
  }

  #close(failure: ConnectionFailure | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release?.();
    // Never inside a call of the one who is told, as with sockets.
    setImmediate(() => this.#listener?.closed(failure));
  }
}

const addressTaken = Object.assign(new Error('the address is taken on this memory network'), {
  code: 'EADDRINUSE',
});

const refused: ConnectionFailure = {
  reason: 'refused',
  text: 'nobody listens there (connection refused)',
};

const closedByPeer: ConnectionFailure = {
  reason: 'closed',
  text: 'the peer closed the connection',
};

const closedByUs: ConnectionFailure = {
  reason: 'closed',
  text: 'the connection was closed before the exchange was complete',
};

/** Where an unspecified address is reached on this network. */
function concrete(ip: string): string {
  if (ip === '0.0.0.0') return '127.0.0.1';
  return ip === '::' ? '::1' : ip;
}
