/** The example of docs/OBSERVING.md is what a node says. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { Journal } from '../../../src/journal/journal.ts';
import type { Cause, NodeClaim } from '../../../src/model/fact.ts';
import { explain } from '../../../src/node/why.ts';
import { arrival, claim, fact } from './facts.ts';

const start = Date.UTC(2026, 0, 1, 3, 10);
const consequence: Cause = { kind: 'consequence' };
const addresses = new Map([
  ['web-1', '10.0.0.1'],
  ['web-2', '10.0.0.2'],
  ['app-1', '10.0.0.3'],
  ['app-2', '10.0.0.4'],
  ['db-1', '10.0.0.5'],
  ['db-2', '10.0.0.6'],
]);

function claimOf(name: string): NodeClaim {
  return { ...claim(1), address: { ip: addresses.get(name) ?? '', port: 7_946 } };
}

function heardFrom(name: string): Cause {
  return { kind: 'gossip', via: `${addresses.get(name)}:7946` };
}

/** The journal of web-1. */
function journal(): Journal {
  const kept = new Journal();
  const about = { name: 'db-2', incarnation: 1 } as const;
  const report = {
    sequence: 9,
    startedAt: start + 141_541,
    timeoutMs: 1_000,
    relays: [
      { name: 'app-1', outcome: 'nack' },
      { name: 'web-2', outcome: 'nack' },
      { name: 'db-1', outcome: 'silent' },
    ],
    stream: 'failed',
    awareness: 0,
  } as const;
  const ranOut: Cause = {
    kind: 'suspicion-timeout',
    accusers: ['app-2', 'web-2', 'web-1'],
    wanted: 2,
    suspectedAt: start + 141_337,
    timeoutMs: 4_000,
    awareness: 0,
  };
  for (const name of addresses.keys()) {
    const [, joined] = arrival(name, start);
    const cause: Cause = { kind: 'push-pull', via: `${addresses.get(name)}:34349` };
    kept.append(fact({ kind: 'node-joined', at: start, cause, ...claimOf(name), name }));
    if (joined !== undefined) kept.append({ ...joined, cause: consequence });
  }
  for (const each of [
    fact({
      kind: 'node-suspected',
      ...about,
      at: start + 141_337,
      from: 'app-2',
      cause: heardFrom('app-2'),
    }),
    fact({
      kind: 'suspicion-confirmed',
      ...about,
      at: start + 142_303,
      from: 'web-2',
      cause: heardFrom('app-1'),
    }),
    fact({
      kind: 'suspicion-confirmed',
      ...about,
      at: start + 142_541,
      from: 'web-1',
      cause: { kind: 'probe', report },
    }),
    fact({ kind: 'node-failed', ...about, at: start + 145_337, from: 'web-1', cause: ranOut }),
    fact({ kind: 'member-failed', name: 'db-2', at: start + 145_337, cause: consequence }),
  ]) {
    kept.append(each);
  }
  return kept;
}

it('is in the document, word for word', () => {
  const path = fileURLToPath(new URL('../../../docs/OBSERVING.md', import.meta.url));
  const text = explain(journal(), 'db-2', 'web-1').explain(start + 400_000);
  expect(readFileSync(path, 'utf8')).toContain(`\`\`\`text\n${text}\n\`\`\``);
});
