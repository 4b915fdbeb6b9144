/** The lines of a snapshot file mean to us what they mean to Serf. */

import { describe, expect, it } from 'vitest';
import {
  formatLine,
  nameUnitsMax,
  parseAddress,
  parseLine,
  snapshotTimeMax,
} from '../../../src/snapshot/snapshot-line.ts';
import type { SnapshotRecord } from '../../../src/snapshot/snapshot-line.ts';

describe('a line of a snapshot file', () => {
  const records: readonly (readonly [string, SnapshotRecord])[] = [
    ['alive: a 127.0.0.1:7946', alive('a', '127.0.0.1', 7_946)],
    ['alive: a [::1]:7946', alive('a', '::1', 7_946)],
    ['alive: a [fe80::1:2]:1', alive('a', 'fe80::1:2', 1)],
    ['alive: two words 10.0.0.1:80', alive('two words', '10.0.0.1', 80)],
    ['alive:  b  10.0.0.1:80', alive(' b ', '10.0.0.1', 80)],
    ['alive: # 10.0.0.1:80', alive('#', '10.0.0.1', 80)],
    ['alive: __proto__ 10.0.0.1:80', alive('__proto__', '10.0.0.1', 80)],
    ['alive: a\r 10.0.0.1:80', alive('a\r', '10.0.0.1', 80)],
    ['not-alive: a', { kind: 'not-alive', name: 'a' }],
    ['not-alive: two words ', { kind: 'not-alive', name: 'two words ' }],
    ['not-alive: clock: 7', { kind: 'not-alive', name: 'clock: 7' }],
    ['clock: 0', { kind: 'clock', time: 0 }],
    ['event-clock: 12', { kind: 'event-clock', time: 12 }],
    ['query-clock: 9000000000000000', { kind: 'query-clock', time: 9_000_000_000_000_000 }],
    ['leave', { kind: 'leave' }],
  ];
  it.each(records)('%j is read, and written the same', (line, record) => {
    expect(parseLine(line)).toEqual(record);
    expect(formatLine(record)).toBe(`${line}\n`);
  });

  it.each(['#', '# alive: a 10.0.0.1:80', 'coordinate: {"Vec":[0]}'])('%j is skipped', (line) => {
    expect(parseLine(line)).toEqual({ kind: 'ignored' });
  });

  it.each([
    ['alive: a', 'bad-address'],
    ['alive: ', 'bad-address'],
    ['alive: a 10.0.0.1', 'bad-address'],
    ['alive: a 10.0.0.1:', 'bad-address'],
    ['alive: a 10.0.0.1:65536', 'bad-address'],
    ['alive: a 10.0.0.1:25clock: 3', 'bad-address'],
    ['alive: a host:80', 'bad-address'],
    ['alive: a ::1:80', 'bad-address'],
    ['alive:  10.0.0.1:80', 'bad-name'],
    ['alive: aalive: b 10.0.0.1:80', 'bad-name'],
    ['not-alive: ', 'bad-name'],
    ['clock: ', 'bad-number'],
    ['clock: -1', 'bad-number'],
    ['clock: 1.5', 'bad-number'],
    ['clock: 1e3', 'bad-number'],
    ['event-clock: 18446744073709551615', 'bad-number'],
    [`query-clock: ${snapshotTimeMax + 1}`, 'bad-number'],
    ['', 'unrecognised'],
    [': ', 'unrecognised'],
    ['leave ', 'unrecognised'],
    ['clock:5', 'unrecognised'],
    ['toString: 5', 'unrecognised'],
    [' alive: a 10.0.0.1:80', 'unrecognised'],
  ])('%j is counted as %s', (line, fault) => {
    expect(parseLine(line)).toEqual({ kind: 'faulty', fault });
  });

  it('holds an IPv4 address in its mapped form as Go prints it', () => {
    expect(formatLine(alive('a', '::ffff:10.0.0.1', 80))).toBe('alive: a 10.0.0.1:80\n');
  });

  it('is not written for a name that would forge another line, or hide in one', () => {
    for (const name of ['a\nleave', '\n', 'a 1.2.3.4:5\nalive: b', 'xalive: y', '']) {
      expect(formatLine(alive(name, '10.0.0.1', 80))).toBeUndefined();
      expect(formatLine({ kind: 'not-alive', name })).toBeUndefined();
    }
    const long = 'x'.repeat(nameUnitsMax + 1);
    expect(formatLine({ kind: 'not-alive', name: long })).toBeUndefined();
  });

  it('loses the zone of an address, which means nothing to others', () => {
    expect(parseAddress('[fe80::1%eth0]:7946')).toEqual({ ip: 'fe80::1', port: 7_946 });
  });
});

function alive(name: string, ip: string, port: number): SnapshotRecord {
  return { kind: 'alive', name, address: { ip, port } };
}
