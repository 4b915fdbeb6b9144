/** Disks that do not take a snapshot file: at the start that is an error, later a note and a counter. */

import { chmod, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FolkmootError } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { freePort } from '../../support/ports.ts';
import { aliveView, allSee } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, observers, runtimes } from './embedded.ts';
import { listening, makePlace, makeSmallDisk } from './snapshot-place.ts';
import type { Place } from './snapshot-place.ts';

const isRoot = process.getuid?.() === 0;

describe.each(runtimes)('with the %s runtime', (runtime) => {
  it.each([
    ['is a folder', (place: Place) => place.folder],
    ['is in a folder that is not there', (place: Place) => join(place.folder, 'no', 'where')],
    ['is below a file', (place: Place) => join(place.path, 'below')],
    ['is a device', () => '/dev/full'],
  ])(
    'a snapshot file that %s is refused at the start, and nothing is left running',
    async (_, of) => {
      await using place = await makePlace();
      await writeFile(place.path, '');
      const bind = `127.0.0.1:${await freePort('127.0.0.1')}`;
      const path = of(place);
      const error = await rejection(embed('a', { runtime, bind, snapshot: path }));
      expect(error.code).toBe('ERR_OPTION');
      expect(error.details).toMatchObject({ option: 'snapshot.path', value: path });
      expect(error.message).toContain(path);
      await using node = await embed('a', { runtime, bind });
      expect(node.state).toBe('alive');
    },
  );

  it('a disk that has no room is noted and counted, and the node lives', async () => {
    await using place = await makeFullDisk();
    await using a = await embed('a', { runtime });
    const { notes, logger } = listening();
    const b = await embed('b', { runtime, snapshot: place.path, logger });
    await b.join([at(a)]);
    await allSee(observers(a, b), aliveView(observers(a, b)));
    await waitFor(async () => ((await b.stats()).snapshot?.errors ?? 0) > 0, {
      describe: 'the failure is counted',
    });
    expect(notes.join('\n')).toMatch(/the snapshot file cannot be (?:written|compacted)/);
    await a.emit('still here');
    await waitFor(async () => (await b.stats()).eventTime === 2, { describe: 'b goes on' });
    await place.makeRoom();
    await b.shutdown();
    expect(Object.keys(place.state.nodes).toSorted()).toEqual(['a', 'b']);
    expect(place.state.clocks[1]).toBe(1);
  });

  it('a file whose folder is removed under it does not end the node', async () => {
    await using place = await makePlace();
    await using a = await embed('a', { runtime });
    const snapshot = { path: place.path, flushIntervalMs: 10 };
    const b = await embed('b', { runtime, snapshot });
    await rm(place.folder, { recursive: true });
    await b.join([at(a)]);
    await allSee(observers(a, b), aliveView(observers(a, b)));
    await b.shutdown();
    expect(await b.closed).toEqual({ kind: 'shutdown', hasLeft: false });
  });
});

interface FullDisk extends Place {
  makeRoom(): Promise<void>;
}

const blockBytes = 4_096;

/**
 * A place where nothing more can be written. Who may make a file system gets one without a free block;
 * others a file that is due to be compacted in a folder that takes no new file.
 */
async function makeFullDisk(): Promise<FullDisk> {
  if (!isRoot) return makeClosedFolder();
  const place = await makeSmallDisk(4 * blockBytes);
  await writeFile(place.path, comments(blockBytes));
  const filler = join(place.folder, 'filler');
  await writeFile(filler, new Uint8Array(4 * blockBytes)).catch(() => undefined);
  expect((await stat(filler)).size).toBeGreaterThan(0);
  return withRoom(place, () => rm(filler));
}

async function makeClosedFolder(): Promise<FullDisk> {
  const place = await makePlace();
  await writeFile(place.path, comments(64 * blockBytes));
  await chmod(place.folder, 0o555);
  return withRoom(place, () => chmod(place.folder, 0o755));
}

function withRoom(place: Place, makeRoom: () => Promise<void>): FullDisk {
  return {
    folder: place.folder,
    path: place.path,
    get state() {
      return place.state;
    },
    makeRoom,
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** Lines that say nothing, filling exactly so many bytes. */
function comments(bytes: number): string {
  return `#${'.'.repeat(62)}\n`.repeat(bytes / 64);
}

async function rejection(promise: Promise<unknown>): Promise<FolkmootError> {
  const error = await promise.then(
    () => new Error('it was not rejected'),
    (reason: unknown) => reason,
  );
  if (FolkmootError.is(error)) return error;
  throw error;
}
