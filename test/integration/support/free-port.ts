/** Ports for tests that must name one before anybody listens on it. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that was free for UDP and TCP on `ip` a moment ago. */
export async function freePort(ip = '127.0.0.1'): Promise<number> {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    const server = createServer();
    server.listen({ host: ip, port: 0 });
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const isFree = await isUdpFree(ip, port);
    server.close();
    await once(server, 'close');
    if (isFree) return port;
  }
  throw new Error('no port is free for both UDP and TCP');
}

async function isUdpFree(ip: string, port: number): Promise<boolean> {
  const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind({ address: ip, port, exclusive: true });
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
