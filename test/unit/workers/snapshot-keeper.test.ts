import { describe, expect, it, vi } from 'vitest';

import type { JoinTarget } from '../../../src/core/input.ts';
import type { Checkpoint } from '../../../src/core/options.ts';
import type { Note } from '../../../src/core/output.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import type { Fact } from '../../../src/model/fact.ts';
import { recoveryIntervalMs } from '../../../src/snapshot/snapshot-file.ts';
import { SnapshotKeeper, snapshotPatienceMs } from '../../../src/workers/snapshot-keeper.ts';
import type { SnapshotKeeperOptions } from '../../../src/workers/snapshot-keeper.ts';
import { rejection } from '../node/fake-runtime.ts';
import { MemoryDisk } from '../snapshot/memory-disk.ts';
import { at, joined, path, quiet, replayed } from '../snapshot/world.ts';

const remembered = [
  'alive: self 127.0.0.1:1',
  'alive: b 127.0.0.1:2',
  'alive: c 127.0.0.1:3',
  'clock: 70',
  'event-clock: 80',
  'query-clock: 90',
  '',
].join('\n');

describe('the snapshot of a life', () => {
  it('says where the clocks start: one ahead of what was seen', async () => {
    const { keeper } = keep(new MemoryDisk({ [path]: remembered }));
    expect(await keeper.open()).toEqual({ memberTime: 71, eventTime: 81, queryTime: 91 });
    await keeper.close();
  });

  it('has an engine without a past start at one', async () => {
    const { keeper } = keep(new MemoryDisk());
    expect(await keeper.open()).toEqual({ memberTime: 1, eventTime: 1, queryTime: 1 });
    await keeper.close();
  });

  it('writes the times that were seen, which is one less than the clocks', async () => {
    const disk = new MemoryDisk();
    const { keeper, engine } = keep(disk);
    await keeper.open();
    engine.clocks = { memberTime: 8, eventTime: 9, queryTime: 10 };
    await keeper.close();
    expect(replayed(disk.bytes(path)).clocks).toEqual([7, 8, 9]);
  });

  it('leads back: to the others only, not to itself nor to who was at its own address', async () => {
    const { keeper, asked, notes } = keep(new MemoryDisk({ [path]: remembered }));
    await keeper.open();
    keeper.begin(at(3));
    expect(asked).toEqual([{ name: 'b', ...at(2) }]);
    expect(notes.map(({ text }) => text)).toEqual(['attempting re-join to previously known node']);
    await keeper.close();
  });

  it('leads nobody back who left, unless told to', async () => {
    for (const rejoinAfterLeave of [false, true]) {
      const disk = new MemoryDisk({ [path]: `${remembered}leave\n` });
      const { keeper, asked } = keep(disk, { rejoinAfterLeave });
      await keeper.open();
      keeper.begin(at(1));
      expect(asked).toHaveLength(rejoinAfterLeave ? 1 : 0);
      await keeper.close();
    }
  });

  it('leads a life that takes over back only if that knows nobody', async () => {
    for (const members of [
      joined('self', at(1)),
      [...joined('self', at(1)), ...joined('x', at(9))],
    ]) {
      const resume = checkpointOf(members);
      const { keeper, asked } = keep(new MemoryDisk({ [path]: remembered }), { resume });
      await keeper.open();
      keeper.begin(at(1));
      expect(asked).toHaveLength(resume.members.length === 1 ? 1 : 0);
      await keeper.close();
    }
  });

  it('keeps its notes until there is somebody to tell', async () => {
    const { keeper, notes } = keep(new MemoryDisk({ [path]: 'nonsense\n' }));
    await keeper.open();
    expect(notes).toEqual([]);
    keeper.begin(at(1));
    expect(notes).toMatchObject([{ level: 'warn', fields: { unrecognised: 1 } }]);
    await keeper.close();
  });
});

describe('a snapshot file that cannot be opened', () => {
  it('keeps a node from starting', async () => {
    const disk = new MemoryDisk();
    disk.open = () => Promise.reject(new Error('EROFS'));
    const { keeper } = keep(disk);
    const { code, details } = await rejection(keeper.open());
    expect({ code, details }).toEqual({
      code: 'ERR_OPTION',
      details: { option: 'snapshot.path', value: path },
    });
  });

  it('does not keep a running node from going on, and is made up for once it can be opened', async () => {
    const disk = new MemoryDisk({ [path]: remembered });
    const open = disk.open.bind(disk);
    disk.open = () => Promise.reject(new Error('EIO'));
    const resume = checkpointOf([...joined('self', at(1)), ...joined('b', at(2))]);
    const { keeper, notes, engine, world } = keep(disk, { resume });
    expect(await keeper.open()).toBeUndefined();
    keeper.begin(at(1));
    expect(notes).toMatchObject([{ level: 'warn', fields: { path } }]);
    expect(keeper.stats).toMatchObject({ errors: 1, isBehind: true });
    expect(keeper.deadline).toBe(world.now + recoveryIntervalMs);
    // What happens meanwhile is in the engine.
    engine.checkpoint = checkpointOf([...joined('self', at(1)), ...joined('new', at(5))]);
    disk.open = open;
    world.now += recoveryIntervalMs;
    keeper.expire(world.now);
    await vi.waitFor(() => expect(keeper.stats).toMatchObject({ errors: 1, isBehind: false }));
    keeper.expire(world.now);
    await keeper.close();
    expect(Object.keys(replayed(disk.bytes(path)).nodes)).toContain('new');
  });

  it('is told of a leave that it missed', async () => {
    const disk = new MemoryDisk({ [path]: remembered });
    disk.hold();
    const open = disk.open.bind(disk);
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    disk.open = async (...args) => {
      await gate;
      return open(...args);
    };
    const { keeper } = keep(disk, { resume: checkpointOf(joined('self', at(1))) });
    const opened = keeper.open();
    keeper.leave();
    disk.letGo();
    answer();
    await opened;
    await keeper.close();
    expect(replayed(disk.bytes(path)).nodes).toEqual({});
  });
});

describe('a disk that does not answer', () => {
  it('holds up neither the close nor another life for longer than its patience', async () => {
    const disk = new MemoryDisk();
    const { keeper } = keep(disk);
    await keeper.open();
    for (const fact of joined('b', at(2))) keeper.fact(fact);
    disk.hold();
    expect(await msOf(keeper.close())).toBeLessThan(2 * snapshotPatienceMs);
    const resume = checkpointOf(joined('self', at(1)));
    disk.open = () => new Promise(() => undefined);
    const next = keep(disk, { resume }).keeper;
    expect(await msOf(next.open())).toBeLessThan(2 * snapshotPatienceMs);
    expect(await msOf(next.close())).toBeLessThan(2 * snapshotPatienceMs);
    disk.letGo();
  });

  it('that answers after the close gets its file closed', async () => {
    const disk = new MemoryDisk();
    const open = disk.open.bind(disk);
    const closed = vi.fn<() => Promise<void>>(() => Promise.resolve());
    let answer = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    disk.open = async (...args) => {
      await gate;
      return Object.assign(await open(...args), { close: closed });
    };
    const { keeper } = keep(disk);
    const opened = keeper.open();
    await keeper.close();
    answer();
    expect(await opened).toBeUndefined();
    await quiet();
    expect(closed).toHaveBeenCalledOnce();
  });
});

function keep(disk: MemoryDisk, changes: Partial<SnapshotKeeperOptions> = {}) {
  const asked: JoinTarget[] = [];
  const notes: Note[] = [];
  const world = { now: 1_000_000 };
  const engine: { clocks: SnapshotKeeperClocks; checkpoint: Checkpoint | undefined } = {
    clocks: { memberTime: 1, eventTime: 1, queryTime: 1 },
    checkpoint: undefined,
  };
  const keeper = new SnapshotKeeper({
    path,
    rejoinAfterLeave: false,
    flushIntervalMs: 500,
    self: 'self',
    nodesMax: 1_000,
    resume: undefined,
    now: () => world.now,
    clocks: () => engine.clocks,
    checkpoint: () => engine.checkpoint,
    join: (target) => asked.push(target),
    note: (note) => notes.push(note),
    disk,
    ...changes,
  });
  return { keeper, asked, notes, world, engine };
}

type SnapshotKeeperClocks = ReturnType<SnapshotKeeperOptions['clocks']>;

/** What an engine knows after these facts. */
function checkpointOf(facts: readonly Fact[]): Checkpoint {
  const members: Members = new Map();
  for (const fact of facts) evolve(members, fact);
  return { members: [...members.values()], memberTime: 1, eventTime: 1, queryTime: 1 };
}

async function msOf(attempt: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await attempt;
  return performance.now() - begun;
}
