/** What files say, those of real Go agents first. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lineBytesMax } from '../../../src/snapshot/snapshot-line.ts';
import { SnapshotReplay, replaySnapshot } from '../../../src/snapshot/snapshot-replay.ts';
import { addresses, plain, replayOptions, replayed } from './world.ts';

describe('a file that a Go agent left', () => {
  it('when it was killed gives its members and clocks', () => {
    expect(replayed(vector('killed-serf-0.10.2'))).toEqual({
      nodes: {
        'node-a': '127.0.0.1:25110',
        'node-b': '127.0.0.1:25111',
        'node-c': '127.0.0.1:25112',
      },
      clocks: [2, 1, 4],
    });
  });

  it('while it runs gives those that did not fail', () => {
    expect(replayed(vector('running-serf-0.9.4'))).toEqual({
      nodes: { 'node-a': '127.0.0.1:25110', 'node-b': '127.0.0.1:25111' },
      clocks: [9, 1, 4],
    });
  });

  it('when it was compacted gives all of them', () => {
    const { nodes, clocks } = replayed(vector('compacted-serf-0.10.2'));
    const numbered = Array.from({ length: 20 }, (_, index) => index + 20);
    expect(nodes).toEqual({
      'go-s': '127.0.0.1:25848',
      ...Object.fromEntries(numbered.map((n) => [`node-${n}`, `127.0.0.1:${20_000 + n}`])),
    });
    expect(clocks).toEqual([1_400, 1_399, 1_399]);
  });

  it.each([
    ['left-serf-0.10.1', 6],
    ['left-serf-0.9.4', 11],
  ])('when it left (%s) gives nothing but the clock after the leave', (name, clock) => {
    const state = replaySnapshot(vector(name), replayOptions);
    expect(plain(state)).toEqual({ nodes: {}, clocks: [clock, 0, 0] });
    expect(state.left).toBe(true);
  });

  it('when it left gives what was before to one that rejoins after a leave', () => {
    expect(replayed(vector('left-serf-0.10.1'), true)).toEqual({
      nodes: { 'node-a': '127.0.0.1:25120', 'node-b': '127.0.0.1:25121' },
      clocks: [6, 3, 11],
    });
    expect(replayed(vector('left-serf-0.9.4'), true)).toEqual({
      nodes: { 'node-a': '127.0.0.1:25110' },
      clocks: [11, 1, 4],
    });
  });

  it.each([
    'killed-serf-0.10.2',
    'running-serf-0.9.4',
    'left-serf-0.10.1',
    'compacted-serf-0.10.2',
  ])('has no line that is warned about (%s)', (name) => {
    const { warnings, wholeBytes, tornBytes } = replaySnapshot(vector(name), replayOptions);
    expect([...warnings]).toEqual([]);
    expect(wholeBytes).toBe(vector(name).length);
    expect(tornBytes).toBe(0);
  });
});

describe('replay', () => {
  it('takes the last word on each member', () => {
    const state = replayed(lines('alive: a 10.0.0.1:1', 'not-alive: a', 'alive: a 10.0.0.2:2'));
    expect(state.nodes).toEqual({ a: '10.0.0.2:2' });
  });

  it('ignores a last line that has no end', () => {
    const torn = Buffer.from('alive: a 10.0.0.1:25110\nalive: b 10.0.0.1:251');
    const { nodes, wholeBytes, tornBytes } = replaySnapshot(torn, replayOptions);
    expect(addresses(nodes)).toEqual({ a: '10.0.0.1:25110' });
    expect({ wholeBytes, tornBytes }).toEqual({ wholeBytes: 24, tornBytes: 21 });
  });

  it('counts what it cannot read, and reads on', () => {
    const { nodes, eventTime, warnings } = replaySnapshot(
      lines('event-clock: 5', 'event-clock: x', 'alive: b', '?', '', 'alive: c 10.0.0.1:1'),
      replayOptions,
    );
    expect(addresses(nodes)).toEqual({ c: '10.0.0.1:1' });
    expect(eventTime).toBe(5);
    expect(Object.fromEntries(warnings)).toEqual({
      'bad-number': 1,
      'bad-address': 1,
      unrecognised: 2,
    });
  });

  it('makes no member of a line that a Go agent continued after it was killed', () => {
    const glued = lines('alive: a 10.0.0.1:25alive: b 10.0.0.1:2', 'alive: c 10.0.0.1:3');
    expect(replayed(glued).nodes).toEqual({ c: '10.0.0.1:3' });
  });

  it('keeps names that are no UTF-8 as they are', () => {
    const bytes = Buffer.concat([
      Buffer.from('alive: '),
      Buffer.of(0xff, 0xc3),
      lines(' 10.0.0.1:1'),
    ]);
    const { nodes } = replaySnapshot(bytes, replayOptions);
    expect([...nodes.keys()].map((name) => [...replayOptions.text.encode(name)])).toEqual([
      [0xff, 0xc3],
    ]);
  });

  it('remembers a bounded number of members, and of those what is new', () => {
    const many = lines('alive: a 10.0.0.1:1', 'alive: b 10.0.0.1:2', 'alive: c 10.0.0.1:3');
    const again = lines('alive: b 10.0.0.1:4', 'not-alive: a', 'alive: d 10.0.0.1:5');
    const state = replaySnapshot(Buffer.concat([many, again]), { ...replayOptions, nodesMax: 2 });
    expect(addresses(state.nodes)).toEqual({ b: '10.0.0.1:4', d: '10.0.0.1:5' });
    expect(state.warnings.get('too-many-nodes')).toBe(1);
  });

  it('passes over lines without end in bounded memory', () => {
    const replay = new SnapshotReplay(replayOptions);
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    replay.push(lines('alive: a 10.0.0.1:1'));
    for (let count = 0; count < 64; count += 1) replay.push(megabyte);
    expect(replay.state.tornBytes).toBe(64 * megabyte.length);
    replay.push(lines('', 'alive: b 10.0.0.1:2'));
    expect(addresses(replay.state.nodes)).toEqual({ a: '10.0.0.1:1', b: '10.0.0.1:2' });
    expect(replay.state.warnings.get('line-too-long')).toBe(1);
    expect(replay.state.tornBytes).toBe(0);
  });

  it('reads a line of the greatest length, and none that is longer', () => {
    const longest = `#${'x'.repeat(lineBytesMax - 1)}`;
    const { warnings } = replaySnapshot(lines(longest, `${longest}x`), replayOptions);
    expect([...warnings]).toEqual([['line-too-long', 1]]);
  });
});

function vector(name: string): Buffer {
  return readFileSync(new URL(`../../vectors/snapshot/${name}.snap`, import.meta.url));
}

function lines(...all: readonly string[]): Buffer {
  return Buffer.from(all.map((line) => `${line}\n`).join(''));
}
