/**
 * What a driver needs of a network: packets, and streams on the same port. A transport carries bytes
 * and reports what happened; it reads no clock and judges nothing late. Deadlines are the driver's,
 * which looks at them only after everything that has arrived was read.
 */

import type { Address } from '../model/address.ts';

/** Why a connection came to nothing. */
export interface ConnectionFailure {
  readonly reason: 'refused' | 'unreachable' | 'closed';
  readonly text: string;
}

/** Told what happens on one connection. `closed` comes once, last. */
export interface ConnectionListener {
  /** The listener may keep `chunk`. */
  data(chunk: Uint8Array): void;
  /** The peer sends no more; we still may. */
  ended(): void;
  /** `failure` says why, unless both sides had ended. */
  closed(failure: ConnectionFailure | undefined): void;
}

/** One stream to or from a peer. */
export interface Connection {
  readonly peer: Address;
  /** Bytes may be written before the connection is open; they leave when it is. */
  write(bytes: Uint8Array): void;
  /** Sends no more after what was written. */
  end(): void;
  /** Gives up at once. `closed` is still reported. Idempotent. */
  destroy(): void;
}

/** Told what arrives at an open transport. */
export interface TransportListener {
  /** A packet; the listener may keep `bytes`. */
  packet(bytes: Uint8Array, from: Address): void;
  /** Somebody dialled us. Returns who is told about the connection, or `undefined` to refuse it. */
  accepted(connection: Connection): ConnectionListener | undefined;
}

/** What a transport counts. Falls never. */
export interface TransportCounters {
  packetsReceived: number;
  packetsSent: number;
  bytesReceived: number;
  bytesSent: number;
  /** Packets that could not be handed to the network. */
  sendErrors: number;
  /** Connections turned away, and failures to accept one. */
  acceptErrors: number;
  /**
   * Everything that was read from the network: packets, chunks, connections that came, opened or
   * ended. While this rises from turn to turn of the event loop, more may lie in the kernel.
   */
  reads: number;
}

/** Packets and streams on one port. Open once, close once. */
export interface Transport {
  readonly counters: Readonly<TransportCounters>;
  /** What the kernel grants for packets that wait to be read; 0 where there is no such buffer. */
  readonly receiveBufferBytes: number;
  /**
   * Listens for packets and streams on `bind`, whose port may be 0, and returns where it does.
   * Rejects with `ERR_BIND`.
   */
  open(bind: Address, listener: TransportListener): Promise<Address>;
  /** Sends a packet, or loses it, as networks do: failures are counted only. */
  send(packet: Uint8Array, to: Address): void;
  /** Opens a stream. Failure is reported to `listener`; there is no time limit. */
  dial(to: Address, listener: ConnectionListener): Connection;
  /** Stops listening, destroys all connections, and resolves when the port is free. Idempotent. */
  close(): Promise<void>;
  /** Whether an open transport keeps the process alive; it does at first. */
  ref(): void;
  unref(): void;
}

/** Fresh counters. */
export function transportCounters(): TransportCounters {
  return {
    packetsReceived: 0,
    packetsSent: 0,
    bytesReceived: 0,
    bytesSent: 0,
    sendErrors: 0,
    acceptErrors: 0,
    reads: 0,
  };
}
