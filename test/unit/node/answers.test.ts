import { describe, expect, it, vi } from 'vitest';

import type { Command } from '../../../src/core/input.ts';
import type { ReceivedQuery } from '../../../src/core/output.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import { answersRunningMax } from '../../../src/node/answers.ts';
import type { IncomingQuery } from '../../../src/node/answers.ts';
import { defineQuery } from '../../../src/node/definitions.ts';
import type { NodeLogger } from '../../../src/node/logger.ts';
import type { NodeOptions } from '../../../src/node/options.ts';
import { fakeNode, rejection } from './fake-runtime.ts';
import { aVersion, numberInText } from './schemas.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const load = defineQuery('load', { request: aVersion, response: numberInText });
const later = (): number => performance.timeOrigin + performance.now() + 60_000;

function query(id: number, name: string, payload = '', deadlineAt = later()): ReceivedQuery {
  return { id, name, payload: utf8(payload), time: 1, from: 'b', deadlineAt };
}

/** A node that is asked; the engine takes every answer but those to query 99. */
async function answerer(options: NodeOptions = {}) {
  const { node, runtime } = await fakeNode(options);
  const responses = () =>
    runtime.commands.filter(
      (command): command is Extract<Command, { kind: 'respond' }> => command.kind === 'respond',
    );
  runtime.answer = async (command) => {
    if (command.kind === 'respond' && command.query === 99) {
      throw new FolkmootError('ERR_QUERY_CLOSED', 'too late', { id: 99 });
    }
    if (command.kind === 'respond' && command.payload.length > 1_000) {
      throw new FolkmootError('ERR_RESPONSE_SIZE', 'too large', {});
    }
    return { kind: 'respond' };
  };
  const ask = (...asked: readonly ReceivedQuery[]): void => {
    for (const each of asked) runtime.listener.query?.(each);
  };
  /** What the log was told at warning level, and how the counters stand. */
  return { node, runtime, responses, ask };
}

describe('a handler', () => {
  it('answers the queries of its name with what it returns or resolves to', async () => {
    const { node, responses, ask } = await answerer();
    node.answer('now', (request) => request);
    node.answer('soon', async (_request, { from }) => `for ${from}`);
    ask(query(1, 'now', 'x'), query(2, 'soon'), query(3, 'nobody answers this'));
    await vi.waitUntil(() => responses().length === 2, { interval: 1 });
    expect(responses()).toEqual([
      { kind: 'respond', query: 1, payload: utf8('x') },
      { kind: 'respond', query: 2, payload: utf8('for b') },
    ]);
  });

  it('of a definition gets the request decoded and gives its response so', async () => {
    const { node, responses, ask } = await answerer();
    node.answer(load, ({ version }, { payload }) => `${version}${payload.version}`);
    ask(query(1, 'load', '{"version":"2"}'));
    await vi.waitUntil(() => responses().length === 1, { interval: 1 });
    expect(responses()).toMatchObject([{ payload: utf8('"22"') }]);
  });

  it('that returns undefined gives no answer', async () => {
    const { node, responses, ask } = await answerer();
    const called = vi.fn<() => undefined>(() => undefined);
    node.answer('load', called);
    ask(query(1, 'load'));
    await vi.waitUntil(() => called.mock.calls.length === 1, { interval: 1 });
    expect(responses()).toEqual([]);
    expect((await node.stats()).answersFailed).toBe(0);
  });

  it('is not called for a request that cannot be decoded', async () => {
    const { node, ask } = await answerer();
    const [called, invalid] = [vi.fn<() => undefined>(() => undefined), [] as unknown[]];
    node.answer(load, called);
    node.invalid$.subscribe((message) => invalid.push(message));
    ask(query(1, 'load', 'junk'));
    await vi.waitUntil(() => invalid.length === 1, { interval: 1 });
    expect(invalid).toMatchObject([{ kind: 'query', name: 'load', from: 'b' }]);
    expect(called).not.toHaveBeenCalled();
  });

  it('that throws, rejects or gives what cannot be sent is counted and logged, and nothing is sent', async () => {
    const warn = vi.fn<NodeLogger['warn']>();
    const silent = (): undefined => undefined;
    const logger = { debug: silent, info: silent, warn, error: silent };
    const { node, responses, ask } = await answerer({ logger });
    node.answer('throws', () => {
      throw new Error('broken');
    });
    node.answer('rejects', () => Promise.reject(new Error('broken')));
    node.answer(load, () => 'not a number');
    node.answer('large', () => 'x'.repeat(2_000));
    ask(query(1, 'throws'), query(2, 'rejects'), query(3, 'load', '{"version":"1"}'));
    ask(query(4, 'large'));
    await vi.waitUntil(() => warn.mock.calls.length === 4, { interval: 1 });
    expect(warn.mock.calls.map(([fields]) => 'query' in fields && fields.query)).toEqual(
      expect.arrayContaining(['throws', 'rejects', 'load', 'large']),
    );
    expect(responses().map(({ query: id }) => id)).toEqual([4]);
    expect((await node.stats()).answersFailed).toBe(4);
  });

  it('is not called when the deadline is past already; what is too late is counted', async () => {
    const { node, ask } = await answerer();
    const called = vi.fn<() => string>(() => 'x');
    node.answer('load', called);
    ask(query(1, 'load', '', later() - 120_000));
    ask(query(99, 'load'));
    await vi.waitUntil(async () => (await node.stats()).answersLate === 2, { interval: 1 });
    expect(called).toHaveBeenCalledTimes(1);
  });

  it('is the only one of its name, until it is taken back', async () => {
    const { node, responses, ask } = await answerer();
    const first = node.answer('load', () => 'first');
    expect(() => node.answer('load', () => 'second')).toThrow(FolkmootError);
    first.unsubscribe();
    {
      using second = node.answer('load', () => 'second');
      first.unsubscribe(); // Once is enough, and does not concern the second.
      ask(query(1, 'load'));
      expect(second).toBeDefined();
    }
    ask(query(2, 'load'));
    await vi.waitUntil(() => responses().length > 0, { interval: 1 });
    expect(responses()).toMatchObject([{ query: 1, payload: utf8('second') }]);
  });

  it('is called for so many queries at once, and not for more', async () => {
    const { node, ask } = await answerer();
    let finish = (): void => undefined;
    const blocked = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const called = vi.fn<() => Promise<undefined>>(async () => {
      await blocked;
      return undefined;
    });
    node.answer('load', called);
    for (let id = 1; id <= answersRunningMax + 2; id += 1) ask(query(id, 'load'));
    expect(called).toHaveBeenCalledTimes(answersRunningMax);
    expect((await node.stats()).answersDropped).toBe(2);
    finish();
    await vi.waitUntil(
      () => {
        ask(query(5_000, 'load'));
        return called.mock.calls.length > answersRunningMax;
      },
      { interval: 1 },
    );
  });
});

describe('query$', () => {
  it('tells every query, answered by a handler or not, each to be answered', async () => {
    const { node, responses, ask } = await answerer();
    const heard: IncomingQuery[] = [];
    node.query$.subscribe((each) => heard.push(each));
    const told = query(1, 'load', 'cpu');
    ask(told);
    const { id: _id, ...shown } = told;
    expect(heard).toMatchObject([shown]);
    await heard[0]?.respond('0.5');
    expect(responses()).toEqual([{ kind: 'respond', query: 1, payload: utf8('0.5') }]);
  });

  it('says why an answer could not be sent', async () => {
    const { node, ask } = await answerer();
    const heard: IncomingQuery[] = [];
    node.query$.subscribe((each) => heard.push(each));
    ask(query(99, 'load'), query(1, 'load'));
    const [late, large] = heard as [IncomingQuery, IncomingQuery];
    expect(await rejection(late.respond('x'))).toMatchObject({ code: 'ERR_QUERY_CLOSED' });
    const tooLarge = large.respond('x'.repeat(2_000));
    expect(await rejection(tooLarge)).toMatchObject({ code: 'ERR_RESPONSE_SIZE' });
  });

  it('of before a restart of the thread cannot be answered: the numbers begin anew', async () => {
    const { node, runtime, responses, ask } = await answerer();
    const heard: IncomingQuery[] = [];
    node.query$.subscribe((each) => heard.push(each));
    ask(query(1, 'load'));
    runtime.listener.supervision({ kind: 'lost', restarts: 0, reason: 'test' });
    runtime.listener.supervision({ kind: 'restored', restarts: 1, reason: 'test' });
    ask(query(1, 'load'));
    const [before, after] = heard as [IncomingQuery, IncomingQuery];
    expect(await rejection(before.respond('x'))).toMatchObject({ code: 'ERR_QUERY_CLOSED' });
    await after.respond('y');
    expect(responses()).toMatchObject([{ payload: utf8('y') }]);
  });
});
