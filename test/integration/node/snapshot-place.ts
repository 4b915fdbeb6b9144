/** A folder for one test, and a program with a node whose snapshot file is in it. */

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { FolkmootNode, NodeLogger, NodeOptions } from 'folkmoot';

import { Child } from '../../support/child.ts';
import { waitFor } from '../../support/wait-for.ts';
import { replayed } from '../../unit/snapshot/world.ts';
import type { PlainState } from '../../unit/snapshot/world.ts';
import { quick } from './embedded.ts';

const run = promisify(execFile);

export interface Place extends AsyncDisposable {
  readonly folder: string;
  /** Of the snapshot file. */
  readonly path: string;
  /** What the file says now. */
  readonly state: PlainState;
}

/** An empty folder. */
export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'folkmoot-snapshot-'));
  return placeIn(folder, () => rm(folder, { recursive: true, force: true }));
}

/** A file system of so many bytes. Only root may make one. */
export async function makeSmallDisk(bytes: number): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'folkmoot-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return placeIn(folder, async () => {
    await run('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  });
}

function placeIn(folder: string, dispose: () => Promise<void>): Place {
  const path = join(folder, 'node.snapshot');
  return {
    folder,
    path,
    get state() {
      return replayed(existsSync(path) ? readFileSync(path) : new Uint8Array(0));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Waits until the file says what is expected; `check` throws until then. */
export function untilFileSays(place: Place, check: (state: PlainState) => void): Promise<true> {
  return waitFor(
    () => {
      check(place.state);
      return true;
    },
    { describe: 'the file says what is expected', everyMs: 20 },
  );
}

/** The events that a node is told of from now on, as `NAME TIME`. */
export function heardBy(node: FolkmootNode): readonly string[] {
  const events: string[] = [];
  node.event$.subscribe(({ name, time }) => events.push(`${name} ${time}`));
  return events;
}

/** A logger that keeps what is noted above debug, with the name it is about. */
export function listening(): { readonly notes: readonly string[]; readonly logger: NodeLogger } {
  const notes: string[] = [];
  const keep = (fields: object, text: string): void => {
    notes.push('name' in fields ? `${text} ${String(fields.name)}` : text);
  };
  return { notes, logger: { debug: () => undefined, info: keep, warn: keep, error: keep } };
}

const killer = new URL('../../support/worker-killer.mjs', import.meta.url).href;
const program = fileURLToPath(new URL('snapshot-program.mjs', import.meta.url));

export interface ProgramOptions {
  /** Addresses to join. */
  readonly join?: readonly string[];
  /** What SIGUSR2 makes of it: blocked for good, without its engine's thread, or gone from the cluster. */
  readonly onSignal?: 'block' | 'kill' | 'leave';
}

/** A process with one node. It writes `up`, `event NAME TIME`, `member-join NAME`, and its states. */
export class Program extends Child {
  constructor(options: NodeOptions, { join: others = [], onSignal }: ProgramOptions = {}) {
    const limits = { leavePropagateDelayMs: 300, ...options.limits };
    const orders = [{ profile: quick, ...options, limits }, others, onSignal];
    const args = ['--import', killer, program, JSON.stringify(orders)];
    super({ command: process.execPath, args });
  }

  /** The events that it was told of, as `NAME TIME`. */
  get events(): readonly string[] {
    return this.lines.flatMap((line) => (line.startsWith('event ') ? [line.slice(6)] : []));
  }

  /** Waits until it has written this line. */
  async says(line: string, times = 1): Promise<void> {
    await waitFor(() => this.lines.filter((said) => said === line).length >= times, {
      describe: `the program writes "${line}", and not only:\n${this.text()}`,
      everyMs: 20,
    });
  }
}
