/** When the snapshot file is written, and what it costs when the disk does not play along. */

import { describe, expect, it } from 'vitest';
import { FolkmootError } from '../../../src/model/error.ts';
import { recoveryIntervalMs } from '../../../src/snapshot/snapshot-file.ts';
import { pendingUnitsMax } from '../../../src/snapshot/snapshot-writer.ts';
import { MemoryDisk } from './memory-disk.ts';
import { at, failed, joined, openWorld, path, quiet } from './world.ts';
import type { World } from './world.ts';

describe('a snapshot file', () => {
  it('restores members and clocks of what was told before it was closed', async () => {
    const world = await openWorld();
    await world.tell([...joined('a', at(1)), ...joined('b', at(2))]);
    await world.tell(failed('a'), { memberTime: 100, eventTime: 42, queryTime: 50 });
    await world.file.close();
    await world.open();
    const { nodes, memberTime, eventTime, queryTime } = world.file.state;
    expect(nodes).toEqual(new Map([['b', at(2)]]));
    expect([memberTime, eventTime, queryTime]).toEqual([100, 42, 50]);
  }); // TestSnapshotter

  it('loses neither clocks nor members when it is compacted again and again', async () => {
    const world = await openWorld(new MemoryDisk(), { compactBytesMin: 1_024 });
    await world.tell(joined('a', at(1)));
    for (let time = 1; time < 1_024; time += 1) {
      await world.tell([], { eventTime: time });
      await world.pass(500);
    }
    for (let time = 1; time < 1_024; time += 1) {
      await world.tell([], { queryTime: time });
      await world.pass(500);
    }
    expect(world.file.stats.compactions).toBeGreaterThan(5);
    await world.file.close();
    await world.open();
    expect(world.state).toEqual({ nodes: { a: '127.0.0.1:1' }, clocks: [0, 1_023, 1_023] });
    expect(world.text.length).toBeLessThan(1_100);
  }); // TestSnapshotter_forceCompact

  it('knows no members and no clocks after a leave', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)), { memberTime: 100, eventTime: 42, queryTime: 50 });
    world.file.leave();
    await world.file.close();
    await world.open();
    expect(world.state).toEqual({ nodes: {}, clocks: [0, 0, 0] });
    expect(world.file.state.left).toBe(true);
  }); // TestSnapshotter_leave

  it('knows them nevertheless where a node is to rejoin after a leave', async () => {
    const world = await openWorld(new MemoryDisk(), { rejoinAfterLeave: true });
    await world.tell(joined('a', at(1)), { memberTime: 100, eventTime: 42, queryTime: 50 });
    world.file.leave();
    await world.file.close();
    await world.open();
    expect(world.state).toEqual({ nodes: { a: '127.0.0.1:1' }, clocks: [100, 42, 50] });
  }); // TestSnapshotter_leave_rejoin

  it('takes facts at once and in bounded memory while the disk stands still', async () => {
    const world = await openWorld();
    world.disk.hold();
    const names = Array.from({ length: 50 }, (_, index) => `${index}`.padStart(100, 'n'));
    for (let round = 0; round < 10_000; round += 1) {
      for (const name of [names[round % 50] ?? '', names[(round * 7) % 50] ?? '']) {
        for (const fact of joined(name, at(round))) world.file.fact(fact);
      }
      for (const fact of failed(names[7] ?? '')) world.file.fact(fact);
      world.now += 1;
      world.file.expire(world.now);
    }
    expect(world.disk.deeds).toEqual([]);
    expect(world.file.stats.isBehind).toBe(true);
    world.disk.letGo();
    await quiet();
    await world.pass(1_000);
    expect(Object.keys(world.state.nodes)).toHaveLength(49);
    expect(world.text.length).toBeLessThan(pendingUnitsMax);
    expect(world.file.stats.isBehind).toBe(false);
  }); // TestSnapshotter_slowDiskNotBlockingEventCh, TestSnapshotter_blockedUpstreamNotBlockingMemberlist
});

describe('what is told', () => {
  it('is written at once after a quiet time', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)), { memberTime: 1 });
    expect(world.text).toBe('alive: a 127.0.0.1:1\nclock: 1\n');
  });

  it('is written within the interval when much is told, in one go', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    for (let time = 1; time <= 40; time += 1) {
      await world.pass(10);
      await world.tell([], { eventTime: time });
    }
    expect(world.text).toBe('alive: a 127.0.0.1:1\n');
    await world.pass(100);
    expect(world.text).toBe('alive: a 127.0.0.1:1\nevent-clock: 40\n');
  });

  it('is written even if nobody looks in but the steps of a busy engine', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    await world.tell(joined('b', at(2)));
    world.now += 500;
    await world.tell([]);
    expect(world.text).toBe('alive: a 127.0.0.1:1\nalive: b 127.0.0.1:2\n');
  });

  it('is written no later than the interval that was asked for', async () => {
    const world = await openWorld(new MemoryDisk(), { flushIntervalMs: 50 });
    await world.tell(joined('a', at(1)));
    await world.tell(joined('b', at(2)));
    expect(world.text).toBe('alive: a 127.0.0.1:1\n');
    await world.pass(50);
    expect(world.text).toBe('alive: a 127.0.0.1:1\nalive: b 127.0.0.1:2\n');
  });

  it('is told of clocks that move while no member does', async () => {
    const world = await openWorld();
    world.clocks = { memberTime: 3, eventTime: 0, queryTime: 0 };
    await world.pass(500);
    expect(world.text).toBe('clock: 3\n');
  });

  it('is a leave at once, on the disk itself, and nothing but clocks after it', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    world.file.leave();
    await world.tell(failed('a'), { memberTime: 2, eventTime: 2 });
    await world.file.close();
    expect(world.text).toBe('alive: a 127.0.0.1:1\nleave\nclock: 2\n');
    expect(world.disk.deeds).toContain(`sync ${path}`);
  });

  it('is all on the disk itself when the file is closed, and not told of afterwards', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    await world.tell(joined('b', at(2)), { queryTime: 4 });
    await Promise.all([world.file.close(), world.file.close()]);
    await world.tell(failed('a'));
    expect(world.text).toBe('alive: a 127.0.0.1:1\nalive: b 127.0.0.1:2\nquery-clock: 4\n');
    expect(world.disk.deeds.at(-1)).toBe(`sync ${path}`);
    expect(world.file.deadline).toBe(Infinity);
  });

  it('is not in the file if its name would forge a line, which is said once', async () => {
    const world = await openWorld();
    await world.tell(joined('a\nleave', at(1)));
    await world.tell(joined('b\nleave', at(1)));
    await world.pass(2_000);
    expect(world.text).toBe('');
    expect(world.notes.map(({ level }) => level)).toEqual(['warn']);
    expect(world.file.stats.refused).toBe(2);
  });
});

describe('a torn last line', () => {
  it('is cut off, since an end would make it count', async () => {
    const world = await openWorld(new MemoryDisk({ [path]: 'clock: 7\nalive: a 127.0.0.1:25' }));
    await world.tell(joined('b', at(2)));
    expect(world.text).toBe('clock: 7\nalive: b 127.0.0.1:2\n');
  });

  it('stays while there is nothing to append', async () => {
    const world = await openWorld(new MemoryDisk({ [path]: 'clock: 7\nalive: a 127.0.0.1:25' }));
    await world.pass(60_000);
    await world.file.close();
    expect(world.text).toBe('clock: 7\nalive: a 127.0.0.1:25');
  });
});

describe('compaction', () => {
  it('comes when the file is larger than Serf allows for its members', async () => {
    const world = await openWorld();
    for (let time = 1; world.file.stats.compactions === 0; time += 1) {
      await world.tell(joined(`node-${time % 9}`, at(time % 60_000)), { eventTime: time });
      await world.pass(500);
      expect(world.text.length).toBeLessThanOrEqual(129 * 1_024);
    }
    expect(world.text.split('\n')).toHaveLength(9 + 3 + 1);
  });

  it('allows for 256 bytes a member in a large cluster', async () => {
    const world = await openWorld(new MemoryDisk(), { compactBytesMin: 1_000 });
    for (let port = 1; port <= 100; port += 1) await world.tell(joined(`node-${port}`, at(port)));
    await grow(world, 25_580);
    expect(world.file.stats.compactions).toBe(0);
    await step(world);
    await step(world);
    expect(world.file.stats.compactions).toBe(1);
    expect(world.text.length).toBeLessThan(4_000);
  });

  it('puts a file that is whole and on the disk in the place of the old one', async () => {
    const disk = new MemoryDisk({ [path]: '' });
    disk.files.set(path, { id: 'tight', mode: 0o600, bytes: Buffer.alloc(0) });
    const world = await openWorld(disk, { compactBytesMin: 500 });
    await world.tell(joined('a', at(1)));
    await grow(world, 485);
    disk.deeds.length = 0;
    await step(world);
    expect(disk.deeds).toEqual([
      expect.stringMatching(`append ${path} \\d+`),
      `create ${path}.compact`,
      expect.stringMatching(`append ${path}.compact \\d+`),
      `sync ${path}.compact`,
      `rename ${path}.compact`,
      `sync-folder ${path}`,
    ]);
    expect([...disk.files.keys()]).toEqual([path]);
    expect(disk.files.get(path)?.mode).toBe(0o600);
  });

  it('does not come at every turn for members of long names', async () => {
    const world = await openWorld(new MemoryDisk(), { compactBytesMin: 1_000 });
    const name = 'x'.repeat(3_000);
    await world.tell(joined(name, at(1)));
    for (let time = 1; time < 100; time += 1) {
      await world.pass(500);
      await world.tell([], { eventTime: time });
    }
    expect(world.file.stats.compactions).toBe(1);
  });

  it.each(['create', 'sync', 'rename'] as const)(
    'that fails at its %s leaves the old file; it is appended to, and compacted later',
    async (verb) => {
      const world = await openWorld(new MemoryDisk(), { compactBytesMin: 500 });
      await world.tell(joined('a', at(1)), { eventTime: 1 });
      world.disk.broken.add(verb);
      await grow(world, 485);
      await step(world);
      await world.tell(joined('c', at(3)));
      await world.pass(5_000);
      expect([...world.disk.files.keys()]).toEqual([path]);
      expect(world.state.nodes).toEqual({ a: '127.0.0.1:1', c: '127.0.0.1:3' });
      expect(world.file.stats).toMatchObject({ compactions: 0, errors: 1, isBehind: false });
      world.disk.broken.clear();
      await world.pass(recoveryIntervalMs);
      expect(world.file.stats).toMatchObject({ compactions: 1, errors: 1, isBehind: false });
      expect(world.state).toEqual({
        nodes: { a: '127.0.0.1:1', c: '127.0.0.1:3' },
        clocks: [0, world.clocks.eventTime, 0],
      });
    },
  );

  it('is not held against the old file if only the folder cannot be made safe', async () => {
    const world = await openWorld(new MemoryDisk(), { compactBytesMin: 500 });
    world.disk.broken.add('sync-folder');
    await grow(world, 485);
    await step(world);
    expect(world.file.stats).toMatchObject({ compactions: 1, errors: 0 });
  });

  it('keeps what is told meanwhile', async () => {
    const world = await openWorld(new MemoryDisk(), { compactBytesMin: 500 });
    await world.tell(joined('a', at(1)));
    await grow(world, 485);
    world.disk.hold('rename');
    await step(world);
    await world.tell([...failed('a'), ...joined('b', at(2))]);
    expect(world.file.stats.compactions).toBe(0);
    world.disk.letGo();
    await quiet();
    expect(world.file.stats.compactions).toBe(1);
    await world.pass(500);
    expect(world.state.nodes).toEqual({ b: '127.0.0.1:2' });
  });
});

describe('a disk that fails', () => {
  it('is a note and a number, tried again every 30 s, and in the end nothing is lost', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    world.disk.room = 7;
    for (let round = 0; round < 200; round += 1) {
      await world.tell(joined(`n${round % 5}`, at(round)), { eventTime: round });
      await world.pass(500);
    }
    expect(world.state.nodes).toEqual({ a: '127.0.0.1:1' });
    expect(world.file.stats.isBehind).toBe(true);
    expect(world.notes.length).toBeLessThan(12);
    expect(world.disk.deeds.length).toBeLessThan(40);
    world.disk.room = Infinity;
    await world.pass(recoveryIntervalMs);
    expect(world.state).toEqual({
      nodes: {
        a: '127.0.0.1:1',
        n0: '127.0.0.1:195',
        n1: '127.0.0.1:196',
        n2: '127.0.0.1:197',
        n3: '127.0.0.1:198',
        n4: '127.0.0.1:199',
      },
      clocks: [0, 199, 0],
    });
    expect(world.file.stats.isBehind).toBe(false);
    expect(world.notes.at(-1)).toMatchObject({ level: 'info' });
  });

  it('is mended at once the first time, by a file written anew', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    await world.pass(500);
    world.disk.room = 10;
    for (const fact of joined('b', at(2))) world.file.fact(fact);
    world.file.expire(world.now);
    world.disk.room = Infinity;
    await quiet();
    expect(world.state.nodes).toEqual({ a: '127.0.0.1:1', b: '127.0.0.1:2' });
    expect(world.file.stats).toMatchObject({ isBehind: false });
  });

  it('is mended by appending where no new file can be made', async () => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)));
    await world.pass(500);
    world.disk.room = 10;
    world.disk.broken.add('create');
    await world.tell([...joined('b', at(2)), ...failed('a')]);
    await world.pass(5_000);
    expect(world.text).toMatch(/^alive: a 127\.0\.0\.1:1\n(?:alive: b )?/);
    expect(world.state.nodes).toEqual({ a: '127.0.0.1:1' });
    world.disk.room = Infinity;
    await world.pass(recoveryIntervalMs);
    expect(world.text).toBe('alive: a 127.0.0.1:1\nalive: b 127.0.0.1:2\nnot-alive: a\n');
    expect(world.file.stats.isBehind).toBe(false);
  });

  it('still lets the file be closed', async () => {
    const world = await openWorld();
    world.disk.room = 3;
    world.disk.broken.add('sync').add('create');
    await world.tell(joined('a', at(1)));
    await world.file.close();
    expect(world.state.nodes).toEqual({});
    expect(world.file.stats.errors).toBeGreaterThan(0);
  });

  it('is given one more try when the file is closed', async () => {
    const world = await openWorld();
    world.disk.room = 3;
    await world.tell(joined('a', at(1)));
    world.disk.room = Infinity;
    await world.file.close();
    expect(world.state.nodes).toEqual({ a: '127.0.0.1:1' });
  });

  it('that stops in the middle of reading gives what came before', async () => {
    const disk = new MemoryDisk({ [path]: 'alive: a 127.0.0.1:1\n' });
    const open = disk.open.bind(disk);
    let reads = 0;
    disk.open = async (name, mode) => {
      const file = await open(name, mode);
      const read: typeof file.read = (buffer, position) => {
        reads += 1;
        if (reads > 1) return Promise.reject(new Error('EIO: read failed'));
        return file.read(buffer, position);
      };
      return { ...file, read };
    };
    const world = await openWorld(disk);
    await world.tell(joined('b', at(2)));
    expect(world.file.state.nodes).toEqual(new Map([['a', at(1)]]));
    expect(world.state.nodes).toEqual({ a: '127.0.0.1:1', b: '127.0.0.1:2' });
    expect(world.file.stats).toMatchObject({ compactions: 1, errors: 1 });
  });

  it('that cannot even open the file is the caller’s to mend', async () => {
    const disk = new MemoryDisk();
    disk.open = () => Promise.reject(new Error('EACCES: permission denied'));
    const error: unknown = await openWorld(disk).catch((caught: unknown) => caught);
    expect(FolkmootError.is(error) && error.toRecord()).toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining('EACCES') as string,
      details: { option: 'snapshot.path', value: path },
    });
  });
});

describe('a file that somebody removes or replaces', () => {
  it.each(['removed', 'replaced'])('is written anew when it was %s', async (how) => {
    const world = await openWorld();
    await world.tell(joined('a', at(1)), { memberTime: 5 });
    if (how === 'removed') world.disk.files.delete(path);
    else world.disk.files.set(path, { id: 'other', mode: 0o644, bytes: Buffer.from('leave\n') });
    await world.tell(joined('b', at(2)));
    await world.pass(recoveryIntervalMs + 1_000);
    expect(world.state).toEqual({
      nodes: { a: '127.0.0.1:1', b: '127.0.0.1:2' },
      clocks: [5, 0, 0],
    });
    expect(world.notes.map(({ level }) => level)).toEqual(['warn']);
    await world.tell(failed('a'));
    expect(world.state.nodes).toEqual({ b: '127.0.0.1:2' });
  });
});

/** Lets a clock move on until the file has that many bytes. */
async function grow(world: World, bytes: number): Promise<void> {
  while (world.text.length < bytes) await step(world);
}

/** Lets a clock move on by one, which is a line. */
async function step(world: World): Promise<void> {
  world.now = world.file.deadline;
  await world.tell([], { eventTime: world.clocks.eventTime + 1 });
}
