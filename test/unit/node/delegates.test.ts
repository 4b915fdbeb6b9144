import { describe, expect, it, vi } from 'vitest';

import type { Candidate, Verdict } from '../../../src/core/consults.ts';
import type { Command } from '../../../src/core/input.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import type { Delegates, DelegateVerdict } from '../../../src/node/delegates.ts';
import type { NameConflict } from '../../../src/node/inbox.ts';
import { resolveOptions } from '../../../src/node/options.ts';
import { failed, fakeNode, joined } from './fake-runtime.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const candidate: Candidate = {
  name: 'b',
  ip: '127.0.0.2',
  port: 7_946,
  tags: new Map([['role', 'web']]),
  versions: ownVersions,
  incarnation: 1,
};
const via = '127.0.0.3:7946';
const consultation = { kind: 'alive', candidate, via } as const;

/** What the engine is told when the delegate `alive` says this. */
async function verdict(say: () => unknown): Promise<Verdict | undefined> {
  const alive = say as () => DelegateVerdict;
  const { runtime } = await fakeNode({ delegates: { alive } });
  return runtime.listener.consult?.(consultation);
}

describe('the delegates merge and alive', () => {
  it('are asked about only if they are there, with what holds in their absence', () => {
    const consults = (delegates: Delegates) =>
      resolveOptions({ bind: '127.0.0.1:0', delegates }).runtime.engine.consults;
    expect(consults({})).toEqual({
      merge: false,
      alive: false,
      timeoutMs: 5_000,
      acceptOnTimeout: false,
    });
    expect(consults({ merge: () => true, timeoutMs: 100, onTimeout: 'accept' })).toEqual({
      merge: true,
      alive: true,
      timeoutMs: 100,
      acceptOnTimeout: true,
    });
  });

  it('get the candidates, and by whom they come', async () => {
    const merge = vi.fn<() => boolean>(() => true);
    const alive = vi.fn<() => Promise<boolean>>(async () => true);
    const { runtime } = await fakeNode({ delegates: { merge, alive } });
    const candidates = [candidate];
    expect(await runtime.listener.consult?.({ kind: 'merge', candidates, via })).toEqual({
      accept: true,
    });
    expect(await runtime.listener.consult?.(consultation)).toEqual({ accept: true });
    expect(merge).toHaveBeenCalledWith(candidates, { via });
    expect(alive).toHaveBeenCalledWith(candidate, { via });
  });

  it('do without alive: merge is asked about single nodes too, as in Serf', async () => {
    const merge = vi.fn<() => boolean>(() => false);
    const { runtime } = await fakeNode({ delegates: { merge } });
    expect(await runtime.listener.consult?.(consultation)).toMatchObject({ accept: false });
    expect(merge).toHaveBeenCalledWith([candidate], { via });
  });

  it.each([
    ['a reason', () => ({ accept: false, reason: 'not ours' }), 'not ours'],
    ['false', () => false, 'refused by a delegate'],
    ['a promise of false', async () => false, 'refused by a delegate'],
    ['nothing, which is no verdict', () => undefined, 'refused by a delegate'],
    ['something else', () => ({ accept: 'yes' }), 'refused by a delegate'],
  ])('refuse by %s', async (_, say, reason) => {
    expect(await verdict(say)).toEqual({ accept: false, reason });
  });

  it('refuse by throwing or rejecting, with the message as the reason', async () => {
    const throwing = (): never => {
      throw new Error('not one of us');
    };
    const refusal = { accept: false, reason: 'not one of us' };
    expect(await verdict(throwing)).toEqual(refusal);
    expect(await verdict(async () => throwing())).toEqual(refusal);
  });

  it.each([
    { delegates: { merge: 5 } },
    { delegates: { onTimeout: 'wait' } },
    { delegates: { timeoutMs: 0 } },
    { delegates: { mergee: () => true } },
    { delegates: 5 },
  ])('that make no sense are refused: %o', (options) => {
    expect(() => resolveOptions({ bind: '127.0.0.1:0', ...(options as object) })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION' }) as Error,
    );
  });
});

describe('the delegate reconnectTimeoutMs', () => {
  async function keeper(reconnectTimeoutMs: NonNullable<Delegates['reconnectTimeoutMs']>) {
    const { node, runtime } = await fakeNode({
      delegates: { reconnectTimeoutMs },
      limits: { reconnectTimeoutMs: 1_000, tombstoneTimeoutMs: 2_000 },
    });
    runtime.answer = async () => ({ kind: 'keep-gone' });
    const kept = () =>
      runtime.commands.filter(
        (command): command is Extract<Command, { kind: 'keep-gone' }> =>
          command.kind === 'keep-gone',
      );
    return { node, runtime, kept };
  }

  it('is asked when a member fails or leaves, with what would hold otherwise', async () => {
    const asked: unknown[] = [];
    const { runtime, kept } = await keeper((member, defaultMs) => {
      asked.push([member.name, member.status, defaultMs]);
      return defaultMs * 10;
    });
    const about = { name: 'b', at: 3, cause: { kind: 'consequence' } } as const;
    runtime.listener.facts([...joined('b'), ...failed('b')]);
    runtime.listener.facts([{ ...about, kind: 'member-left', statusTime: 1, forced: true }]);
    await vi.waitUntil(() => kept().length === 2, { interval: 1 });
    expect(asked).toEqual([
      ['b', 'failed', 1_000],
      ['b', 'left', 2_000],
    ]);
    expect(kept().map(({ forMs }) => forMs)).toEqual([10_000, 20_000]);
  });

  it('may keep a member for ever, and changes nothing by what is no duration', async () => {
    const answers = new Map<string, unknown>([
      ['a', Infinity],
      ['b', -1],
      ['c', 'long'],
      ['d', NaN],
      ['e', 0],
    ]);
    const { runtime, kept } = await keeper(({ name }) => {
      if (!answers.has(name)) throw new Error('unknown');
      return answers.get(name) as number;
    });
    for (const name of [...answers.keys(), 'f']) {
      runtime.listener.facts([...joined(name), ...failed(name)]);
    }
    await vi.waitUntil(() => kept().length === 2, { interval: 1 });
    expect(kept()).toEqual([
      { kind: 'keep-gone', name: 'a', forMs: Infinity },
      { kind: 'keep-gone', name: 'e', forMs: 0 },
    ]);
  });

  it('is asked again about all who are gone when the thread was restarted', async () => {
    const { runtime, kept } = await keeper(() => 5);
    runtime.listener.facts([...joined('b'), ...joined('c'), ...failed('b')]);
    runtime.listener.supervision({ kind: 'lost', restarts: 0, reason: 'test' });
    runtime.listener.supervision({ kind: 'restored', restarts: 1, reason: 'test' });
    await vi.waitUntil(() => kept().length === 2, { interval: 1 });
    expect(kept().map(({ name }) => name)).toEqual(['b', 'b']);
  });

  it('is heard of all members, however many fail at once', async () => {
    const { runtime, kept } = await keeper(() => 5);
    let underWay = 0;
    let mostUnderWay = 0;
    runtime.answer = async () => {
      underWay += 1;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await Promise.resolve();
      underWay -= 1;
      return { kind: 'keep-gone' };
    };
    const names = Array.from({ length: 500 }, (_, at) => `n${at}`);
    runtime.listener.facts(names.flatMap((name) => joined(name)));
    runtime.listener.facts(names.flatMap((name) => failed(name)));
    await vi.waitUntil(() => kept().length === 500, { interval: 1 });
    expect(mostUnderWay).toBeLessThanOrEqual(32);
  });
});

describe('the delegate validateMessage', () => {
  it('keeps messages from subscribers and handlers, and tells of them on invalid$', async () => {
    const asked: unknown[] = [];
    const { node, runtime } = await fakeNode({
      delegates: {
        validateMessage: ({ kind, name, from }) => {
          asked.push([kind, name, from]);
          if (name === 'throws') throw new Error('broken');
          return name === 'good';
        },
      },
    });
    const heard: string[] = [];
    node.event$.subscribe(({ name }) => heard.push(`event ${name}`));
    node.query$.subscribe(({ name }) => heard.push(`query ${name}`));
    node.invalid$.subscribe(({ kind, name, reason }) => heard.push(`${reason} ${kind} ${name}`));
    const event = { payload: utf8('x'), time: 1, coalesce: false, at: 1 };
    const query = { id: 1, payload: utf8('x'), time: 1, from: 'b', deadlineAt: 2 };
    for (const name of ['good', 'bad', 'throws']) {
      runtime.listener.userEvent?.({ ...event, name });
      runtime.listener.query?.({ ...query, name });
    }
    expect(heard).toEqual([
      'event good',
      'query good',
      'refused user-event bad',
      'refused query bad',
      'refused user-event throws',
      'refused query throws',
    ]);
    expect(asked[0]).toEqual(['user-event', 'good', undefined]);
    expect(asked[1]).toEqual(['query', 'good', 'b']);
    expect(await node.stats()).toMatchObject({ messagesRefused: 4, messagesInvalid: 0 });
  });

  it('keeps answers from the asker', async () => {
    const { node, runtime } = await fakeNode({
      delegates: { validateMessage: ({ from }) => from !== 'liar' },
    });
    runtime.answer = async (_command, listener) => {
      listener?.progress?.({ from: 'liar', payload: utf8('x') });
      listener?.progress?.({ from: 'b', payload: utf8('y') });
      const summary = { expected: [], acks: [], responses: [], duplicates: 0 };
      return { kind: 'query', summary: { ...summary, end: 'timeout' } };
    };
    const from: string[] = [];
    for await (const answer of node.query('load')) from.push(answer.from);
    expect(from).toEqual(['b']);
  });
});

describe('a name conflict', () => {
  it('is told on conflict$ and to the delegate, whose error is its own', async () => {
    const told: NameConflict[] = [];
    const { node, runtime } = await fakeNode({
      delegates: {
        nameConflict: (conflict) => {
          told.push(conflict);
          throw new Error('broken');
        },
      },
    });
    const heard: NameConflict[] = [];
    node.conflict$.subscribe((conflict) => heard.push(conflict));
    const [existing, other] = [
      { ip: '127.0.0.1', port: 1 },
      { ip: '127.0.0.1', port: 2 },
    ];
    const cause = { kind: 'gossip', via } as const;
    const fact = { kind: 'name-conflicted', at: 5, cause, existing, other } as const;
    runtime.listener.facts([{ ...fact, name: 'b' }]);
    runtime.listener.facts([{ ...fact, name: 'self' }]);
    expect(heard).toEqual([
      { name: 'b', isLocal: false, existing, other, at: 5 },
      { name: 'self', isLocal: true, existing, other, at: 5 },
    ]);
    expect(told).toEqual(heard);
  });
});
