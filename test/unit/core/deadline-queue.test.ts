import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../../src/core/deadline-queue.ts';
import { LamportWindow } from '../../../src/core/lamport-window.ts';
import { RecentIntents, recentIntentsMax } from '../../../src/core/recent-intents.ts';
import { Roster } from '../../../src/core/roster.ts';
import { seededRandom } from '../../../src/model/random.ts';

describe('the deadline queue', () => {
  it('gives timers in the order of deadline, then of arming, and none early', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 50 })), (deadlines) => {
        const queue = new DeadlineQueue<readonly [number, number]>();
        deadlines.forEach((at, index) => queue.arm(at, [at, index]));
        const expected = deadlines
          .map((at, index) => [at, index] as const)
          .toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
        const taken: (readonly [number, number])[] = [];
        for (let now = 0; now <= 50; now += 1) {
          for (let timer = queue.takeDue(now); timer !== undefined; timer = queue.takeDue(now)) {
            expect(timer[0]).toBe(now);
            taken.push(timer);
          }
        }
        expect(taken).toEqual(expected);
        expect(queue.next).toBe(Infinity);
      }),
    );
  });
});

describe('the roster', () => {
  it('gives every name exactly once a round', () => {
    const roster = new Roster();
    const random = seededRandom(7);
    const names = Array.from({ length: 50 }, (_, index) => `node-${index}`);
    for (const name of names) roster.add(name, random);
    for (let round = 0; round < 3; round += 1) {
      const seen: string[] = [];
      for (let name = roster.next(); name !== undefined; name = roster.next()) seen.push(name);
      expect(seen.toSorted()).toEqual(names.toSorted());
      roster.restart(() => true, random);
    }
  });
});

describe('the Lamport window', () => {
  const same = (a: string, b: string): boolean => a === b;

  it('takes an item once, several at one time, and none from before the window', () => {
    const window = new LamportWindow<string>(4, same);
    expect(window.add(10, 'a', 11)).toBe(true);
    expect(window.add(10, 'a', 11)).toBe(false);
    expect(window.add(10, 'b', 11)).toBe(true);
    expect(window.add(6, 'c', 11)).toBe(false);
    expect(window.add(7, 'c', 11)).toBe(true);
  });

  it('takes nothing from before a time that is to be ignored', () => {
    const window = new LamportWindow<string>(4, same);
    window.ignoreBefore(5);
    expect(window.add(4, 'a', 5)).toBe(false);
    expect(window.add(5, 'a', 6)).toBe(true);
  });
});

describe('the recent intents', () => {
  it('keep the newest intent of a name, whatever its kind', () => {
    const intents = new RecentIntents();
    expect(intents.upsert('a', { kind: 'join', time: 5, heardAt: 0 })).toBe(true);
    expect(intents.upsert('a', { kind: 'leave', time: 5, heardAt: 0 })).toBe(false);
    expect(intents.upsert('a', { kind: 'leave', time: 6, heardAt: 0 })).toBe(true);
    expect(intents.get('a')?.kind).toBe('leave');
  });

  it('forget what is old, and the oldest when there are too many', () => {
    const intents = new RecentIntents();
    intents.upsert('old', { kind: 'join', time: 1, heardAt: 0 });
    intents.upsert('new', { kind: 'join', time: 1, heardAt: 10 });
    intents.purge(5);
    expect(intents.get('old')).toBeUndefined();
    expect(intents.get('new')).toBeDefined();
    for (let index = 0; index < recentIntentsMax; index += 1) {
      intents.upsert(`flood-${index}`, { kind: 'join', time: 1, heardAt: 10 });
    }
    expect(intents.get('new')).toBeUndefined();
  });
});
