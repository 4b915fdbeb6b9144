/** Finds a port that is free for UDP and TCP, for a node that is named after its port. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const attemptsMax = 10;

/**
 * A port of `ip` that was free a moment ago. Somebody may take it before it is bound: then binding
 * fails as for any taken port, and the caller asks again.
 */
export async function freePort(ip: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freeTcpPort(ip);
    if (await isUdpPortFree(ip, port)) return port;
    if (attempt === attemptsMax) throw new Error(`found no free port on ${ip}`);
  }
}

async function freeTcpPort(ip: string): Promise<number> {
  const server = createServer();
  server.listen(0, ip);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isUdpPortFree(ip: string, port: number): Promise<boolean> {
  const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(port, ip);
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
