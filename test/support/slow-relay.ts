/** A relay that lets every packet wait: in front of a node, it makes that node as far away as wanted. */

import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { freePort } from './ports.ts';

const ip = '127.0.0.1';

/**
 * Where others reach a node that listens at `port` of IPv4 loopback. Packets to it take `delayMs`
 * longer, streams do not: answers go where a ping says, so a round trip takes `delayMs` in either role.
 */
export async function startSlowRelay(options: {
  readonly port: number;
  readonly delayMs: number;
}): Promise<SlowRelay> {
  const listenPort = await freePort(ip);
  const socket = createSocket('udp4');
  socket.bind(listenPort, ip);
  await once(socket, 'listening');
  socket.on('message', (packet) => {
    setTimeout(() => {
      if (!relay.isClosed) socket.send(packet, options.port, ip);
    }, options.delayMs);
  });
  const server = createServer((incoming) => {
    const outgoing = connect(options.port, ip);
    for (const end of [incoming, outgoing]) end.on('error', () => end.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(listenPort, ip);
  await once(server, 'listening');
  const relay = new SlowRelay(listenPort, socket, server);
  return relay;
}

export class SlowRelay implements Disposable {
  readonly port: number;
  readonly #socket: Socket;
  readonly #server: Server;
  isClosed = false;

  constructor(port: number, socket: Socket, server: Server) {
    this.port = port;
    this.#socket = socket;
    this.#server = server;
  }

  [Symbol.dispose](): void {
    this.isClosed = true;
    this.#socket.close();
    this.#server.close();
  }
}
