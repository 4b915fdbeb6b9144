/**
 * A process that keeps a snapshot is killed between any two bytes and any two verbs of its disk, or its
 * disk fails for a while: what is on the disk is always a moment of the history, no older than the
 * flush interval, and the next process goes on from it.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../src/model/fact.ts';
import { recoveryIntervalMs } from '../../../src/snapshot/snapshot-file.ts';
import { SnapshotWriter } from '../../../src/snapshot/snapshot-writer.ts';
import { replaySnapshot } from '../../../src/snapshot/snapshot-replay.ts';
import { MemoryDisk } from '../../unit/snapshot/memory-disk.ts';
import type { Verb } from '../../unit/snapshot/memory-disk.ts';
import {
  addresses,
  at,
  failed,
  joined,
  left,
  openWorld,
  path,
  replayOptions,
  replayed,
  text,
} from '../../unit/snapshot/world.ts';
import type { World, WorldOptions } from '../../unit/snapshot/world.ts';
import { runs } from '../machines/seed.ts';
import { Walk, histories } from '../machines/walk.ts';
import { forgedNames, textOf } from './histories.ts';

/** What happens to a node that keeps a snapshot. */
type Action =
  | MemberAction
  | { readonly kind: 'time'; readonly of: 'memberTime' | 'eventTime' | 'queryTime' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'leave' };

interface MemberAction {
  readonly kind: 'joined' | 'failed' | 'left';
  readonly name: string;
  readonly port: number;
}

// Long names, so that a few lines are enough for a compaction.
const names = fc.constantFrom(...['a', 'b', 'c'].map((letter) => letter.repeat(70)));
const memberNames = fc.oneof(
  { weight: 9, arbitrary: names },
  { weight: 1, arbitrary: forgedNames },
);

const ordinary: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('joined', 'joined', 'failed', 'left'),
      name: memberNames,
      port: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('time'),
      of: fc.constantFrom('memberTime', 'eventTime', 'queryTime'),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.constantFrom(10, 500) }) },
);

const lives: fc.Arbitrary<Life> = fc.record({
  actions: fc.array(ordinary, { minLength: 10, maxLength: 30, size: 'max' }),
  leavesAtEnd: fc.boolean(),
  rejoinAfterLeave: fc.boolean(),
});

interface Life {
  readonly actions: readonly Action[];
  readonly leavesAtEnd: boolean;
  readonly rejoinAfterLeave: boolean;
}

describe('a node that is killed', () => {
  it('anywhere leaves a moment of its history, and its next life goes on from it', async () => {
    const phases = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(lives, phases, async (life, phase) => {
        const stride = (await costOf(life)) / 60;
        for (let kill = 0; kill < 60; kill += 1) {
          await killedAt(life, Math.ceil((kill + phase) * stride));
        }
      }),
      runs(25),
    );
  });

  it('at every single byte and verb of a life with a compaction does so too', async () => {
    const name = 'x'.repeat(70);
    const actions = [1, 2, 3, 4, 5, 6].flatMap((port): Action[] => [
      { kind: 'joined', name, port },
      { kind: 'time', of: 'eventTime' },
      { kind: 'pass', ms: 500 },
    ]);
    for (const rejoinAfterLeave of [false, true]) {
      const life = { actions, leavesAtEnd: true, rejoinAfterLeave };
      expect((await run(life, Infinity)).world.file.stats.compactions).toBe(2);
      const cost = await costOf(life);
      for (let budget = 1; budget <= cost; budget += 1) await killedAt(life, budget);
    }
  });

  it('has been compacted in such lives, or they prove nothing of that', async () => {
    const many = fc.sample(lives, { ...runs(25), seed: 1 });
    let compactions = 0;
    for (const life of many)
      compactions += (await run(life, Infinity)).world.file.stats.compactions;
    expect(compactions).toBeGreaterThan(25);
  });
});

describe('a disk that fails for a while', () => {
  const verbs = fc.constantFrom<Verb>('append', 'truncate', 'sync', 'create', 'rename', 'look');
  const troubles = fc.array(
    fc.record({
      before: fc.nat({ max: 30 }),
      broken: fc.array(verbs, { maxLength: 3 }),
      room: fc.oneof(fc.constant(Infinity), fc.nat({ max: 300 })),
    }),
    { maxLength: 6 },
  );

  it('loses nothing that is known when it works again', async () => {
    await fc.assert(
      fc.asyncProperty(lives, troubles, async (life, all) => {
        const world = await openWorld(new MemoryDisk(), optionsOf(life));
        const moments: Members[] = [{}];
        for (const [index, action] of life.actions.entries()) {
          for (const { before, broken, room } of all) {
            if (before !== index) continue;
            world.disk.broken.clear();
            for (const verb of broken) world.disk.broken.add(verb);
            world.disk.room = room;
          }
          await act(world, action, moments);
          // Whatever is in the file was so at some time.
          expect(moments.map(asText)).toContain(asText(world.state.nodes));
        }
        world.disk.broken.clear();
        world.disk.room = Infinity;
        await world.pass(2 * recoveryIntervalMs);
        const { memberTime, eventTime, queryTime } = world.clocks;
        expect(world.state).toEqual({
          nodes: moments.at(-1),
          clocks: [memberTime, eventTime, queryTime],
        });
        expect(world.file.stats.isBehind).toBe(false);
        expect([...world.disk.files.keys()]).toEqual([path]);
      }),
      runs(60),
    );
  });
});

describe('the writer', () => {
  it('holds those members that are alive or leaving, wherever it is compacted', () => {
    const compactAt = fc.array(fc.nat({ max: 60 }), { maxLength: 10 });
    fc.assert(
      fc.property(histories, compactAt, fc.boolean(), (history, cuts, comesToNothing) => {
        const walk = new Walk();
        const writer = new SnapshotWriter(
          replaySnapshot(new Uint8Array(0), replayOptions),
          replayOptions,
        );
        let file = '';
        let facts = 0;
        for (const [index, stimulus] of history.entries()) {
          walk.take(stimulus);
          for (const fact of walk.facts.slice(facts)) writer.fact(fact);
          facts = walk.facts.length;
          if (cuts.includes(index)) {
            const compaction = writer.compact();
            if (comesToNothing) compaction.undo();
            else file = [...compaction.text].join('');
          }
          file += writer.take();
          const here = [...walk.members.values()].filter(
            ({ memberState }) => memberState === 'alive' || memberState === 'leaving',
          );
          const expected = Object.fromEntries(here.map((member) => [member.name, textOf(member)]));
          expect(replayed(text.encode(file)).nodes).toEqual(expected);
          expect(addresses(writer.nodes)).toEqual(expected);
        }
      }),
      runs(150),
    );
  });
});

/** Kills a life there, looks at what it leaves, and lets another go on from it. */
async function killedAt(life: Life, budget: number): Promise<void> {
  const { world, moments, safe } = await run(life, budget);
  const disk = world.disk.afterKill();
  const found = replayed(disk.bytes(path), life.rejoinAfterLeave);
  expect(moments.slice(safe).map(asText)).toContain(asText(found.nodes));
  const next = await openWorld(disk, optionsOf(life));
  await next.tell(joined('next', at(5)));
  await next.file.close();
  expect(next.state).toEqual({
    nodes: { ...found.nodes, next: '127.0.0.1:5' },
    clocks: found.clocks,
  });
}

/** What a life that is not killed spends of its budget. */
async function costOf(life: Life): Promise<number> {
  const budget = 1_000_000;
  return budget - (await run(life, budget)).world.disk.budget;
}

function optionsOf({ rejoinAfterLeave }: Life): WorldOptions {
  return { rejoinAfterLeave, compactBytesMin: 100 };
}

interface Outcome {
  readonly world: World;
  /** The members after each change. */
  readonly moments: readonly Members[];
  /** The last of them that must have been on the disk before the end. */
  readonly safe: number;
}

type Members = Readonly<Record<string, string>>;

/** Runs a life until its budget is spent. */
async function run(life: Life, budget: number): Promise<Outcome> {
  const world = await openWorld(new MemoryDisk(), optionsOf(life));
  world.disk.budget = budget;
  const moments: Members[] = [{}];
  let safe = 0;
  for (const action of [...life.actions, ...(life.leavesAtEnd ? [leave] : [])]) {
    const before = moments.length - 1;
    await act(world, action, moments, life.rejoinAfterLeave);
    if (world.disk.budget <= 0) return { world, moments, safe };
    if (action.kind === 'pass' && action.ms >= 500) safe = before;
  }
  return { world, moments, safe };
}

const leave: Action = { kind: 'leave' };

/** Lets something happen, and says who is there after it. */
async function act(
  world: World,
  action: Action,
  moments: Members[],
  rejoinAfterLeave = false,
): Promise<void> {
  const members: Record<string, string> = { ...moments.at(-1) };
  switch (action.kind) {
    case 'joined':
    case 'failed':
    case 'left': {
      const { kind, name, port } = action;
      const isWritable = !/^$|\n|alive: /.test(name);
      if (kind !== 'joined') delete members[name];
      else if (isWritable) members[name] = `127.0.0.1:${port}`;
      moments.push(members);
      return world.tell(factsOf(action));
    }
    case 'time':
      return world.tell([], { [action.of]: world.clocks[action.of] + 1 });
    case 'pass':
      return world.pass(action.ms);
    case 'leave':
      moments.push(rejoinAfterLeave ? members : {});
      world.file.leave();
      return world.tell([]);
    default:
      action satisfies never;
  }
}

function factsOf({ kind, name, port }: MemberAction): readonly Fact[] {
  switch (kind) {
    case 'joined':
      return joined(name, at(port));
    case 'failed':
      return failed(name);
    case 'left':
      return left(name);
    default:
      return kind satisfies never;
  }
}

function asText(members: Members): string {
  return JSON.stringify(Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
