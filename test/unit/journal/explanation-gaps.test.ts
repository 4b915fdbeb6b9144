import { describe, expect, it } from 'vitest';
import { reasonsFor, stepsMax } from '../../../src/journal/explanation.ts';
import { explanationText } from '../../../src/journal/explanation-text.ts';
import { Journal } from '../../../src/journal/journal.ts';
import type { Cause } from '../../../src/model/fact.ts';
import { arrival, claim, fact } from './facts.ts';
import { failed, observer, ranOut, reasons, suspected, texts } from './reasons.ts';

describe('what is not known', () => {
  it('is said of a name that nobody has', () => {
    const told = reasonsFor(new Journal(), 'nobody', observer);
    expect(told).toMatchObject({ status: 'unknown', since: undefined, chain: [], gaps: [] });
    expect(explanationText(told, 0)).toBe('us knows nothing of a member called nobody.');
  });

  it('is said of a name that the journal may have forgotten', () => {
    const journal = new Journal({ journalEntriesMax: 1 });
    for (const each of arrival()) journal.append(each);
    expect(explanationText(reasonsFor(journal, 'nobody', observer), 0)).toBe(
      'us knows nothing of a member called nobody.\nIf there was one: the journal goes back to 1970-01-01T00:00:00.001Z only; a larger journalEntriesMax reaches further.',
    );
  });

  it('is said where the journal has dropped the reasons', () => {
    const facts = [...arrival(), suspected(1_000), ...failed(5_200, ranOut)];
    const told = reasons([...facts, ...arrival('other', 6_000)], 2);
    expect(told).toMatchObject({ status: 'failed', since: 5_200, chain: [], gaps: ['dropped'] });
    expect(explanationText(told, 7_000)).toContain('Why is not known any more: the journal goes');
  });

  it('is said where the journal has dropped the beginning only', () => {
    const told = reasons([...arrival(), suspected(1_000), ...failed(5_200, ranOut)], 2);
    expect(told).toMatchObject({ status: 'failed', since: 5_200, gaps: ['dropped'] });
    expect(told.chain).toHaveLength(1);
    expect(explanationText(told, 7_000)).toContain('What was before is not known any more');
  });

  it('is said of what a checkpoint told, and why', () => {
    const cause: Cause = { kind: 'checkpoint' };
    const told = reasons([
      ...arrival(),
      fact({ kind: 'node-refreshed', at: 3, cause, ...claim(2) }),
      fact({ kind: 'node-failed', at: 5, incarnation: 2, from: '', cause }),
      fact({ kind: 'member-failed', at: 5, cause }),
    ]);
    expect(told).toMatchObject({ status: 'failed', gaps: ['checkpoint'] });
    expect(told.chain).toHaveLength(2);
    expect(texts(told).at(-1)).toBe(
      'News of it was missed, because the main thread of us was blocked for long or its engine was started again: how it came about is not known. Afterwards it was failed.',
    );
  });

  it('begins anew with a checkpoint by which the member came', () => {
    const cause: Cause = { kind: 'checkpoint' };
    const told = reasons(arrival().map((each) => ({ ...each, cause })));
    expect(told).toMatchObject({ status: 'alive', gaps: ['checkpoint'] });
    expect(told.chain).toHaveLength(1);
    expect(told.chain[0]?.entries).toHaveLength(2);
  });
});

it('keeps a chain short however much happens, its beginning and its end', () => {
  const facts = [...arrival()];
  for (let at = 2; at < 1_000; at += 1) {
    facts.push(fact({ kind: 'suspicion-confirmed', at, incarnation: 1, from: `n${at}` }));
  }
  const told = reasons(facts);
  expect(told.chain).toHaveLength(stepsMax);
  expect(told.chain[0]?.at).toBe(1);
  expect(told.chain.at(-1)?.at).toBe(999);
});

describe('the text', () => {
  it('has a line a step, with absolute and relative times', () => {
    const told = reasons([...arrival(), suspected(61_000), ...failed(65_200, ranOut)]);
    const [head, ...lines] = explanationText(told, 70_000).split('\n');
    expect(head).toBe('web is failed, as us sees it, since 1970-01-01T00:01:05.200Z (for 4.8 s).');
    expect(lines.map((line) => line.slice(0, 40))).toEqual([
      '1970-01-01T00:00:00.001Z  1 min 10 s ago',
      '1970-01-01T00:01:01.000Z  9 s ago       ',
      '1970-01-01T00:01:05.200Z  4.8 s ago     ',
    ]);
  });
});
