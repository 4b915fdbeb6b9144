/** A peer in a thread of its own, which answers while the thread of the test is blocked. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Address } from '../../../src/model/address.ts';

export interface AnsweringPeer {
  readonly address: Address;
  close(): Promise<void>;
}

export interface PeerOptions {
  /** How long it thinks before it answers. */
  readonly delayMs: number;
  /** Datagrams that it sends before each answer. */
  readonly noise: number;
}

// Plain text: a thread cannot load TypeScript on every Node that we run on.
const source = `
  const { createSocket } = require('node:dgram');
  const { parentPort, workerData: { delayMs, noise } } = require('node:worker_threads');
  const socket = createSocket('udp4');
  const other = Buffer.alloc(60, 'noise');
  socket.on('message', (ping, { address, port }) => setTimeout(() => {
    for (let sent = 0; sent < noise; sent += 1) socket.send(other, port, address);
    socket.send(ping, port, address);
  }, delayMs));
  socket.bind(0, '127.0.0.1', () => parentPort.postMessage(socket.address().port));
`;

/** Starts a peer that sends every packet back after `delayMs`. */
export async function answeringPeer(options: PeerOptions): Promise<AnsweringPeer> {
  const worker = new Worker(source, { eval: true, workerData: options });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    address: { ip: '127.0.0.1', port },
    close: async () => {
      await worker.terminate();
    },
  };
}
