/** User events between nodes: heard once each by everybody, in order, replayed to who joins late. */

import type { FolkmootNode } from 'folkmoot';
import { coalesceEvents, defineEvent } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { Crew } from '../../support/crew.ts';
import { aliveView, allSee } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, observers, runtimes } from './embedded.ts';

const deploy = defineEvent('deploy', {
  decode: (payload) => {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    if (typeof value === 'number') return value;
    throw new TypeError('not a number');
  },
});

/** What `event$` tells from now on, as `name payload`. */
function heardEvents(node: FolkmootNode): readonly string[] {
  const lines: string[] = [];
  node.event$.subscribe(({ name, payload }) => {
    lines.push(`${name} ${Buffer.from(payload).toString()}`);
  });
  return lines;
}

async function cluster(crew: Crew, names: readonly string[], runtime: (typeof runtimes)[number]) {
  const nodes: FolkmootNode[] = [];
  for (const name of names) nodes.push(crew.add(await embed(name, { runtime })));
  const [first, ...others] = nodes as [FolkmootNode, ...FolkmootNode[]];
  for (const node of others) await node.join([at(first)]);
  await allSee(observers(...nodes), aliveView(observers(...nodes)));
  return nodes as [FolkmootNode, FolkmootNode, FolkmootNode];
}

describe.each(runtimes)('with the %s runtime', (runtime) => {
  it('an event is heard by everybody, its sender first, with its payload intact', async () => {
    await using crew = new Crew();
    const [a, b, c] = await cluster(crew, ['a', 'b', 'c'], runtime);
    const heard = [a, b, c].map(heardEvents);
    const { time } = await a.emit('first', 'ü☃');
    expect(heard[0]).toEqual(['first ü☃']);
    expect((await b.emit('second')).time).toBeGreaterThanOrEqual(time);
    const expected = ['first ü☃', 'second '];
    for (const lines of heard) {
      await waitFor(() => lines.length === 2, { describe: 'both events are heard' });
      expect([...lines].sort()).toEqual(expected);
    }
  }); // TestSerf_eventsUser

  it('two hundred events from each side are heard once each, everywhere', async () => {
    await using crew = new Crew();
    const [a, b, c] = await cluster(crew, ['a', 'b', 'c'], runtime);
    const heard = [a, b, c].map(heardEvents);
    const sent: string[] = [];
    for (let count = 0; count < 200; count += 1) {
      await Promise.all([a.emit('a', `${count}`), c.emit('c', `${count}`)]);
      sent.push(`a ${count}`, `c ${count}`);
    }
    for (const [index, lines] of heard.entries()) {
      // What gossip missed of such a burst comes with the next push/pull.
      await waitFor(() => lines.length >= sent.length, {
        describe: `node ${index} has heard all`,
        deadlineMs: 60_000,
      });
      expect([...lines].sort()).toEqual([...sent].sort());
    }
    // What a node itself sends it hears in that order.
    expect(heard[0]?.filter((line) => line.startsWith('a'))).toEqual(
      sent.filter((line) => line.startsWith('a')),
    );
  });

  it('who joins later hears the events of before, unless it does not want them', async () => {
    await using crew = new Crew();
    const [a] = await cluster(crew, ['a', 'b'], runtime);
    for (let count = 1; count <= 5; count += 1) await a.emit('old', `${count}`);
    const late = crew.add(await embed('late', { runtime }));
    const fresh = crew.add(await embed('fresh', { runtime }));
    const [lateHeard, freshHeard] = [heardEvents(late), heardEvents(fresh)];
    await late.join([at(a)]);
    await fresh.join([at(a)], { ignoreOld: true });
    const old = ['old 1', 'old 2', 'old 3', 'old 4', 'old 5'];
    await waitFor(() => lateHeard.length === 5, { describe: 'the late one heard the old events' });
    expect(lateHeard).toEqual(old);
    await a.emit('new');
    await waitFor(() => freshHeard.length > 0, { describe: 'the fresh one heard the new event' });
    expect(freshHeard).toEqual(['new ']);
  }); // TestSerf_Join_IgnoreOld
});

describe('events of a definition', () => {
  it('are typed at both ends; what others send under that name is told apart', async () => {
    await using crew = new Crew();
    const [a, b] = await cluster(crew, ['a', 'b'], 'worker');
    const [heard, invalid]: [number[], string[]] = [[], []];
    b.on(deploy).subscribe(({ payload }) => heard.push(payload));
    b.invalid$.subscribe(({ name, error }) => invalid.push(`${name}: ${String(error)}`));
    await a.emit('deploy', '"text"');
    await a.emit(deploy, 42);
    await waitFor(() => heard.length + invalid.length === 2, { describe: 'b heard of both' });
    expect(heard).toEqual([42]);
    expect(invalid).toEqual(['deploy: TypeError: not a number']);
    expect(await b.stats()).toMatchObject({ messagesInvalid: 1 });
  });

  it('can be coalesced', async () => {
    await using crew = new Crew();
    const [a, b] = await cluster(crew, ['a', 'b'], 'worker');
    const heard: number[] = [];
    let count = 0;
    b.on(deploy).subscribe(() => (count += 1));
    b.on(deploy)
      .pipe(coalesceEvents({ periodMs: 60_000, quiescentMs: 500 }))
      .subscribe(({ payload }) => heard.push(payload));
    for (let version = 1; version <= 20; version += 1) {
      await a.emit(deploy, version, { coalesce: true });
    }
    await waitFor(() => heard.length > 0, { describe: 'the burst is over' });
    expect({ heard, count }).toEqual({ heard: [20], count: 20 });
  });
});

describe('an event that is too large', () => {
  it('is refused at the call, with both sizes, and nothing is queued', async () => {
    await using node = await embed('a', { limits: { userEventBytesMax: 9_216 } });
    const heard = heardEvents(node);
    await node.emit('fits', Buffer.alloc(1_300));
    await expect(node.emit('large', Buffer.alloc(1_400))).rejects.toMatchObject({
      code: 'ERR_EVENT_SIZE',
      details: { bytes: expect.any(Number) as number, bytesMax: expect.any(Number) as number },
    });
    expect(heard).toHaveLength(1);
    await using usual = await embed('b');
    await expect(usual.emit('x', Buffer.alloc(600))).rejects.toMatchObject({
      code: 'ERR_EVENT_SIZE',
      details: { bytesMax: 512 },
    });
  }); // TestSerf_eventsUser_sizeLimit
});
