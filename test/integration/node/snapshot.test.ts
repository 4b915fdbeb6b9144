/** Nodes with a snapshot file: what they find again after leaving, failing and being killed. */

import type { NodeOptions } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { freePort } from '../../support/ports.ts';
import { aliveView, allSee, allSeeStatus } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, observers, runtimes, viewOf } from './embedded.ts';
import { Program, heardBy, listening, makePlace, untilFileSays } from './snapshot-place.ts';

describe.each(runtimes)('with a snapshot file and the %s runtime', (runtime) => {
  it('a node that failed and was forced out comes back by itself, and is told nothing old', async () => {
    await using place = await makePlace();
    await using a = await embed('a', { runtime });
    const options = await fixed({ runtime, snapshot: place.path });
    const before = await embed('b', options);
    await before.join([at(a)]);
    await allSee(observers(a, before), aliveView(observers(a, before)));
    await a.emit('event!', 'test');
    await untilFileSays(place, ({ clocks }) => expect(clocks[1]).toBe(1));
    await before.shutdown();
    await allSeeStatus(observers(a), 'b', 'failed');
    await a.forceLeave('b');
    await allSeeStatus(observers(a), 'b', 'left');
    await using b = await embed('b', options);
    const events = heardBy(b);
    await allSee(observers(a, b), aliveView(observers(a, b)));
    await a.emit('after');
    await waitFor(() => events.length > 0, { describe: 'b hears of an event' });
    expect(events).toEqual(['after 2']);
  }); // TestSerf_SnapshotRecovery

  it('a node that left stays away', async () => {
    await using place = await makePlace();
    await using a = await embed('a', { runtime });
    const { notes, logger } = listening();
    const options = await fixed({ runtime, snapshot: place.path, logger });
    const before = await embed('b', options);
    await before.join([at(a)]);
    await allSee(observers(a, before), aliveView(observers(a, before)));
    await before.leave();
    await before.shutdown();
    await allSeeStatus(observers(a), 'b', 'left');
    expect(place.state.nodes).toEqual({});
    await using b = await embed('b', options);
    // What is asked after the start is answered after what the start led to.
    expect((await b.stats()).snapshot).toMatchObject({ errors: 0, isBehind: false });
    expect(notes.filter((note) => note.includes('re-join'))).toEqual([]);
    expect(Object.keys(viewOf(b))).toEqual(['b']);
    expect(viewOf(a)['b']?.status).toBe('left');
  }); // TestSerf_Leave_SnapshotRecovery

  it('a node that left comes back if it is told to rejoin after a leave', async () => {
    await using place = await makePlace();
    await using a = await embed('a', { runtime });
    const snapshot = { path: place.path, rejoinAfterLeave: true };
    const options = await fixed({ runtime, snapshot });
    const before = await embed('b', options);
    await before.join([at(a)]);
    await a.emit('one');
    await untilFileSays(place, ({ clocks }) => expect(clocks[1]).toBe(1));
    await before.leave();
    await before.shutdown();
    await allSeeStatus(observers(a), 'b', 'left');
    await using b = await embed('b', options);
    const events = heardBy(b);
    await allSee(observers(a, b), aliveView(observers(a, b)));
    await a.emit('two');
    await waitFor(() => events.length > 0, { describe: 'b hears of an event' });
    expect(events).toEqual(['two 2']);
  });

  it('a process that is killed comes back by itself, and is told what it missed and nothing else', async () => {
    await using place = await makePlace();
    await using a = await embed('a', { runtime: 'worker' });
    const options = await fixed({ name: 'b', runtime, snapshot: place.path });
    await using before = new Program(options, { join: [at(a)] });
    await before.says('up');
    for (const name of ['one', 'two']) await a.emit(name);
    await before.says('event two 2');
    await untilFileSays(place, ({ clocks }) => expect(clocks[1]).toBe(2));
    await before.kill();
    await a.emit('missed');
    await using b = new Program(options);
    await b.says('member-join a');
    await b.says('event missed 3');
    await a.emit('last');
    await b.says('event last 4');
    expect(b.events).toEqual(['missed 3', 'last 4']);
    expect(Object.keys(place.state.nodes).toSorted()).toEqual(['a', 'b']);
  });

  it('a node goes on to the next member it remembers, until one is there', async () => {
    await using place = await makePlace();
    const { notes, logger } = listening();
    const options = await fixed({ runtime, snapshot: place.path, logger });
    await using a = await embed('a', { runtime });
    const before = await embed('b', options);
    const gone = await Promise.all(['c', 'd', 'e'].map((name) => embed(name, { runtime })));
    await before.join([at(a), ...gone.map(at)]);
    await untilFileSays(place, ({ nodes }) => expect(Object.keys(nodes)).toHaveLength(5));
    await before.shutdown();
    await Promise.all(gone.map((node) => node.shutdown()));
    await using b = await embed('b', options);
    await allSeeStatus(observers(b), 'a', 'alive');
    expect(notes).toContain('re-joined to previously known node a');
  });
});

describe('a snapshot file in the engine’s thread', () => {
  it('is written while the main thread of its process is blocked for good', async () => {
    await using place = await makePlace();
    await using a = await embed('a');
    const options = await fixed({ name: 'b', snapshot: place.path });
    await using b = new Program(options, { join: [at(a)], onSignal: 'block' });
    await b.says('up');
    b.signal('SIGUSR2');
    await b.says('block');
    for (const name of ['one', 'two']) await a.emit(name);
    await untilFileSays(place, ({ clocks }) => expect(clocks[1]).toBe(2));
    expect(b.events).toEqual([]);
  });

  it('goes on when that thread dies, and nothing is told twice', async () => {
    await using place = await makePlace();
    await using a = await embed('a');
    const options = await fixed({ name: 'b', snapshot: place.path });
    await using b = new Program(options, { join: [at(a)], onSignal: 'kill' });
    await b.says('up');
    for (const name of ['one', 'two']) await a.emit(name);
    // Gossip promises no order between events that nobody had heard of when they were sent.
    for (const event of ['one 1', 'two 2']) await b.says(`event ${event}`);
    b.signal('SIGUSR2');
    await b.says('restarting');
    await b.says('alive', 2);
    await a.emit('three');
    await b.says('event three 3');
    expect(b.events.toSorted()).toEqual(['one 1', 'three 3', 'two 2']);
    await untilFileSays(place, ({ nodes, clocks }) => {
      expect(Object.keys(nodes).toSorted()).toEqual(['a', 'b']);
      expect(clocks[1]).toBe(3);
    });
  });
});

/** Options with a port that stays the same from life to life. */
async function fixed<T extends NodeOptions>(options: T): Promise<T & { readonly bind: string }> {
  return { ...options, bind: `127.0.0.1:${await freePort('127.0.0.1')}` };
}
