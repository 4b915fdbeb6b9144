import { describe, expect, it } from 'vitest';
import { factsBetween } from '../../../src/journal/difference.ts';
import type { Fact } from '../../../src/model/fact.ts';
import { arrival, claim, fact, fold } from './facts.ts';

const failed = [
  fact({ kind: 'node-failed', at: 5, incarnation: 1, from: 'db' }),
  fact({ kind: 'member-failed', at: 5 }),
];
const left = [
  fact({ kind: 'member-leaving', at: 5, statusTime: 4 }),
  fact({ kind: 'node-left', at: 5, incarnation: 1 }),
  fact({ kind: 'member-left', at: 5, statusTime: 4, forced: false }),
];
const forced = fact({ kind: 'member-left', at: 6, statusTime: 4, forced: true });
const forgotten = fact({ kind: 'node-forgotten', at: 7 });
const back = [
  fact({ kind: 'node-joined', at: 8, ...claim(2, 'db') }),
  fact({ kind: 'member-joined', at: 8, memberState: 'alive', statusTime: 0 }),
];

/** The story told if the facts of `missed` were, dated 99 where the records do not say when. */
function story(seen: readonly Fact[], missed: readonly Fact[]): readonly Fact[] {
  const now = fold(...seen, ...missed).values();
  return factsBetween(fold(...seen), [...now], 99);
}

function kinds(facts: readonly Fact[]): readonly string[] {
  return facts.map(({ kind }) => kind);
}

describe('after a gap', () => {
  it('a new member is told to have joined', () => {
    expect(kinds(story([], arrival()))).toEqual(['node-joined', 'member-joined']);
  });

  it('each fact is told to come from a checkpoint', () => {
    for (const { cause } of story([], [...arrival(), ...failed])) {
      expect(cause).toEqual({ kind: 'checkpoint' });
    }
  });

  it('a member that came and failed is told to have done both, when it did', () => {
    const facts = story([], [...arrival(), ...failed]);
    expect(kinds(facts)).toEqual(['node-joined', 'member-joined', 'node-failed', 'member-failed']);
    expect(facts.at(-1)).toMatchObject({ at: 5 });
  });

  it('a failure is told with its time', () => {
    expect(story(arrival(), failed)).toMatchObject([
      { kind: 'node-failed', at: 5, incarnation: 1, from: '' },
      { kind: 'member-failed', at: 5 },
    ]);
  });

  it('a leave is told as one', () => {
    expect(story(arrival(), left)).toMatchObject([
      { kind: 'node-left', at: 5 },
      { kind: 'member-left', at: 5, statusTime: 4, forced: false },
    ]);
  });

  it('a failed member that was made to leave has not come back before', () => {
    expect(story([...arrival(), ...failed], [forced])).toMatchObject([
      { kind: 'member-left', forced: true, statusTime: 4 },
    ]);
  });

  it('a member that failed twice is told to have come back in between', () => {
    const again = failed.map((each) => ({ ...each, at: 9 }));
    expect(kinds(story([...arrival(), ...failed], [...back, ...again]))).toEqual([
      'node-joined',
      'member-joined',
      'node-failed',
      'member-failed',
    ]);
  });

  it('a member that failed and was forgotten by SWIM has failed all the same', () => {
    expect(kinds(story(arrival(), [...failed, forgotten]))).toEqual([
      'node-failed',
      'member-failed',
      'node-forgotten',
    ]);
    expect(kinds(story(arrival(), [...left, forgotten]))).toEqual([
      'node-left',
      'member-left',
      'node-forgotten',
    ]);
    expect(kinds(story([...arrival(), ...failed], [forgotten]))).toEqual(['node-forgotten']);
  });

  it('a member that is back with other tags has joined with them, and is not told to have changed', () => {
    expect(kinds(story([...arrival(), ...failed], back))).toEqual(['node-joined', 'member-joined']);
  });

  it('changed tags are told with what they were', () => {
    const facts = story(arrival(), [fact({ kind: 'node-refreshed', at: 3, ...claim(2, 'db') })]);
    expect(facts).toMatchObject([
      { kind: 'node-refreshed', at: 99, incarnation: 2 },
      { kind: 'member-updated', at: 99, previousTags: new Map([['role', 'web']]) },
    ]);
  });

  it('a suspicion is told, and so is the end of one', () => {
    const suspected = fact({ kind: 'node-suspected', at: 3, incarnation: 1, from: 'db' });
    const refuted = fact({ kind: 'node-refuted', at: 4, ...claim(2) });
    expect(story(arrival(), [suspected])).toMatchObject([{ kind: 'node-suspected', at: 3 }]);
    expect(kinds(story([...arrival(), suspected], [refuted]))).toEqual(['node-refuted']);
  });

  it('a suspicion refuted and raised again is told as both', () => {
    const suspected = fact({ kind: 'node-suspected', at: 3, incarnation: 1, from: 'db' });
    const refuted = fact({ kind: 'node-refuted', at: 4, ...claim(2) });
    const again = fact({ kind: 'node-suspected', at: 5, incarnation: 2, from: 'db' });
    expect(kinds(story([...arrival(), suspected], [refuted, again]))).toEqual([
      'node-refuted',
      'node-suspected',
    ]);
  });

  it('a member that announced its leave, or took it back, is told so', () => {
    const leaving = fact({ kind: 'member-leaving', at: 3, statusTime: 4 });
    const stayed = fact({ kind: 'member-stayed', at: 4, statusTime: 5 });
    expect(kinds(story(arrival(), [leaving]))).toEqual(['member-leaving']);
    expect(kinds(story([...arrival(), leaving], [stayed]))).toEqual(['member-stayed']);
    expect(kinds(story(arrival(), [leaving, stayed]))).toEqual(['member-time-advanced']);
  });

  it('a member that was reaped is told so, with the likely reason', () => {
    const gone = (facts: readonly Fact[]): readonly Fact[] => factsBetween(fold(...facts), [], 99);
    expect(gone([...arrival(), ...failed])).toMatchObject([
      { kind: 'member-reaped', at: 99, reason: 'failed-timeout' },
      { kind: 'node-forgotten' },
    ]);
    expect(gone([...arrival(), ...left, forgotten])).toMatchObject([
      { kind: 'member-reaped', reason: 'tombstone-timeout' },
    ]);
    expect(gone(arrival())).toMatchObject([
      { kind: 'member-reaped', reason: 'prune' },
      { kind: 'node-forgotten' },
    ]);
  });

  it('nothing is told of a member that did not change', () => {
    expect(story([...arrival(), ...failed], [])).toEqual([]);
  });
});
