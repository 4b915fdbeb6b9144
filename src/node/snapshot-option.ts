/** The option `snapshot`: the file by which a node finds its cluster again. */

import { resolve } from 'node:path';

import { flushIntervalMsDefault } from '../snapshot/snapshot-file.ts';
import type { SnapshotSettings } from '../workers/snapshot-keeper.ts';
import { optionError, parseBoolean, parseInteger, refuseUnknown } from './option-values.ts';

export interface SnapshotInput {
  /** The file. One for each node; it is made if it is not there. */
  readonly path: string;
  /**
   * Rejoin and keep the clocks also after a graceful leave, as if the node had been killed instead.
   * Default false, as Serf.
   */
  readonly rejoinAfterLeave?: boolean | undefined;
  /**
   * What happens is written at most this much later, so it is what a kill -9 may cost. 10 ms to an hour;
   * default 500 ms, as Serf.
   */
  readonly flushIntervalMs?: number | undefined;
}

/** A file for which every step is a write of its own would hold the thread up. */
const flushRule = { min: 10, max: 60 * 60 * 1_000 };

/** The settings that an option stands for; a text is a path. */
export function parseSnapshot(input: unknown): SnapshotSettings {
  if (typeof input !== 'object' || input === null) {
    return parseSnapshot({ path: input });
  }
  refuseUnknown('snapshot', input, ['path', 'rejoinAfterLeave', 'flushIntervalMs']);
  const given = new Map<string, unknown>(Object.entries(input));
  const flushIntervalMs = given.get('flushIntervalMs') ?? flushIntervalMsDefault;
  return {
    path: parsePath(given.get('path')),
    rejoinAfterLeave: parseBoolean(
      'snapshot.rejoinAfterLeave',
      given.get('rejoinAfterLeave') ?? false,
    ),
    flushIntervalMs: parseInteger('snapshot.flushIntervalMs', flushIntervalMs, flushRule),
  };
}

/** Made absolute now: a thread that is started again later is to open the same file. */
function parsePath(path: unknown): string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return resolve(path);
  throw optionError('snapshot.path', path, 'Give the path of a file.');
}
