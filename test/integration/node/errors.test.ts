/** What goes wrong for an embedding program, and what it is told. */

import { once } from 'node:events';
import { createServer } from 'node:net';

import type { FailedAddress, FolkmootNode } from 'folkmoot';
import { FolkmootError } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { freePort } from '../../support/ports.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, heard, runtimes } from './embedded.ts';

describe.each(runtimes)('with the %s runtime', (runtime) => {
  it.each([
    ['another key', { encryptKey: Buffer.alloc(16, 1) }, { encryptKey: Buffer.alloc(16, 2) }],
    ['a key here only', {}, { encryptKey: Buffer.alloc(16, 2) }],
    ['a key there only', { encryptKey: Buffer.alloc(16, 1) }, {}],
    ['another label', { label: 'blue' }, { label: 'green' }],
    ['a label here only', {}, { label: 'green' }],
    ['a label there only', { label: 'blue' }, {}],
  ])('%s is no way into a cluster, and the error hints at it', async (_, theirs, ours) => {
    await using a = await embed('a', { runtime, ...theirs });
    await using b = await embed('b', { runtime, ...ours });
    const [failure] = failuresOf(await rejection(b.join([at(a)])));
    expect(failure?.address).toBe(at(a));
    expect(['closed', 'undecryptable', 'unreadable', 'remote-error']).toContain(failure?.reason);
    expect(failure?.remedy).toMatch(/keys|log/);
    expect(a.members.size).toBe(1);
    expect(b.members.size).toBe(1);
    const { wireDrops } = await a.stats();
    expect(Object.values(wireDrops).length).toBeGreaterThan(0);
  });

  it('a port that is taken is said to be, and nothing is left running', async () => {
    await using a = await embed('a', { runtime });
    const error = await rejection(embed('b', { runtime, bind: at(a) }));
    expect(error.code).toBe('ERR_BIND');
    expect(error.message).toContain(at(a));
  });

  it('a port that only TCP has taken is taken too', async () => {
    const server = createServer();
    server.listen(await freePort('127.0.0.1'), '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    expect((await rejection(embed('a', { runtime, bind: `127.0.0.1:${port}` }))).code).toBe(
      'ERR_BIND',
    );
    server.close();
    await using node = await embed('a', { runtime, bind: `127.0.0.1:${port}` });
    expect(node.bound.port).toBe(port);
  });

  it('an address that is not of this machine cannot be bound', async () => {
    expect((await rejection(embed('a', { runtime, bind: '192.0.2.1:0' }))).code).toBe('ERR_BIND');
  });

  it('each address that cannot be joined has its reason', async () => {
    await using a = await embed('a', { runtime });
    const nobody = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const error = await rejection(a.join(['no-such-host.invalid', nobody]));
    const failures = failuresOf(error);
    expect(failures.map(({ address, reason }) => [address, reason])).toEqual([
      ['no-such-host.invalid', 'address-unknown'],
      [nobody, 'refused'],
    ]);
    expect(error.message).toContain(nobody);
    expect(error.message).toContain('no-such-host.invalid');
  });

  it('one address that answers is enough', async () => {
    await using a = await embed('a', { runtime });
    await using b = await embed('b', { runtime });
    const nobody = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const { joined, failures } = await b.join([nobody, at(a), 'no-such-host.invalid']);
    expect(joined).toEqual([a.address]);
    expect(failures.map(({ reason }) => reason).toSorted()).toEqual(['address-unknown', 'refused']);
  });

  it('a service that is no node is told from a node', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await using a = await embed('a', { runtime });
    const [failure] = failuresOf(await rejection(a.join([`127.0.0.1:${port}`])));
    expect(['unreadable', 'closed']).toContain(failure?.reason);
    server.close();
  });

  it('a name that a live member has keeps the second one out', async () => {
    await using a = await embed('a', { runtime });
    await using first = await embed('twin', { runtime });
    await using second = await embed('twin', { runtime });
    await first.join([at(a)]);
    await waitFor(() => a.members.has('twin'), { describe: 'a sees the first twin' });
    const error = await rejection(second.join([at(a)]));
    expect(failuresOf(error)[0]?.reason).toBe('name-taken');
    expect(error.message).toContain('twin');
    expect(a.members.get('twin')?.port).toBe(first.address.port);
  });

  it('a join that is given up ends with the reason of its signal, and the node lives', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await using a = await embed('a', { runtime });
    const abort = new AbortController();
    const accepted = once(server, 'connection');
    const joining = a.join([`127.0.0.1:${port}`], { signal: abort.signal });
    await accepted;
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(joining).rejects.toBe(reason);
    expect(a.state).toBe('alive');
    server.close();
  });

  it('a node that has left takes no more commands', async () => {
    await using a = await embed('a', { runtime });
    await a.leave();
    const error = await rejection(a.join(['127.0.0.1:1']));
    expect(error).toMatchObject({ code: 'ERR_STATE', details: { state: 'left' } });
  });

  it('disposal ends a node that others see leave', async () => {
    await using a = await embed('a', { runtime });
    const told = await scope(a);
    await waitFor(() => told.includes('member-leave b'), { describe: 'a heard the leave' });
    expect(told).toEqual(['member-join b', 'member-leave b']);

    async function scope(other: FolkmootNode): Promise<readonly string[]> {
      const lines = heard(other);
      await using b = await embed('b', { runtime });
      await b.join([at(other)]);
      await waitFor(() => other.members.has('b'), { describe: 'a sees b' });
      return lines;
    }
  });
});

async function rejection(promise: Promise<unknown>): Promise<FolkmootError> {
  const error: unknown = await promise.then(
    () => new Error('it was not rejected'),
    (reason: unknown) => reason,
  );
  if (FolkmootError.is(error)) return error;
  throw error;
}

function failuresOf(error: FolkmootError): readonly FailedAddress[] {
  expect(error.code).toBe('ERR_JOIN');
  return error.details['failures'] as readonly FailedAddress[];
}
