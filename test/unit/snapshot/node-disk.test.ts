/** The snapshot on a real disk: what is there afterwards, and with which permissions. */

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolkmootError } from '../../../src/model/error.ts';
import { nodeDisk } from '../../../src/snapshot/node-disk.ts';
import { openSnapshot } from '../../../src/snapshot/snapshot-file.ts';
import type { SnapshotFile, SnapshotFileOptions } from '../../../src/snapshot/snapshot-file.ts';
import { waitFor } from '../../support/wait-for.ts';
import { addresses, at, failed, joined, replayOptions, replayed } from './world.ts';

let folder = '';
let now = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folkmoot-snapshot-'));
  now = 1_000;
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a snapshot file on a real disk', () => {
  it('is made readable for all, and keeps what was told', async () => {
    const file = await open('s');
    tell(file, 'a', 1);
    await file.close();
    expect(textOf('s')).toBe('alive: a 127.0.0.1:1\n');
    expect(modeOf('s')).toBe(0o644 & ~process.umask());
  });

  it('goes on after what is there, without a torn end', async () => {
    writeFileSync(pathOf('s'), 'clock: 7\nalive: a 127.0.0.1:25');
    const file = await open('s');
    expect(file.state).toMatchObject({ memberTime: 7, tornBytes: 21 });
    tell(file, 'b', 2);
    await file.close();
    expect(textOf('s')).toBe('clock: 7\nalive: b 127.0.0.1:2\n');
  });

  it('is compacted in its place, with its permissions and without leftovers', async () => {
    writeFileSync(pathOf('s'), 'clock: 7\n'.repeat(200));
    writeFileSync(pathOf('s.compact'), 'left by one that was killed');
    chmodSync(pathOf('s'), 0o640);
    const file = await open('s', { compactBytesMin: 1_000 });
    file.expire(now);
    await waitFor(() => file.stats.compactions === 1, { describe: 'it was compacted', everyMs: 5 });
    expect(textOf('s')).toBe('clock: 7\nevent-clock: 0\nquery-clock: 0\n');
    expect(modeOf('s')).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['s']);
    tell(file, 'a', 1);
    await file.close();
    expect(replayed(readFileSync(pathOf('s'))).nodes).toEqual({ a: '127.0.0.1:1' });
  });

  it('stays where a symbolic link says', async () => {
    mkdirSync(pathOf('data'));
    writeFileSync(pathOf('data/s'), 'clock: 7\n'.repeat(200));
    symlinkSync('data/s', pathOf('link'));
    const file = await open('link', { compactBytesMin: 1_000 });
    file.expire(now);
    await waitFor(() => file.stats.compactions === 1, { describe: 'it was compacted', everyMs: 5 });
    await file.close();
    expect(textOf('data/s')).toBe('clock: 7\nevent-clock: 0\nquery-clock: 0\n');
    expect(readFileSync(pathOf('link'), 'utf8')).toBe(textOf('data/s'));
  });

  it('is written anew after it was moved away', async () => {
    const file = await open('s');
    tell(file, 'a', 1);
    await waitFor(() => textOf('s') !== '', { describe: 'it was written', everyMs: 5 });
    renameSync(pathOf('s'), pathOf('moved'));
    now += 40_000;
    file.expire(now);
    await waitFor(() => file.stats.compactions === 1, {
      describe: 'it was written anew',
      everyMs: 5,
    });
    await file.close();
    expect(replayed(readFileSync(pathOf('s'))).nodes).toEqual({ a: '127.0.0.1:1' });
  });

  it('is cut back and appended to where nothing new can be made', async () => {
    mkdirSync(pathOf('s.compact')); // In the way of every compaction.
    writeFileSync(pathOf('s.compact/x'), '');
    writeFileSync(pathOf('s'), 'clock: 7\n'.repeat(200));
    const file = await open('s', { compactBytesMin: 1_000 });
    file.expire(now);
    await waitFor(() => file.stats.errors === 1, { describe: 'it could not', everyMs: 5 });
    tell(file, 'a', 1);
    await file.close();
    expect(replayed(readFileSync(pathOf('s'))).nodes).toEqual({ a: '127.0.0.1:1' });
  });

  it('cannot be a folder, a pipe, or in a folder that is not there', async () => {
    mkdirSync(pathOf('folder'));
    execFileSync('mkfifo', [pathOf('pipe')]);
    for (const name of ['folder', 'pipe', 'nowhere/s']) {
      const error: unknown = await open(name).catch((caught: unknown) => caught);
      expect(FolkmootError.is(error) && error.toRecord()).toMatchObject({
        code: 'ERR_OPTION',
        details: { option: 'snapshot.path', value: pathOf(name) },
      });
    }
  });

  it('takes thousands of members and gives them back', async () => {
    const file = await open('s', { nodesMax: 20_000 });
    for (let index = 0; index < 10_000; index += 1) {
      for (const fact of joined(`node-${index}`, at(index))) file.fact(fact);
    }
    for (const fact of failed('node-77')) file.fact(fact);
    file.expire(now);
    await file.close();
    const again = await open('s', { nodesMax: 20_000 });
    expect(again.state.nodes.size).toBe(9_999);
    expect(addresses(again.state.nodes)).toMatchObject({ 'node-9999': '127.0.0.1:9999' });
    await again.close();
  });
});

function open(name: string, options: Partial<SnapshotFileOptions> = {}): Promise<SnapshotFile> {
  return openSnapshot({
    ...replayOptions,
    path: pathOf(name),
    disk: nodeDisk,
    now: () => now,
    note: () => undefined,
    clocks: () => undefined,
    ...options,
  });
}

function tell(file: SnapshotFile, name: string, port: number): void {
  for (const fact of joined(name, at(port))) file.fact(fact);
  file.expire(now);
}

function pathOf(name: string): string {
  return join(folder, name);
}

function textOf(name: string): string {
  return readFileSync(pathOf(name), 'utf8');
}

function modeOf(name: string): number {
  return statSync(pathOf(name)).mode & 0o777;
}
