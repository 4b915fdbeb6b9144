import { describe, expect, it, vi } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import type { FolkmootNode } from '../../../src/node/api.ts';
import type { NodeLogger } from '../../../src/node/logger.ts';
import { failed, fakeNode, joined, rejection } from './fake-runtime.ts';

describe('a node that was created', () => {
  it('is in its own members at once, alive, where it listens', async () => {
    const { node } = await fakeNode();
    expect(node.name).toBe('self');
    expect(node.members.get('self')?.status).toBe('alive');
    expect(node.local).toBe(node.members.get('self'));
    expect(node.state).toBe('alive');
    expect(node.bound).toEqual({ ip: '127.0.0.1', port: 4_711 });
    expect(node.address).toEqual(node.bound);
  });

  it('shows members that nobody else can change', async () => {
    const { node } = await fakeNode();
    expect(() => (node.members as Map<string, unknown>).clear()).toThrow(TypeError);
    expect(node.members.size).toBe(1);
  });

  it('changes its members before it tells the event', async () => {
    const { node, runtime } = await fakeNode();
    const seen: string[] = [];
    node.member$.subscribe((event) => {
      for (const { name } of event.members) {
        seen.push(`${event.kind} ${name} ${node.members.get(name)?.status}`);
      }
    });
    runtime.listener.facts([...joined('other'), ...failed('other')]);
    expect(seen).toEqual(['member-join other alive', 'member-failed other failed']);
  });

  it('keeps the facts with their causes in its journal', async () => {
    const { node, runtime } = await fakeNode();
    runtime.listener.facts(joined('other'));
    expect(node.journal.about('other').map(({ fact }) => fact.kind)).toEqual([
      'node-joined',
      'member-joined',
    ]);
    expect(node.journal.replay()).toEqual(new Map(node.members));
  });

  it('tells what a checkpoint changes, after a gap', async () => {
    const { node, runtime } = await fakeNode();
    const kinds: string[] = [];
    node.member$.subscribe((event) => kinds.push(event.kind));
    const other = { ...node.local, name: 'other' };
    const members = [node.local, other];
    runtime.listener.checkpoint({ members, memberTime: 1, eventTime: 1, queryTime: 1 });
    expect(kinds).toEqual(['member-join']);
    expect([...node.members.keys()].toSorted()).toEqual(['other', 'self']);
  });

  it('warns of a public address without encryption', async () => {
    const warn = vi.fn<NodeLogger['warn']>();
    const nothing = (): void => undefined;
    const logger = { debug: nothing, info: nothing, warn, error: nothing };
    await fakeNode({ advertise: '8.8.8.8:1', logger });
    expect(warn.mock.calls).toEqual([
      [{ address: '8.8.8.8:1' }, expect.stringContaining('without encryption')],
    ]);
    await fakeNode({ advertise: '8.8.8.8:1', logger, encryptKey: new Uint8Array(16) });
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('adds state and encryption to the numbers of its runtime', async () => {
    const { node } = await fakeNode({ encryptKey: new Uint8Array(16) });
    expect(await node.stats()).toMatchObject({ members: 1, state: 'alive', encrypted: true });
  });
});

describe('a join', () => {
  it('resolves to the addresses that answered, and says what became of the others', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = async () => ({
      kind: 'join',
      joined: [{ ip: '10.0.0.1', port: 4_711, name: 'one' }],
      failures: [
        { target: { ip: '10.0.0.2', port: 5 }, reason: 'refused', text: 'connection refused' },
      ],
    });
    const result = await node.join(['one/10.0.0.1', '10.0.0.2:5'], { ignoreOld: true });
    expect(runtime.commands).toEqual([
      {
        kind: 'join',
        ignoreOld: true,
        targets: [
          { ip: '10.0.0.1', port: 4_711, name: 'one' },
          { ip: '10.0.0.2', port: 5 },
        ],
      },
    ]);
    expect(result.joined).toEqual([{ ip: '10.0.0.1', port: 4_711 }]);
    expect(result.failures).toMatchObject([
      { address: '10.0.0.2:5', dialled: { ip: '10.0.0.2', port: 5 }, reason: 'refused' },
    ]);
  });

  it('rejects when nobody answered, with reason and remedy of each address', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = async () => ({
      kind: 'join',
      joined: [],
      failures: [
        { target: { ip: '10.0.0.1', port: 1 }, reason: 'closed', text: 'closed without a reply' },
        { target: { ip: '10.0.0.2', port: 2 }, reason: 'timeout', text: 'no answer in 10 s' },
      ],
    });
    const error = await rejection(node.join(['10.0.0.1:1', '10.0.0.2:2']));
    expect(error.code).toBe('ERR_JOIN');
    expect(error.message.split('\n')).toEqual([
      'None of the addresses could be joined:',
      expect.stringMatching(/^ {2}10\.0\.0\.1:1: closed without a reply\. .*keys.*labels/),
      expect.stringMatching(/^ {2}10\.0\.0\.2:2: no answer in 10 s\. .*firewall/),
    ]);
    expect(error.details['failures']).toHaveLength(2);
  });

  it('does not trouble the engine when no host is known', async () => {
    const { node, runtime } = await fakeNode();
    const error = await rejection(node.join(['no-such-host.invalid']));
    expect(error.code).toBe('ERR_JOIN');
    expect(error.details['failures']).toMatchObject([
      { address: 'no-such-host.invalid', dialled: undefined, reason: 'address-unknown' },
    ]);
    expect(runtime.commands).toEqual([]);
  });

  it('ends early with the reason of its signal', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = () => new Promise(() => undefined);
    const abort = new AbortController();
    const joining = node.join(['10.0.0.1'], { signal: abort.signal });
    const reason = new Error('enough');
    await vi.waitUntil(() => runtime.commands.length === 1);
    abort.abort(reason);
    await expect(joining).rejects.toBe(reason);
    await expect(node.join(['10.0.0.1'], { signal: abort.signal })).rejects.toBe(reason);
    expect(runtime.commands).toHaveLength(1);
  });
});

describe('commands', () => {
  it('reach the engine as they were meant', async () => {
    const { node, runtime } = await fakeNode();
    expect(await node.forceLeave('known')).toEqual({ known: true });
    expect(await node.forceLeave('nobody', { prune: true })).toEqual({ known: false });
    await node.setTags({ role: 'web' });
    expect(runtime.commands).toEqual([
      { kind: 'force-leave', name: 'known', prune: false },
      { kind: 'force-leave', name: 'nobody', prune: true },
      { kind: 'set-tags', tags: new Map([['role', 'web']]) },
    ]);
  });

  it('are refused before they reach it when they cannot be', async () => {
    const { node, runtime } = await fakeNode();
    expect((await rejection(node.setTags({ a: 'x'.repeat(600) }))).code).toBe('ERR_TAGS_SIZE');
    expect((await rejection(node.forceLeave(''))).code).toBe('ERR_OPTION');
    expect((await rejection(node.join([]))).code).toBe('ERR_OPTION');
    expect(runtime.commands).toEqual([]);
  });

  it('hand on what the engine refuses', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = () => Promise.reject(new FolkmootError('ERR_TIMEOUT', 'not in time'));
    expect((await rejection(node.setTags({}))).code).toBe('ERR_TIMEOUT');
  });

  it('are refused once the node leaves, has left or is shut down', async () => {
    const { node } = await fakeNode();
    const leaving = node.leave();
    await expectRefused(node, 'leaving');
    await leaving;
    await expectRefused(node, 'left');
    await node.shutdown();
    await expectRefused(node, 'shutdown');
    expect((await rejection(node.stats())).code).toBe('ERR_STATE');
  });

  it('keep the process alive while they last, and only then if the node was unreferenced', async () => {
    const { node, runtime } = await fakeNode();
    node.unref();
    expect(runtime.isReferenced).toBe(false);
    let answer = (): void => undefined;
    runtime.answer = () =>
      new Promise((resolve) => {
        answer = () => resolve({ kind: 'set-tags' });
      });
    const setting = node.setTags({});
    await vi.waitUntil(() => runtime.isReferenced);
    answer();
    await setting;
    expect(runtime.isReferenced).toBe(false);
    node.ref();
    expect(runtime.isReferenced).toBe(true);
  });
});

describe('the life of a node', () => {
  it('is told from the present on, and ends with shutdown', async () => {
    const { node, runtime } = await fakeNode();
    const states: string[] = [];
    let isComplete = false;
    node.state$.subscribe({
      next: (state) => states.push(state),
      complete: () => {
        isComplete = true;
      },
    });
    expect(await node.leave()).toEqual({ complete: true });
    await node.shutdown();
    expect(states).toEqual(['alive', 'leaving', 'left', 'shutdown']);
    expect(isComplete).toBe(true);
    expect(runtime.isClosed).toBe(true);
    expect(await node.closed).toEqual({ kind: 'shutdown', hasLeft: true });
  });

  it('ends without leave by shutdown alone, however often it is called', async () => {
    const { node, runtime } = await fakeNode();
    let isComplete = false;
    node.member$.subscribe({
      complete: () => {
        isComplete = true;
      },
    });
    await Promise.all([node.shutdown(), node.shutdown()]);
    await node.shutdown();
    expect(runtime.commands).toEqual([]);
    expect(isComplete).toBe(true);
    expect(node.members.size).toBe(1);
    expect(await node.closed).toEqual({ kind: 'shutdown', hasLeft: false });
  });

  it('has one leave, for which everybody waits', async () => {
    const { node, runtime } = await fakeNode();
    await Promise.all([node.leave(), node.leave(), node[Symbol.asyncDispose]()]);
    await node.leave();
    expect(runtime.commands).toEqual([{ kind: 'leave' }]);
    expect(node.state).toBe('shutdown');
  });

  it('is over at the end of its scope, with a leave before', async () => {
    const { runtime } = await scope();
    expect(runtime.commands).toEqual([{ kind: 'leave' }]);
    expect(runtime.isClosed).toBe(true);

    async function scope() {
      const started = await fakeNode();
      await using _node = started.node;
      return started;
    }
  });

  it('is over by disposal even when the leave fails', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = () => Promise.reject(new FolkmootError('ERR_WORKER', 'lost'));
    await node[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
    expect(node.state).toBe('shutdown');
    expect(await node.closed).toEqual({ kind: 'shutdown', hasLeft: false });
  });

  it('is over when the name is lost, and everything afterwards says so', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = () => new Promise(() => undefined);
    const pending = rejection(node.setTags({}));
    await vi.waitUntil(() => runtime.commands.length === 1);
    runtime.listener.nameLost({ matching: 1, responses: 3 });
    expect(node.state).toBe('shutdown');
    expect((await pending).code).toBe('ERR_NAME_CONFLICT');
    const reason = await node.closed;
    expect(reason).toMatchObject({ kind: 'failed', error: { code: 'ERR_NAME_CONFLICT' } });
    expect((await rejection(node.join(['10.0.0.1']))).details).toEqual({
      name: 'self',
      matching: 1,
      responses: 3,
    });
    expect(runtime.isClosed).toBe(true);
  });

  it('goes on over a restart of the thread: commands wait for it', async () => {
    const { node, runtime } = await fakeNode();
    const { listener } = runtime;
    listener.supervision({ kind: 'lost', restarts: 0, reason: 'out of memory' });
    expect(node.state).toBe('restarting');
    const setting = node.setTags({});
    const leaving = node.leave();
    await Promise.resolve();
    expect(runtime.commands).toEqual([]);
    listener.supervision({ kind: 'restored', restarts: 1, reason: '' });
    await leaving;
    expect(runtime.commands).toContainEqual({ kind: 'leave' });
    await setting.catch(() => undefined);
    expect(node.state).toBe('left');
  });

  it('is over when the thread is given up', async () => {
    const { node, runtime } = await fakeNode();
    runtime.listener.supervision({ kind: 'given-up', restarts: 5, reason: 'out of memory' });
    expect(await node.closed).toMatchObject({ kind: 'failed', error: { code: 'ERR_WORKER' } });
    expect((await rejection(node.leave())).code).toBe('ERR_WORKER');
  });
});

async function expectRefused(node: FolkmootNode, state: string): Promise<void> {
  expect(node.state).toBe(state);
  const commands = [node.join(['10.0.0.1']), node.forceLeave('known'), node.setTags({})];
  for (const command of commands) {
    const { code, details } = await rejection(command);
    expect({ code, details }).toEqual({ code: 'ERR_STATE', details: { state } });
  }
}
