import { describe, expect, it } from 'vitest';
import { Journal, replay } from '../../../src/journal/journal.ts';
import { arrival, fact, fold } from './facts.ts';

const failure = [
  fact({ kind: 'node-failed', at: 2, incarnation: 1, from: 'db' }),
  fact({ kind: 'member-failed', at: 2 }),
];

function indices(entries: Iterable<{ readonly index: number }>): readonly number[] {
  return [...entries].map(({ index }) => index);
}

describe('the journal', () => {
  it('numbers facts from 1, without gaps', () => {
    const journal = new Journal();
    expect(journal.lastIndex).toBe(0);
    const entries = [...arrival(), ...failure].map((each) => journal.append(each));
    expect(indices(entries)).toEqual([1, 2, 3, 4]);
    expect(journal.entries).toEqual(entries);
    expect(journal.lastIndex).toBe(4);
  });

  it('keeps no more than its bound, the latest', () => {
    const journal = new Journal({ journalEntriesMax: 3 });
    for (const each of [...arrival('a'), ...arrival('b'), ...arrival('c')]) journal.append(each);
    expect(indices(journal.entries)).toEqual([4, 5, 6]);
    expect(journal.lastIndex).toBe(6);
  });

  it('folds what it drops into its base, so that a replay is still the view', () => {
    const journal = new Journal({ journalEntriesMax: 1 });
    const facts = [...arrival(), ...failure];
    for (const each of facts) journal.append(each);
    expect(journal.base).toEqual(fold(...facts.slice(0, -1)));
    expect(journal.replay()).toEqual(fold(...facts));
  });

  it('tells what came after an index, and by the first index what was dropped in between', () => {
    const journal = new Journal({ journalEntriesMax: 3 });
    for (const each of [...arrival('a'), ...arrival('b'), ...arrival('c')]) journal.append(each);
    expect(indices(journal.since(4))).toEqual([5, 6]);
    expect(indices(journal.since(6))).toEqual([]);
    expect(indices(journal.since(99))).toEqual([]);
    expect(indices(journal.since(0))).toEqual([4, 5, 6]);
  });

  it('tells what happened to one node', () => {
    const journal = new Journal();
    for (const each of [...arrival('a'), ...arrival('b'), ...failure]) journal.append(each);
    expect(indices(journal.about('b'))).toEqual([3, 4]);
    expect(journal.about('nobody')).toEqual([]);
  });

  it('shows the members at any entry, without touching what it keeps', () => {
    const journal = new Journal();
    for (const each of [...arrival(), ...failure]) journal.append(each);
    expect(journal.replay(2).get('web')?.status).toBe('alive');
    expect(journal.replay(4).get('web')?.status).toBe('failed');
    expect(journal.replay(0).size).toBe(0);
    journal.replay().clear();
    expect(journal.replay().size).toBe(1);
  });

  it('keeps one entry at least, whatever it is told', () => {
    const journal = new Journal({ journalEntriesMax: 0 });
    for (const each of arrival()) journal.append(each);
    expect(journal.entries).toHaveLength(1);
  });
});

it('replays entries over a checkpoint', () => {
  const journal = new Journal();
  for (const each of [...arrival(), ...failure]) journal.append(each);
  const members = replay(journal.since(2), fold(...arrival()).values());
  expect(members).toEqual(fold(...arrival(), ...failure));
});
