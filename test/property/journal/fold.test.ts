/** The journal, the view and the plain fold agree after every fact of every history. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal, replay } from '../../../src/journal/journal.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Members } from '../../../src/model/evolve.ts';
import { MemberView } from '../../../src/streams/member-view.ts';
import { runs } from '../machines/seed.ts';
import { Walk, histories } from '../machines/walk.ts';

const bounds = fc.integer({ min: 1, max: 20 });

describe('folding the facts', () => {
  it('gives the live view, after every prefix and however few facts the journal keeps', () => {
    fc.assert(
      fc.property(histories, bounds, (history, journalEntriesMax) => {
        const journal = new Journal({ journalEntriesMax });
        const view = new MemberView({ journal });
        const folded: Members = new Map();
        for (const fact of new Walk(history).facts) {
          view.apply([fact]);
          evolve(folded, fact);
          expect(view.known).toEqual(folded);
          expect(journal.replay()).toEqual(folded);
          expect(journal.entries.length).toBeLessThanOrEqual(journalEntriesMax);
          const listed = [...folded].filter(([, { memberState }]) => memberState !== 'none');
          expect(new Map(view.members)).toEqual(new Map(listed));
        }
      }),
      runs(200),
    );
  });

  it('gives the view of any moment that the journal still reaches', () => {
    fc.assert(
      fc.property(histories, bounds, (history, journalEntriesMax) => {
        const journal = new Journal({ journalEntriesMax });
        const views: Members[] = [new Map()];
        for (const fact of new Walk(history).facts) {
          const next = new Map(views.at(-1));
          evolve(next, fact);
          views.push(next);
          journal.append(fact);
        }
        const { entries, lastIndex } = journal;
        for (const { index } of entries) expect(journal.replay(index)).toEqual(views[index]);
        expect(journal.base).toEqual(views[lastIndex - entries.length]);
      }),
      runs(200),
    );
  });

  it('gives the same in two parts as in one, through a checkpoint of the middle', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (history, cut) => {
        const journal = new Journal();
        for (const fact of new Walk(history).facts) journal.append(fact);
        const middle = cut % (journal.lastIndex + 1);
        const checkpoint = journal.replay(middle);
        expect(replay(journal.since(middle), checkpoint.values())).toEqual(journal.replay());
      }),
      runs(200),
    );
  });

  it('stays the view over gaps that checkpoints bridge', () => {
    fc.assert(
      fc.property(histories, histories, histories, (before, missed, after) => {
        const journal = new Journal({ journalEntriesMax: 10 });
        const view = new MemberView({ journal });
        const walk = new Walk(before);
        view.apply(walk.facts);
        for (const stimulus of missed) walk.take(stimulus);
        view.reset({ members: [...walk.members.values()] }, walk.now);
        const count = walk.facts.length;
        for (const stimulus of after) walk.take(stimulus);
        view.apply(walk.facts.slice(count));
        expect(view.known).toEqual(walk.members);
        expect(journal.replay()).toEqual(walk.members);
      }),
      runs(200),
    );
  });
});
