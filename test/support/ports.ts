/** Free ports: the same number for UDP and TCP, and no two tests that run at once get the same one. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the range from which kernels give ports to outgoing connections. Each vitest worker has a
// slice of its own, because a port is only taken some time after it was found free.
const portMin = 18_000;
const slicePorts = 1_500;
const slices = 8;
const attemptsMax = slicePorts;

const slice = Number(process.env['VITEST_POOL_ID'] ?? process.pid) % slices;
let next = Math.floor(Math.random() * slicePorts);

/** A port that nobody listens on at `ip`, for UDP and TCP. */
export async function freePort(ip: string): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    next = (next + 1) % slicePorts;
    const port = portMin + slice * slicePorts + next;
    if ((await isTcpFree(ip, port)) && (await isUdpFree(ip, port))) return port;
  }
  throw new Error(`no free port at ${ip}`);
}

async function isTcpFree(ip: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, ip);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
}

async function isUdpFree(ip: string, port: number): Promise<boolean> {
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
