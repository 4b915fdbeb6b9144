/** Random histories of a snapshot file, and what they mean, told without the code under test. */

import fc from 'fast-check';
import type { SnapshotRecord } from '../../../src/snapshot/snapshot-line.ts';
import type { PlainState } from '../../unit/snapshot/world.ts';

/** Names that look like lines, have blanks anywhere, or are no UTF-8; all of them can be written. */
const oddNames = [
  'a',
  'b',
  'node-1',
  'node-10',
  'two words',
  ' edge ',
  '#',
  'leave',
  'clock: 7',
  'coordinate: ',
  '127.0.0.1:80',
  '__proto__',
  'naïve ☃',
  'no utf-8 \udcff',
  'return\r',
] as const;

export const names: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...oddNames) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1 }).filter(isWritable) },
);

/** Names that no line can hold. */
export const forgedNames: fc.Arbitrary<string> = fc.constantFrom(
  '',
  'x\n',
  'x\nleave',
  'x\nalive: victim 6.6.6.6:6',
  'alive: victim',
);

const ips = fc.constantFrom('127.0.0.1', '10.1.2.3', '::1', 'fe80::1:2');

export const addressesOf = fc.record({ ip: ips, port: fc.integer({ min: 0, max: 65_535 }) });

const clockKinds = fc.constantFrom('clock', 'event-clock', 'query-clock');

export const records: fc.Arbitrary<SnapshotRecord> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('alive'), name: names, address: addressesOf }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('not-alive'), name: names }) },
  { weight: 3, arbitrary: fc.record({ kind: clockKinds, time: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'leave' } as const) },
);

/** What the records say after each of them, the first before any. */
export function statesOf(
  history: readonly SnapshotRecord[],
  rejoinAfterLeave: boolean,
): readonly PlainState[] {
  let nodes = new Map<string, string>();
  let clocks = [0, 0, 0];
  const states = [{ nodes: Object.fromEntries(nodes), clocks }];
  for (const record of history) {
    if (record.kind === 'alive') nodes.set(record.name, textOf(record.address));
    else if (record.kind === 'not-alive') nodes.delete(record.name);
    else if (record.kind === 'leave') {
      if (!rejoinAfterLeave) [nodes, clocks] = [new Map(), [0, 0, 0]];
    } else {
      const index = ['clock', 'event-clock', 'query-clock'].indexOf(record.kind);
      clocks = clocks.with(index, record.time);
    }
    states.push({ nodes: Object.fromEntries(nodes), clocks });
  }
  return states;
}

export function textOf({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function isWritable(name: string): boolean {
  return !/\n|alive: /.test(name);
}
