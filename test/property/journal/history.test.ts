/** Looking back in time shows what was folded then, and what is asked for and nothing else. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../src/journal/journal.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import { reasonsFor, stepsMax } from '../../../src/journal/explanation.ts';
import { FolkmootError } from '../../../src/model/error.ts';
import { historyOf, membersAt } from '../../../src/node/history.ts';
import { runs } from '../machines/seed.ts';
import { Walk, histories } from '../machines/walk.ts';

const bounds = fc.integer({ min: 1, max: 60 });

describe('the members at a time', () => {
  it('are the fold of all that had happened by then, or the journal says that it does not know', () => {
    fc.assert(
      fc.property(histories, bounds, fc.nat(), (history, journalEntriesMax, offset) => {
        const walk = new Walk(history);
        const journal = journalOf(walk, journalEntriesMax);
        const time = 1_000_000 + (offset % (walk.now - 1_000_000 + 10));
        const folded: Members = new Map();
        for (const fact of walk.facts) if (fact.at <= time) evolve(folded, fact);
        const listed = [...folded].filter(([, { memberState }]) => memberState !== 'none');
        const known = new Map(listed);
        const expected = time < (journal.baseAt ?? -Infinity) ? 'ERR_OPTION' : known;
        expect(attempt(() => membersAt(journal, time))).toEqual(expected);
        expect(attempt(() => membersAt(journal, new Date(time)))).toEqual(expected);
      }),
      runs(500),
    );
  });

  it('are the members now, at any time from the last fact on', () => {
    fc.assert(
      fc.property(histories, bounds, (history, journalEntriesMax) => {
        const walk = new Walk(history);
        const journal = journalOf(walk, journalEntriesMax);
        const listed = [...walk.members].filter(([, { memberState }]) => memberState !== 'none');
        expect(membersAt(journal, walk.now)).toEqual(new Map(listed));
        expect(membersAt(journal, walk.now + 1e9)).toEqual(new Map(listed));
      }),
      runs(200),
    );
  });
});

describe('the history', () => {
  it('has the facts that are asked for, in order, and all of those that are kept', () => {
    fc.assert(
      fc.property(
        histories,
        bounds,
        fc.option(fc.constantFrom('a', 'b', 'nobody'), { nil: undefined }),
        fc.option(fc.integer({ min: 0, max: 30_000 }), { nil: undefined }),
        (history, journalEntriesMax, name, offset) => {
          const journal = journalOf(new Walk(history), journalEntriesMax);
          const since = offset === undefined ? undefined : 1_000_000 + offset;
          const kinds = ['node-joined', 'member-failed'] as const;
          const wanted = journal.entries.filter(
            ({ fact }) =>
              (name === undefined || fact.name === name) &&
              (since === undefined || fact.at >= since),
          );
          expect(historyOf(journal, { name, since })).toEqual(wanted);
          expect(historyOf(journal, { name, since, kinds })).toEqual(
            wanted.filter(({ fact }) => kinds.some((kind) => kind === fact.kind)),
          );
        },
      ),
      runs(200),
    );
  });
});

describe('the reasons for a status', () => {
  it('are about the status that the member has, of facts that are kept, in order, and few', () => {
    fc.assert(
      fc.property(histories, bounds, (history, journalEntriesMax) => {
        const walk = new Walk(history);
        const journal = journalOf(walk, journalEntriesMax);
        for (const name of ['a', 'b', 'c', 'nobody']) {
          const { status, since, chain, gaps } = reasonsFor(journal, name, 'z');
          const member = walk.members.get(name);
          const isListed = member !== undefined && member.memberState !== 'none';
          expect(isListed ? [member.status] : ['reaped', 'unknown']).toContain(status);
          expect(since === undefined).toBe(status === 'unknown');
          expect(chain.length).toBeLessThanOrEqual(stepsMax);
          const told = chain.flatMap(({ entries }) => entries);
          for (const { fact } of told) expect(fact.name).toBe(name);
          expect(told).toEqual([...told].sort((one, other) => one.index - other.index));
          expect(!isListed || gaps.length > 0 || chain.length > 0).toBe(true);
        }
      }),
      runs(300),
    );
  });
});

/** What a call returns, or the code of the error that it throws. */
function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return FolkmootError.is(error) ? error.code : error;
  }
}

function journalOf(walk: Walk, journalEntriesMax: number): Journal {
  const journal = new Journal({ journalEntriesMax });
  const address = { ip: '127.0.0.9', port: 7_946 };
  for (const fact of walk.facts) {
    // Walks know of disputes, but not between whom.
    const isDispute = fact.kind === 'name-conflicted';
    journal.append(isDispute ? { ...fact, existing: address, other: address } : fact);
  }
  return journal;
}
