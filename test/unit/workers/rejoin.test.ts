import { describe, expect, it } from 'vitest';

import type { JoinTarget } from '../../../src/core/input.ts';
import type { CommandResult, JoinFailure, Note } from '../../../src/core/output.ts';
import { Rejoin, rejoinRetryMs, rejoinRoundsMax } from '../../../src/workers/rejoin.ts';

const targets: readonly JoinTarget[] = ['b', 'c', 'd'].map((name, index) => ({
  name,
  ip: '10.0.0.1',
  port: index + 1,
}));

describe('finding back', () => {
  function begin(known = targets) {
    const asked: string[] = [];
    const notes: Note[] = [];
    const world = { now: 0, asked, notes };
    const rejoin = new Rejoin({
      targets: known,
      join: ({ name = '' }) => asked.push(name),
      now: () => world.now,
      note: (note) => notes.push(note),
    });
    rejoin.begin();
    return { rejoin, world };
  }

  it('tries one member at a time, in the order given, until one can be joined', () => {
    const { rejoin, world } = begin();
    expect(world.asked).toEqual(['b']);
    rejoin.answered(refused(0));
    expect(world.asked).toEqual(['b', 'c']);
    rejoin.answered(joined(1));
    expect(world.asked).toEqual(['b', 'c']);
    expect(rejoin.deadline).toBe(Infinity);
    expect(texts(world.notes, 'info')).toEqual([
      'attempting re-join to previously known node b 10.0.0.1:1',
      'attempting re-join to previously known node c 10.0.0.1:2',
      're-joined to previously known node c 10.0.0.1:2',
    ]);
  });

  it('gives up for good when nobody can be reached, and says so once', () => {
    const { rejoin, world } = begin();
    for (const index of targets.keys()) rejoin.answered(refused(index));
    expect(world.notes.at(-1)).toEqual({
      level: 'warn',
      text: 'failed to re-join any previously known node',
      fields: { tried: 3 },
    });
    expect(rejoin.deadline).toBe(Infinity);
    expect(world.asked).toHaveLength(3);
  });

  it('says nothing when nobody is remembered', () => {
    const { rejoin, world } = begin([]);
    expect(world).toMatchObject({ asked: [], notes: [] });
    expect(rejoin.deadline).toBe(Infinity);
  });

  it('stops when this node leaves meanwhile', () => {
    const { rejoin, world } = begin();
    rejoin.answered({ ok: false, error: { code: 'ERR_STATE', message: '', details: {} } });
    expect(world.asked).toEqual(['b']);
    expect(texts(world.notes, 'warn')).toEqual([]);
    expect(rejoin.deadline).toBe(Infinity);
  });

  it('tries again later, a bounded number of times, while the own name is still taken', () => {
    const { rejoin, world } = begin();
    for (let round = 1; round <= rejoinRoundsMax; round += 1) {
      rejoin.answered(refused(0));
      rejoin.answered(refused(1, 'name-taken'));
      rejoin.answered(refused(2));
      expect(world.asked).toHaveLength(3 * round);
      if (round === rejoinRoundsMax) break;
      expect(rejoin.deadline).toBe(world.now + rejoinRetryMs);
      rejoin.expire(world.now + rejoinRetryMs - 1);
      expect(world.asked).toHaveLength(3 * round);
      world.now += rejoinRetryMs;
      rejoin.expire(world.now);
    }
    expect(rejoin.deadline).toBe(Infinity);
    expect(texts(world.notes, 'warn')).toHaveLength(rejoinRoundsMax);
  });

  it('ends with the round in which the name is free again', () => {
    const { rejoin, world } = begin();
    for (const index of targets.keys()) rejoin.answered(refused(index, 'name-taken'));
    rejoin.expire(rejoinRetryMs);
    rejoin.answered(joined(0));
    expect(world.asked).toEqual(['b', 'c', 'd', 'b']);
    expect(rejoin.deadline).toBe(Infinity);
  });
});

function joined(index: number): CommandResult {
  const target = targets[index] as JoinTarget;
  return { ok: true, value: { kind: 'join', joined: [target], failures: [] } };
}

function refused(index: number, reason: JoinFailure['reason'] = 'refused'): CommandResult {
  const failure = { target: targets[index] as JoinTarget, reason, text: 'no' };
  return { ok: true, value: { kind: 'join', joined: [], failures: [failure] } };
}

function texts(notes: readonly Note[], level: Note['level']): readonly string[] {
  return notes
    .filter((note) => note.level === level)
    .map(({ text, fields }) => [text, fields['name'], fields['address']].join(' ').trim());
}
