/** Facts about one member as they come, and the reasons that they make. */

import { reasonsFor } from '../../../src/journal/explanation.ts';
import type { Reasons } from '../../../src/journal/explanation.ts';
import { Journal } from '../../../src/journal/journal.ts';
import type { Cause, Fact, ProbeReport } from '../../../src/model/fact.ts';
import { fact } from './facts.ts';

export const observer = 'us';

/** The reasons for `web` after these facts, in a journal that keeps `journalEntriesMax` of them. */
export function reasons(facts: readonly Fact[], journalEntriesMax = 1_000): Reasons {
  const journal = new Journal({ journalEntriesMax });
  for (const each of facts) journal.append(each);
  return reasonsFor(journal, 'web', observer);
}

export function texts({ chain }: Reasons): readonly string[] {
  return chain.map(({ text }) => text);
}

export const consequence: Cause = { kind: 'consequence' };
export const gossip: Cause = { kind: 'gossip', via: '10.0.0.2:7946' };
export const pushPull: Cause = { kind: 'push-pull', via: '10.0.0.2:7946' };

export const report: ProbeReport = {
  sequence: 1,
  startedAt: 500,
  timeoutMs: 1_000,
  relays: [
    { name: 'a', outcome: 'nack' },
    { name: 'b', outcome: 'nack' },
    { name: 'c', outcome: 'silent' },
  ],
  stream: 'failed',
  awareness: 0,
};

export function suspected(
  at: number,
  cause: Cause = { kind: 'probe', report },
  from = observer,
): Fact {
  return fact({ kind: 'node-suspected', at, incarnation: 1, from, cause });
}

export function failed(at: number, cause: Cause, from = observer): readonly Fact[] {
  return [
    fact({ kind: 'node-failed', at, incarnation: 1, from, cause }),
    fact({ kind: 'member-failed', at, cause: consequence }),
  ];
}

export const ranOut: Cause = {
  kind: 'suspicion-timeout',
  accusers: [observer, 'a'],
  wanted: 2,
  suspectedAt: 1_000,
  timeoutMs: 4_200,
  awareness: 1,
};
