/** Nodes in one process: joining, tags, leaving, failing, coming back. */

import type { FolkmootNode } from 'folkmoot';
import { createNode } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { MemoryNetwork } from '../../../src/workers/memory-transport.ts';
import { Crew } from '../../support/crew.ts';
import { aliveView, allSee, allSeeStatus } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, heard, observers, quick, runtimes, viewOf } from './embedded.ts';

describe.each(runtimes)('with the %s runtime', (runtime) => {
  it('a node knows itself before anybody else', async () => {
    await using node = await embed('a', { runtime, tags: { role: 'web' } });
    expect(viewOf(node)).toEqual({
      a: { address: at(node), status: 'alive', tags: { role: 'web' } },
    });
    expect(node.local.incarnation).toBe(1);
    expect(node.bound).toEqual(node.address);
    expect(node.bound.port).toBeGreaterThan(0);
  });

  it('two nodes know each other when the join resolves', async () => {
    await using a = await embed('a', { runtime });
    await using b = await embed('b', { runtime, tags: { role: 'web' } });
    const [aHeard, bHeard] = [heard(a), heard(b)];
    const { joined, failures } = await b.join([at(a)]);
    expect({ joined, failures }).toEqual({ joined: [a.address], failures: [] });
    expect(viewOf(b)).toEqual(aliveView(observers(a, b)));
    expect(bHeard).toEqual(['member-join a']);
    await allSee(observers(a), aliveView(observers(a, b)));
    expect(aHeard).toEqual(['member-join b']);
  });

  it('three nodes know each other, whoever joined whom, over IPv6 too', async () => {
    await using crew = new Crew();
    const nodes: FolkmootNode[] = [];
    for (const name of ['a', 'b', 'c']) {
      nodes.push(crew.add(await embed(name, { runtime, bind: '[::1]:0', tags: { is: name } })));
    }
    const [a, b, c] = nodes as [FolkmootNode, FolkmootNode, FolkmootNode];
    await b.join([at(a)]);
    await c.join([`b/${at(b)}`]);
    await allSee(observers(...nodes), aliveView(observers(...nodes)));
  });

  it('new tags are everybody’s when setTags resolves, with the old ones in the event', async () => {
    await using a = await embed('a', { runtime, tags: { version: '1' } });
    await using b = await embed('b', { runtime });
    await b.join([at(a)]);
    const previous: string[] = [];
    b.member$.subscribe((event) => {
      if (event.kind !== 'member-update') return;
      previous.push(...event.previous.map((tags) => tags.get('version') ?? ''));
    });
    await a.setTags({ version: '2' });
    expect(a.local.tags.get('version')).toBe('2');
    await waitFor(() => b.members.get('a')?.tags.get('version') === '2', {
      describe: 'b sees the new tags',
    });
    expect(previous).toEqual(['1']);
  });

  it('a node that leaves has left for the others, and may be shut down', async () => {
    await using a = await embed('a', { runtime });
    await using b = await embed('b', { runtime });
    await b.join([at(a)]);
    const aHeard = heard(a);
    expect(await b.leave()).toEqual({ complete: true });
    expect(b.state).toBe('left');
    await allSeeStatus(observers(a), 'b', 'left');
    await b.shutdown();
    expect(aHeard).toEqual(['member-leave b']);
  });

  it('a node that is shut down without leave has failed for the others, and can come back', async () => {
    await using a = await embed('a', { runtime });
    const b = await embed('b', { runtime });
    await b.join([at(a)]);
    await waitFor(() => a.members.get('b')?.status === 'alive', { describe: 'a sees b' });
    const aHeard = heard(a);
    await b.shutdown();
    await allSeeStatus(observers(a), 'b', 'failed');
    await using again = await embed('b', { runtime, bind: at(b) });
    await again.join([at(a)]);
    await allSee(observers(a, again), aliveView(observers(a, again)));
    expect(aHeard).toEqual(['member-failed b', 'member-join b']);
  });

  it('a failed member is forced to have left, or forgotten', async () => {
    await using a = await embed('a', { runtime });
    await using b = await embed('b', { runtime });
    const c = await embed('c', { runtime });
    await b.join([at(a)]);
    await c.join([at(a)]);
    await allSee(observers(a, b), aliveView(observers(a, b, c)));
    await c.shutdown();
    await allSeeStatus(observers(a, b), 'c', 'failed');
    expect(await a.forceLeave('c')).toEqual({ known: true });
    await allSeeStatus(observers(a, b), 'c', 'left');
    await b.forceLeave('c', { prune: true });
    await allSeeStatus(observers(a, b), 'c', 'none');
    expect(await a.forceLeave('nobody')).toEqual({ known: false });
  });

  it('the same key lets nodes read each other', async () => {
    const key = Buffer.alloc(32, 1);
    await using a = await embed('a', { runtime, encryptKey: key.toString('base64') });
    await using b = await embed('b', { runtime, encryptKey: Buffer.alloc(16, 2), keys: [key] });
    // a does not have b's primary key, so only a can speak first: rotation begins this way.
    await expect(b.join([at(a)])).rejects.toMatchObject({ code: 'ERR_JOIN' });
    await using c = await embed('c', { runtime, keys: [key], label: '' });
    await c.join([at(a)]);
    await allSee(observers(a, c), aliveView(observers(a, c)));
    expect((await a.stats()).encrypted).toBe(true);
  });

  it('the same label lets nodes hear each other', async () => {
    await using a = await embed('a', { runtime, label: 'blue' });
    await using b = await embed('b', { runtime, label: 'blue' });
    await b.join([at(a)]);
    await allSee(observers(a, b), aliveView(observers(a, b)));
  });
});

describe('both runtimes', () => {
  it('are members of one cluster', async () => {
    await using a = await embed('a', { runtime: 'worker' });
    await using b = await embed('b', { runtime: 'inline' });
    await a.join([at(b)]);
    await allSee(observers(a, b), aliveView(observers(a, b)));
  });

  it('count what went over their sockets', async () => {
    await using a = await embed('a', { runtime: 'worker' });
    await using b = await embed('b', { runtime: 'inline' });
    await a.join([at(b)]);
    await waitFor(async () => (await a.stats()).packetsReceived > 0, { describe: 'a was probed' });
    expect(await a.stats()).toMatchObject({ members: 2, streamsDialled: 1, restarts: 0 });
    expect(await b.stats()).toMatchObject({ members: 2, streamsServed: 1, wireDrops: {} });
  });
});

describe('a network in memory', () => {
  it('carries a cluster without a socket', async () => {
    const network = new MemoryNetwork();
    const transport = () => network.transport();
    const options = { runtime: 'inline', profile: quick, logger: false, transport } as const;
    await using a = await createNode({ ...options, name: 'a', bind: '10.0.0.1:7946' });
    await using b = await createNode({ ...options, name: 'b', bind: '10.0.0.2:7946' });
    await b.join(['10.0.0.1']);
    await allSee(observers(a, b), aliveView(observers(a, b)));
  });
});
