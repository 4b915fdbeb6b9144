/** The real network: one UDP and one TCP socket on the same port. */

import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket as TcpSocket } from 'node:net';

import { unmapIp } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import { bindError, systemCode } from './bind-error.ts';
import { TcpConnection, peerOf, socketIp } from './tcp-connection.ts';
import { transportCounters } from './transport.ts';
import type {
  Connection,
  ConnectionListener,
  Transport,
  TransportCounters,
  TransportListener,
} from './transport.ts';

/** How often a port chosen by the kernel for UDP may turn out to be taken for TCP. */
export const bindAttemptsMax = 10;

/** Accepted and dialled TCP connections at once; more that come are turned away. */
export const connectionsMax = 512;

/** The smallest receive buffer that is asked for when the kernel refuses more. */
const receiveBufferBytesMin = 64 * 1024;

/** How long the kernel queues connections that were not accepted yet. */
const listenBacklog = 511;

export interface UdpTcpOptions {
  /** Wanted size of the UDP receive buffer. */
  readonly receiveBufferBytes: number;
}

export class UdpTcpTransport implements Transport {
  readonly #wantedBufferBytes: number;
  readonly #counters = transportCounters();
  readonly #connections = new Set<TcpSocket>();
  #udp: UdpSocket | undefined;
  #server: Server | undefined;
  #isDualStack = false;
  #isIpv6 = false;
  #isReferenced = true;
  #receiveBufferBytes = 0;
  #closed: Promise<void> | undefined;

  constructor(options: UdpTcpOptions) {
    this.#wantedBufferBytes = options.receiveBufferBytes;
  }

  get counters(): Readonly<TransportCounters> {
    return this.#counters;
  }

  get receiveBufferBytes(): number {
    return this.#receiveBufferBytes;
  }

  async open(bind: Address, listener: TransportListener): Promise<Address> {
    this.#isIpv6 = bind.ip.includes(':');
    // As Go listens: the unspecified IPv6 address takes IPv4 as well, a specific one does not.
    this.#isDualStack = bind.ip === '::';
    for (let attempt = 1; ; attempt += 1) {
      const udp = this.#createUdp();
      try {
        const port = await bindUdp(udp, bind);
        const server = createServer({ allowHalfOpen: true });
        await listenTcp(server, { ip: bind.ip, port }, !this.#isDualStack);
        this.#attach(udp, server, listener);
        return { ip: bind.ip, port };
      } catch (error) {
        udp.close();
        const mayRetry = bind.port === 0 && systemCode(error) === 'EADDRINUSE';
        if (!mayRetry || attempt === bindAttemptsMax) throw bindError(bind, error);
      }
    }
  }

  send(packet: Uint8Array, to: Address): void {
    if (this.#udp === undefined || this.#closed !== undefined) return;
    this.#counters.packetsSent += 1;
    this.#counters.bytesSent += packet.length;
    try {
      this.#udp.send(packet, to.port, this.#socketAddress(to.ip), this.#onSent);
    } catch {
      this.#counters.sendErrors += 1; // Port 0, or an address of a family that this socket has not.
    }
  }

  dial(to: Address, listener: ConnectionListener): Connection {
    const host = unmapIp(to.ip);
    const socket = connect({ host, port: to.port, allowHalfOpen: true, autoSelectFamily: false });
    return this.#adopt(socket, to, listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  ref(): void {
    this.#isReferenced = true;
    this.#udp?.ref();
    this.#server?.ref();
    for (const socket of this.#connections) socket.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#udp?.unref();
    this.#server?.unref();
    for (const socket of this.#connections) socket.unref();
  }

  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.#counters.sendErrors += 1;
  };

  #createUdp(): UdpSocket {
    const type = this.#isIpv6 ? 'udp6' : 'udp4';
    const family = this.#isIpv6 ? 6 : 4;
    // Every destination is an IP text: without its own lookup Node spends a tick on each packet.
    const lookup = (
      host: string,
      _options: object,
      done: (error: null, address: string, family: number) => void,
    ): void => done(null, host, family);
    return createSocket({ type, ipv6Only: this.#isIpv6 && !this.#isDualStack, lookup });
  }

  #attach(udp: UdpSocket, server: Server, listener: TransportListener): void {
    this.#udp = udp;
    this.#server = server;
    this.#receiveBufferBytes = growReceiveBuffer(udp, this.#wantedBufferBytes);
    udp.on('message', (bytes: Uint8Array, from: RemoteInfo) => {
      this.#counters.reads += 1;
      this.#counters.packetsReceived += 1;
      this.#counters.bytesReceived += bytes.length;
      listener.packet(bytes, { ip: socketIp(from.address), port: from.port });
    });
    // Sending to nobody may come back here as an error of the socket; it stays open.
    udp.on('error', () => {
      this.#counters.sendErrors += 1;
    });
    server.on('error', () => {
      this.#counters.acceptErrors += 1;
    });
    server.on('connection', (socket) => this.#accept(socket, listener));
    if (!this.#isReferenced) this.unref();
  }

  #accept(socket: TcpSocket, listener: TransportListener): void {
    this.#counters.reads += 1;
    const connection = new TcpConnection(socket, peerOf(socket), this.#counters);
    const hasRoom = this.#connections.size < connectionsMax;
    const connectionListener = hasRoom ? listener.accepted(connection) : undefined;
    if (connectionListener === undefined) {
      this.#counters.acceptErrors += 1;
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    this.#track(socket);
    connection.listen(connectionListener);
  }

  #adopt(socket: TcpSocket, peer: Address, listener: ConnectionListener): Connection {
    const connection = new TcpConnection(socket, peer, this.#counters);
    this.#track(socket);
    connection.listen(listener);
    return connection;
  }

  #track(socket: TcpSocket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    if (!this.#isReferenced) socket.unref();
  }

  /** IPv4 destinations need their mapped form on a socket of both families. */
  #socketAddress(ip: string): string {
    const bare = unmapIp(ip);
    return this.#isDualStack && !bare.includes(':') ? `::ffff:${bare}` : bare;
  }

  async #close(): Promise<void> {
    const ends: Promise<unknown>[] = [];
    if (this.#udp !== undefined) {
      ends.push(once(this.#udp, 'close'));
      this.#udp.close();
    }
    if (this.#server !== undefined) {
      ends.push(once(this.#server, 'close'));
      this.#server.close();
    }
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(ends);
  }
}

function ignore(): void {
  // An error of a socket that was turned away concerns nobody.
}

async function bindUdp(udp: UdpSocket, bind: Address): Promise<number> {
  const listening = once(udp, 'listening');
  // Exclusive: workers of a cluster must not share one socket, each is a node of its own.
  udp.bind({ address: bind.ip, port: bind.port, exclusive: true });
  await listening;
  return udp.address().port;
}

async function listenTcp(server: Server, at: Address, ipv6Only: boolean): Promise<void> {
  const listening = once(server, 'listening');
  server.listen({
    host: at.ip,
    port: at.port,
    backlog: listenBacklog,
    exclusive: true,
    ...(at.ip.includes(':') && { ipv6Only }),
  });
  await listening;
}

/** Asks for the buffer, less if the kernel refuses, and returns what was granted. */
function growReceiveBuffer(udp: UdpSocket, wantedBytes: number): number {
  for (let bytes = wantedBytes; bytes >= receiveBufferBytesMin; bytes = Math.floor(bytes / 2)) {
    try {
      udp.setRecvBufferSize(bytes);
      break;
    } catch {
      // Linux clips silently; others refuse a size above their limit, so ask for less.
    }
  }
  const reported = udp.getRecvBufferSize();
  // Linux reports twice what it was asked for: half of it pays for its own bookkeeping.
  return process.platform === 'linux' ? Math.floor(reported / 2) : reported;
}
