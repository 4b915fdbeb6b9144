import { describe, expect, expectTypeOf, it, vi } from 'vitest';

import type { QuerySummary as EngineSummary } from '../../../src/core/asking.ts';
import type { Command } from '../../../src/core/input.ts';
import type { CommandValue } from '../../../src/core/output.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import { defineQuery } from '../../../src/node/definitions.ts';
import type { NodeOptions } from '../../../src/node/options.ts';
import { answersWaitingMax } from '../../../src/node/running-query.ts';
import type { CommandListener } from '../../../src/workers/runtime.ts';
import { fakeNode, rejection } from './fake-runtime.ts';
import { aVersion, numberInText } from './schemas.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const load = defineQuery('load', { request: aVersion, response: numberInText });

/** How the engine would say that a query went. */
const ended = (end: EngineSummary['end'] = 'answered'): EngineSummary => ({
  expected: ['self', 'b'],
  acks: [],
  responses: ['self', 'b'],
  duplicates: 0,
  end,
});

/** A node whose queries the test answers, as the engine would. */
async function asker(options: NodeOptions = {}) {
  const { node, runtime } = await fakeNode(options);
  const asked: Extract<Command, { kind: 'query' }>[] = [];
  const endings: number[] = [];
  let listener: CommandListener = {};
  let end: (summary: EngineSummary) => void = () => undefined;
  runtime.answer = async (command, commandListener): Promise<CommandValue> => {
    if (command.kind === 'end-query') {
      endings.push(command.command);
      end(ended('ended'));
      return { kind: 'end-query' };
    }
    if (command.kind !== 'query') throw new Error(`${command.kind} is not expected`);
    asked.push(command);
    listener = commandListener ?? {};
    return new Promise((resolve) => {
      end = (summary) => resolve({ kind: 'query', summary });
    });
  };
  return {
    node,
    runtime,
    asked,
    endings,
    underWay: () => vi.waitUntil(() => asked.length > 0, { interval: 1 }),
    ack: (from: string) => listener.progress?.({ from, payload: undefined }),
    say: (from: string, text: string) => listener.progress?.({ from, payload: utf8(text) }),
    finish: (summary: EngineSummary = ended()) => end(summary),
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

describe('a query', () => {
  it('gives the answers as they come, the acks beside them, and a summary', async () => {
    const { node, underWay, asked, ack, say, finish } = await asker();
    const query = node.query('load', 'cpu', { requestAck: true, timeoutMs: 700, relayFactor: 2 });
    await underWay();
    expect(asked).toEqual([
      {
        kind: 'query',
        name: 'load',
        payload: utf8('cpu'),
        filters: [],
        requestAck: true,
        relayFactor: 2,
        timeoutMs: 700,
      },
    ]);
    ack('self');
    say('self', 'one');
    const answers = all(query);
    ack('b');
    say('b', 'two');
    finish();
    expect(await answers).toEqual([
      { from: 'self', value: utf8('one'), payload: utf8('one') },
      { from: 'b', value: utf8('two'), payload: utf8('two') },
    ]);
    expect(await all(query.acks)).toEqual(['self', 'b']);
    expect(await query.summary).toEqual({ ...ended(), invalid: [], overflowed: 0 });
  });

  it('by a definition has its types both ways, and tells apart what cannot be decoded', async () => {
    const { node, underWay, asked, say, finish } = await asker();
    const invalid: unknown[] = [];
    node.invalid$.subscribe((message) => invalid.push(message));
    const query = node.query(load, { version: '1' });
    await underWay();
    expect(asked).toMatchObject([{ name: 'load', payload: utf8('{"version":"1"}') }]);
    say('a', '"4"');
    say('b', 'junk');
    finish();
    const answers = await all(query);
    expectTypeOf(answers[0]?.value).toEqualTypeOf<number | undefined>();
    expect(answers).toMatchObject([{ from: 'a', value: 4 }]);
    expect(await query.summary).toMatchObject({ invalid: ['b'] });
    expect(invalid).toMatchObject([{ kind: 'query-response', name: 'load', from: 'b' }]);
  });

  it('ends when the loop over its answers is left', async () => {
    const { node, underWay, say, endings } = await asker();
    const query = node.query('load');
    await underWay();
    say('self', 'one');
    say('b', 'two');
    for await (const { from } of query) {
      expect(from).toBe('self');
      break;
    }
    expect((await query.summary).end).toBe('ended');
    expect(endings).toHaveLength(1);
    expect(await all(query)).toEqual([]);
  });

  it('goes on when only the loop over its acks is left', async () => {
    const { node, underWay, ack, say, finish, endings } = await asker();
    const query = node.query('load', '', { requestAck: true });
    await underWay();
    ack('self');
    for await (const from of query.acks) if (from === 'self') break;
    say('self', 'one');
    finish();
    expect(await all(query)).toHaveLength(1);
    expect(endings).toEqual([]);
  });

  it('can be ended as soon as it is asked', async () => {
    const { node, endings } = await asker();
    const query = node.query('load');
    query.end();
    query.end();
    expect(await all(query)).toEqual([]);
    expect((await query.summary).end).toBe('ended');
    expect(endings).toHaveLength(1);
  });

  it('that is aborted gives nothing more but the reason, and ends in the engine', async () => {
    const { node, underWay, say, endings } = await asker();
    const controller = new AbortController();
    const query = node.query('load', '', { signal: controller.signal });
    await underWay();
    say('self', 'one');
    controller.abort(new Error('enough'));
    say('b', 'two');
    await expect(all(query)).rejects.toThrow('enough');
    await expect(query.summary).rejects.toThrow('enough');
    await vi.waitUntil(() => endings.length === 1, { interval: 1 });
  });

  it('that was aborted before is not asked', async () => {
    const { node, asked } = await asker();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(all(node.query('load', '', { signal }))).rejects.toThrow('too late');
    expect(asked).toEqual([]);
  });

  it('rejects loop and summary with what the engine has against it', async () => {
    const { node, runtime } = await fakeNode();
    runtime.answer = async () => {
      throw new FolkmootError('ERR_QUERY_SIZE', 'too large', { bytes: 2_000, bytesMax: 1_024 });
    };
    const query = node.query('load', 'x'.repeat(2_000));
    await expect(all(query)).rejects.toMatchObject({ code: 'ERR_QUERY_SIZE' });
    await expect(query.summary).rejects.toMatchObject({ code: 'ERR_QUERY_SIZE' });
  }); // TestSerf_Query_sizeLimit

  it('ends with the node', async () => {
    const { node, underWay } = await asker();
    const query = node.query('load');
    await underWay();
    await node.shutdown();
    await expect(all(query)).rejects.toMatchObject({ code: 'ERR_STATE' });
    const late = node.query('load');
    await expect(late.summary).rejects.toMatchObject({ code: 'ERR_STATE' });
  });

  it('keeps what nobody takes only up to a bound, and says what was left out', async () => {
    const { node, underWay, say, finish } = await asker();
    const query = node.query('load');
    await underWay();
    for (let at = 0; at < answersWaitingMax + 3; at += 1) say(`n${at}`, '');
    finish();
    expect((await query.summary).overflowed).toBe(3);
    expect(await all(query)).toHaveLength(answersWaitingMax);
  });
});

describe('the options of a query', () => {
  it('become filters: one for the nodes, one for each tag', async () => {
    const { node, underWay, asked } = await asker();
    node.query('load', '', { nodes: ['a', 'b'], tags: { role: '^web', zone: '' } });
    await underWay();
    expect(asked[0]?.filters).toEqual([
      { kind: 'nodes', names: ['a', 'b'] },
      { kind: 'tag', tag: 'role', expression: '^web' },
      { kind: 'tag', tag: 'zone', expression: '' },
    ]);
  }); // TestQueryParams_EncodeFilters

  it.each([
    ['no node at all, which is not everybody', { nodes: [] }, 'nodes'],
    ['a tag filter that is not RE2', { tags: { role: '(?=x)' } }, 'tags.role'],
    ['a tag filter that is no expression', { tags: { role: '(' } }, 'tags.role'],
    ['a tag filter that unfolds without bounds', { tags: { r: '((a{99}){99}){99}' } }, 'tags.r'],
    ['a relay factor of more than a byte', { relayFactor: 256 }, 'relayFactor'],
    ['no time at all', { timeoutMs: 0 }, 'timeoutMs'],
    ['a mistyped option', { timeout: 5 }, 'query.timeout'],
  ])('may not be %s', async (_, options, option) => {
    const { node, asked } = await asker();
    const refused = await rejection(node.query('load', '', options as never).summary);
    expect(refused).toMatchObject({ code: 'ERR_OPTION', details: { option } });
    expect(asked).toEqual([]);
  });

  it('may not be a request that the definition does not take, nor no query', async () => {
    const { node } = await asker();
    const wrong = { version: 1 } as unknown as { version: string };
    expect(await rejection(node.query(load, wrong).summary)).toMatchObject({ code: 'ERR_OPTION' });
    const none = node.query({} as never, '' as never);
    expect(await rejection(none.summary)).toMatchObject({ code: 'ERR_OPTION' });
  });
});
