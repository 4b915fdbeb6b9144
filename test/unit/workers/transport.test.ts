import { createServer } from 'node:net';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import { memoryNetwork } from '../../../src/workers/memory-transport.ts';
import type { ConnectionFailure } from '../../../src/workers/transport.ts';
import { UdpTcpTransport } from '../../../src/workers/udp-tcp-transport.ts';
import { waitFor } from '../../integration/support/wait-for.ts';
import { describeTransport } from './transport-conformance.ts';

const deaf = { packet: () => undefined, accepted: () => undefined };
const udpTcp = (): UdpTcpTransport => new UdpTcpTransport({ receiveBufferBytes: 4 * 1024 * 1024 });

describeTransport('UDP and TCP (IPv4)', () => ({ create: udpTcp, ip: '127.0.0.1' }));
describeTransport('UDP and TCP (IPv6)', () => ({ create: udpTcp, ip: '::1' }));
describeTransport('memory', () => {
  const network = memoryNetwork();
  return { create: () => network.transport(), ip: '10.0.0.1' };
});

describe('the UDP and TCP transport alone', () => {
  it('reads back what the kernel grants for the receive buffer', async () => {
    const transport = udpTcp();
    await transport.open({ ip: '127.0.0.1', port: 0 }, deaf);
    expect(transport.receiveBufferBytes).toBeGreaterThan(0);
    expect(transport.receiveBufferBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    await transport.close();
  });

  it('says so when no interface has the address', async () => {
    const opening = udpTcp().open({ ip: '192.0.2.1', port: 0 }, deaf);
    const error = await opening.catch((thrown: unknown) => thrown);
    expect(FolkmootError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_BIND', details: { reason: 'EADDRNOTAVAIL' } });
    expect(String(error)).toContain('192.0.2.1:0');
  });

  it('does not keep the UDP port when TCP is taken', async () => {
    const server = createServer().listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const refused = await udpTcp()
      .open({ ip: '127.0.0.1', port }, deaf)
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'ERR_BIND', details: { reason: 'EADDRINUSE' } });
    server.close();
    await once(server, 'close');
    const transport = udpTcp();
    expect(await transport.open({ ip: '127.0.0.1', port }, deaf)).toEqual({
      ip: '127.0.0.1',
      port,
    });
    await transport.close();
  });

  it('reaches IPv4 peers from the unspecified IPv6 address, as Go does, and shows them as IPv4', async () => {
    const seen: string[] = [];
    const wide = udpTcp();
    const bound = await wide.open(
      { ip: '::', port: 0 },
      {
        packet: (_, from) => seen.push(from.ip),
        accepted: (connection) => {
          seen.push(connection.peer.ip);
          return undefined;
        },
      },
    );
    const narrow = udpTcp();
    const heard: string[] = [];
    const at = await narrow.open(
      { ip: '127.0.0.1', port: 0 },
      { ...deaf, packet: (_, from) => heard.push(from.ip) },
    );
    wide.send(Uint8Array.of(1), at);
    wide.send(Uint8Array.of(1), { ip: '::ffff:127.0.0.1', port: at.port });
    await waitFor(() => heard.length === 2);
    narrow.send(Uint8Array.of(1), { ip: '127.0.0.1', port: bound.port });
    narrow.dial(
      { ip: '::ffff:127.0.0.1', port: bound.port },
      { data: () => undefined, ended: () => undefined, closed: () => undefined },
    );
    await waitFor(() => seen.length === 2);
    expect(new Set([...seen, ...heard])).toEqual(new Set(['127.0.0.1']));
    await Promise.all([wide.close(), narrow.close()]);
  });

  it('counts a packet for the other IP version as a send error', async () => {
    const transport = udpTcp();
    await transport.open({ ip: '127.0.0.1', port: 0 }, deaf);
    transport.send(Uint8Array.of(1), { ip: '::1', port: 9 });
    await waitFor(() => transport.counters.sendErrors > 0);
    expect(transport.counters.sendErrors).toBe(1);
    await transport.close();
  });
});

describe('the memory network', () => {
  it('loses packets and hangs streams where a link is cut, and only there', async () => {
    const network = memoryNetwork();
    const [a, b, c] = [network.transport(), network.transport(), network.transport()];
    const heard: string[] = [];
    const listener = (name: string) => ({ ...deaf, packet: () => heard.push(name) });
    const from = await a.open({ ip: '10.0.0.1', port: 1 }, listener('a'));
    const cut = await b.open({ ip: '10.0.0.2', port: 1 }, listener('b'));
    const whole = await c.open({ ip: '10.0.0.3', port: 1 }, listener('c'));
    network.faults = { isCut: (x, y) => x.ip === from.ip && y.ip === cut.ip };
    let failure: ConnectionFailure | undefined;
    const silent = {
      data: () => undefined,
      ended: () => undefined,
      closed: (reason: ConnectionFailure | undefined) => {
        failure = reason;
      },
    };
    const dialled = a.dial(cut, silent);
    a.send(Uint8Array.of(1), cut);
    a.send(Uint8Array.of(1), whole);
    b.send(Uint8Array.of(1), from);
    await waitFor(() => heard.length === 2);
    expect(heard.sort()).toEqual(['a', 'c']);
    expect(failure).toBeUndefined();
    dialled.destroy();
    await waitFor(() => failure !== undefined);
    network.faults = { losesPacket: (_, to) => to.ip === whole.ip };
    a.send(Uint8Array.of(1), whole);
    a.send(Uint8Array.of(1), cut);
    await waitFor(() => heard.length === 3);
    expect(heard.at(-1)).toBe('b');
  });
});
