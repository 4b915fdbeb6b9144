/**
 * A snapshot file that ends anywhere: it is never a crash, never a member that was not there, at worst
 * less history; and it goes on from there.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLine } from '../../../src/snapshot/snapshot-line.ts';
import type { SnapshotRecord } from '../../../src/snapshot/snapshot-line.ts';
import { SnapshotReplay, replaySnapshot } from '../../../src/snapshot/snapshot-replay.ts';
import { MemoryDisk } from '../../unit/snapshot/memory-disk.ts';
import {
  at,
  joined,
  openWorld,
  path,
  plain,
  replayOptions,
  text,
} from '../../unit/snapshot/world.ts';
import { runs } from '../machines/seed.ts';
import { forgedNames, records, statesOf } from './histories.ts';

const histories = fc.array(records, { maxLength: 40, size: 'max' });
const shortHistories = fc.array(records, { maxLength: 12, size: 'max' });

describe('a file that ends at any byte', () => {
  it('says what its whole lines say, and no more', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (history, rejoinAfterLeave) => {
        const states = statesOf(history, rejoinAfterLeave);
        const ends = endsOf(history);
        const file = fileOf(history);
        let whole = 0;
        for (let length = 0; length <= file.length; length += 1) {
          if (ends[whole + 1] === length) whole += 1;
          const options = { ...replayOptions, rejoinAfterLeave };
          const state = replaySnapshot(file.subarray(0, length), options);
          expect(plain(state)).toEqual(states[whole]);
          expect(state.wholeBytes).toBe(ends[whole]);
          expect(state.tornBytes).toBe(length - state.wholeBytes);
          expect(state.warnings.size).toBe(0);
        }
      }),
      runs(40),
    );
  });

  it('is gone on with as if its torn line had never been', async () => {
    await fc.assert(
      fc.asyncProperty(shortHistories, async (history) => {
        const states = statesOf(history, false);
        const ends = endsOf(history);
        const file = fileOf(history);
        for (let length = 0; length <= file.length; length += 1) {
          const disk = new MemoryDisk();
          const world = await openWorld(disk);
          (disk.files.get(path) as { bytes: Buffer }).bytes = file.subarray(0, length);
          await world.open();
          for (const fact of joined('new one', at(1))) world.file.fact(fact);
          await world.file.close();
          const before = states[ends.findLastIndex((end) => end <= length)];
          expect(world.state).toEqual({
            nodes: { ...before?.nodes, 'new one': '127.0.0.1:1' },
            clocks: before?.clocks,
          });
        }
      }),
      runs(20),
    );
  });
});

describe('a file', () => {
  it('says the same in whatever chunks it is read', () => {
    fc.assert(
      fc.property(histories, fc.array(fc.integer({ min: 1, max: 50 })), (history, sizes) => {
        const file = fileOf(history);
        const replay = new SnapshotReplay(replayOptions);
        let start = 0;
        for (const size of sizes) {
          replay.push(file.subarray(start, start + size));
          start += size;
        }
        replay.push(file.subarray(start));
        expect(replay.state).toEqual(replaySnapshot(file, replayOptions));
      }),
      runs(200),
    );
  });

  it('of any bytes is read without a crash, and every member in it is one that a line names', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const prefixes = fc.constantFrom(
      'alive: ',
      'not-alive: ',
      'clock: ',
      'leave',
      '\n',
      ' ',
      ':',
      '#',
    );
    const parts = fc.array(fc.oneof(bytes, prefixes.map(text.encode)), { maxLength: 60 });
    fc.assert(
      fc.property(parts, (all) => {
        const file = Buffer.concat(all);
        const { nodes, wholeBytes, tornBytes } = replaySnapshot(file, replayOptions);
        expect(wholeBytes + tornBytes).toBe(file.length);
        const lines = text.decode(file).split('\n');
        for (const name of nodes.keys()) {
          expect(lines.some((line) => line.startsWith(`alive: ${name} `))).toBe(true);
        }
      }),
      runs(500),
    );
  });

  it('cannot be made to say anything by the name of a member', () => {
    fc.assert(
      fc.property(forgedNames, (name) => {
        const address = { ip: '127.0.0.1', port: 1 };
        expect(formatLine({ kind: 'alive', name, address })).toBeUndefined();
        expect(formatLine({ kind: 'not-alive', name })).toBeUndefined();
      }),
      runs(20),
    );
  });
});

function fileOf(history: readonly SnapshotRecord[]): Buffer {
  return Buffer.concat(history.map((record) => text.encode(formatLine(record) ?? '')));
}

/** Where each line ends, the first before any. */
function endsOf(history: readonly SnapshotRecord[]): readonly number[] {
  const ends = [0];
  for (const record of history) {
    ends.push((ends.at(-1) ?? 0) + text.encode(formatLine(record) ?? '').length);
  }
  return ends;
}
