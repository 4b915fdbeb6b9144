/** Queries between nodes: acks, answers, filters, ends; and acks while the main thread is blocked. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { FolkmootNode } from 'folkmoot';
import { defineQuery } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { Crew } from '../../support/crew.ts';
import { aliveView, allSee } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { blockFor } from '../support/busy.ts';
import { at, embed, observers, quick, runtimes } from './embedded.ts';

const sum = defineQuery('sum', {
  request: { decode: (payload) => JSON.parse(Buffer.from(payload).toString()) as number[] },
  response: { decode: (payload) => Number(Buffer.from(payload).toString()) },
});

async function cluster(crew: Crew, roles: readonly string[], runtime: (typeof runtimes)[number]) {
  const nodes: FolkmootNode[] = [];
  for (const [index, role] of roles.entries()) {
    nodes.push(crew.add(await embed(`n${index}`, { runtime, tags: { role } })));
  }
  const [first, ...others] = nodes as [FolkmootNode, ...FolkmootNode[]];
  for (const node of others) await node.join([at(first)]);
  await allSee(observers(...nodes), aliveView(observers(...nodes)));
  return nodes as [FolkmootNode, FolkmootNode, FolkmootNode];
}

async function namesOf(answers: AsyncIterable<{ readonly from: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const { from } of answers) names.push(from);
  return names.sort();
}

describe.each(runtimes)('with the %s runtime', (runtime) => {
  it('all have the query, who answers is heard, and it ends when nobody is missing', async () => {
    await using crew = new Crew();
    const nodes = await cluster(crew, ['web', 'web', 'db'], runtime);
    for (const node of nodes) {
      node.answer(sum, (numbers) => numbers.reduce((total, number) => total + number, 0));
    }
    const query = nodes[0].query(sum, [1, 2, 3], { requestAck: true, timeoutMs: 60_000 });
    const values: number[] = [];
    for await (const { value } of query) values.push(value);
    expect(values).toEqual([6, 6, 6]);
    const { expected, acks, responses, end } = await query.summary;
    expect([expected, acks, responses].map((names) => [...names].sort())).toEqual(
      Array.from({ length: 3 }, () => ['n0', 'n1', 'n2']),
    );
    // Sixty seconds were not waited for.
    expect(end).toBe('answered');
  }); // TestSerf_Query

  it('only those are asked that the filters let through', async () => {
    await using crew = new Crew();
    const nodes = await cluster(crew, ['web', 'web-2', 'db'], runtime);
    for (const node of nodes) node.answer('who', () => node.name);
    const ask = (options: object) =>
      namesOf(nodes[0].query('who', '', { timeoutMs: 60_000, ...options }));
    expect(await ask({ tags: { role: '^web' } })).toEqual(['n0', 'n1']);
    expect(await ask({ tags: { role: '^web' }, nodes: ['n1', 'n2'] })).toEqual(['n1']);
    expect(await ask({ tags: { absent: '^$' } })).toEqual(['n0', 'n1', 'n2']);
    expect(await ask({ nodes: ['n2'], relayFactor: 2 })).toEqual(['n2']);
  }); // TestSerf_Query_Filter

  it('relays bring answers twice, which counts once', async () => {
    await using crew = new Crew();
    const nodes = await cluster(crew, ['a', 'b', 'c'], runtime);
    for (const node of nodes) node.answer('who', () => node.name);
    const query = nodes[0].query('who', '', { relayFactor: 2, requestAck: true, timeoutMs: 3_000 });
    expect(await namesOf(query)).toEqual(['n0', 'n1', 'n2']);
    expect(await namesOf(query)).toEqual([]);
    expect((await query.summary).acks).toHaveLength(3);
  }); // TestSerf_Query_Deduplicate

  it('who does not answer is missing when the time is up', async () => {
    await using crew = new Crew();
    const nodes = await cluster(crew, ['a', 'b', 'c'], runtime);
    nodes[1].answer('who', () => undefined);
    nodes[2].answer('who', () => 'me');
    const query = nodes[0].query('who', '', { requestAck: true, timeoutMs: 1_500 });
    expect(await namesOf(query)).toEqual(['n2']);
    const { acks, responses, end } = await query.summary;
    expect({ acks: acks.length, responses, end }).toEqual({
      acks: 3,
      responses: ['n2'],
      end: 'timeout',
    });
  });

  it('an answer that is too large is not sent, and a smaller one may be tried', async () => {
    await using crew = new Crew();
    const nodes = await cluster(crew, ['a', 'b'], runtime);
    const refused: unknown[] = [];
    nodes[1].query$.subscribe((query) => {
      const tooLarge = query.respond(Buffer.alloc(2_000));
      // Whatever fails, `who` stays unanswered, and the test says so.
      void tooLarge.catch(({ code }) => {
        refused.push(code);
        return query.respond('smaller');
      });
    });
    const values: string[] = [];
    const query = nodes[0].query('who', '', { nodes: ['n1'], timeoutMs: 60_000 });
    for await (const { value } of query) values.push(Buffer.from(value).toString());
    expect({ values, refused }).toEqual({ values: ['smaller'], refused: ['ERR_RESPONSE_SIZE'] });
  });

  it('leaving the loop ends it, and so does a signal', async () => {
    await using crew = new Crew();
    const nodes = await cluster(crew, ['a', 'b'], runtime);
    for (const node of nodes) node.answer('who', () => node.name);
    nodes[1].answer('silence', () => undefined);
    const query = nodes[0].query('who', '', { timeoutMs: 600_000 });
    for await (const { from } of query) if (from !== '') break;
    expect(['ended', 'answered']).toContain((await query.summary).end);
    const controller = new AbortController();
    const options = { timeoutMs: 600_000, requestAck: true, signal: controller.signal };
    const aborted = nodes[0].query('silence', '', options);
    for await (const from of aborted.acks) if (from === 'n1') break;
    controller.abort(new Error('enough'));
    await expect(namesOf(aborted)).rejects.toThrow('enough');
    await expect(aborted.summary).rejects.toThrow('enough');
  });

  it('one that is too large is refused, and larger ones fit where that is allowed', async () => {
    await using node = await embed('a', { runtime });
    const payload = Buffer.alloc(1_100);
    await expect(node.query('x', payload).summary).rejects.toMatchObject({
      code: 'ERR_QUERY_SIZE',
      details: { bytesMax: 1_024 },
    });
    await using roomy = await embed('b', { runtime, limits: { queryBytesMax: 1_300 } });
    roomy.answer('x', (request) => String(request.length));
    const values: string[] = [];
    for await (const { value } of roomy.query('x', payload)) {
      values.push(Buffer.from(value).toString());
    }
    expect(values).toEqual(['1100']);
  }); // TestSerf_Query_sizeLimitIncreased
});

describe('a node whose main thread is blocked', () => {
  it('acknowledges queries in time, and answers them late', async () => {
    await using node = await embed('blocked', { runtime: 'worker' });
    node.answer('load', () => 'late');
    const workerData = { name: 'asker', bind: '127.0.0.1:0', profile: quick, join: at(node) };
    const asker = new Worker(new URL('asking-thread.mjs', import.meta.url), { workerData });
    try {
      await once(asker, 'message');
      await waitFor(() => node.members.get('asker')?.status === 'alive', {
        describe: 'the asker is known',
      });
      const told = once(asker, 'message');
      asker.postMessage({ name: 'load', timeoutMs: 1_500 });
      blockFor(3_000);
      const [{ acks, responses, end }] = (await told) as [
        {
          readonly acks: readonly { readonly from: string; readonly afterMs: number }[];
          readonly responses: readonly string[];
          readonly end: string;
        },
      ];
      expect(acks.map(({ from }) => from).sort()).toEqual(['asker', 'blocked']);
      expect(Math.max(...acks.map(({ afterMs }) => afterMs))).toBeLessThan(1_500);
      expect({ responses, end }).toEqual({ responses: [], end: 'timeout' });
      await waitFor(async () => (await node.stats()).answersLate === 1, {
        describe: 'the late answer is counted',
      });
    } finally {
      asker.postMessage({});
      await once(asker, 'exit');
    }
  });
});
