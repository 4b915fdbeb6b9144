/**
 * Keeps the snapshot file: replays it, appends what happens, compacts it when it has grown, and goes on
 * as soon as it can when the disk refuses. Nothing here waits on the caller's time, and no trouble
 * with the disk is more than a note and a counter.
 */

import type { Note } from '../core/output.ts';
import { FolkmootError } from '../model/error.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import type { Disk } from './disk.ts';
import { LogFile } from './log-file.ts';
import type { FoldOptions, SnapshotClocks } from './snapshot-fold.ts';
import type { TextCodec } from './snapshot-line.ts';
import { SnapshotReplay } from './snapshot-replay.ts';
import type { SnapshotState } from './snapshot-replay.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

/** Lines wait at most this long, so a process that is killed loses no more than that of its history. */
export const flushIntervalMsDefault = 500;

/** A smaller file is not compacted (Serf's value). */
export const compactBytesMinDefault = 128 * 1024;

/** What Serf reckons for a member; a file of twice that for each is compacted. */
const bytesPerNode = 128;

/** Between attempts to mend what failed (Serf's value), and between looks whether the file is there. */
export const recoveryIntervalMs = 30_000;

/** Nothing is read or appended beyond: what is so long is no snapshot any more. */
export const snapshotBytesMax = 1024 * 1024 * 1024;

/** As Serf makes it. Its compacted file is executable (0755), for no reason; ours keeps its mode. */
const fileMode = 0o644;

export interface SnapshotFileOptions extends FoldOptions {
  readonly path: string;
  readonly disk: Disk;
  readonly text: TextCodec;
  /** Milliseconds, never falling; what {@link SnapshotFile.expire} is given. */
  now(): number;
  note(note: Note): void;
  /** The newest times seen so far; `undefined` while there is no engine. */
  clocks(): SnapshotClocks | undefined;
  /** Longer: fewer writes, more history lost by a kill. */
  readonly flushIntervalMs?: number;
  readonly compactBytesMin?: number;
}

/** Numbers for `stats()`, as plain data. */
export interface SnapshotStats {
  readonly bytes: number;
  readonly nodes: number;
  readonly compactions: number;
  /** Attempts to write that failed. */
  readonly errors: number;
  /** Members that were not recorded, because of their names or their number. */
  readonly refused: number;
  /** Whether the file lacks something that it cannot be given now. */
  readonly isBehind: boolean;
}

/** Opens and replays the file. Rejects with `ERR_OPTION` if it cannot be opened. */
export async function openSnapshot(options: SnapshotFileOptions): Promise<SnapshotFile> {
  const { path } = options;
  try {
    const log = await LogFile.open(options, fileMode);
    const replay = new SnapshotReplay(options);
    const file = { log, replay, readError: await read(log, replay) };
    return new SnapshotFile(options, file);
  } catch (error) {
    throw new FolkmootError(
      'ERR_OPTION',
      `the snapshot file ${path} cannot be opened (${reasonOf(error)}); it has to be a plain file that this process may read and write`,
      { option: 'snapshot.path', value: path },
      { cause: error },
    );
  }
}

/** Call {@link expire} after each step of the engine, and at {@link deadline} at the latest. */
export class SnapshotFile {
  /** What the file said when it was opened. */
  readonly state: SnapshotState;
  readonly #options: SnapshotFileOptions;
  readonly #log: LogFile;
  readonly #writer: SnapshotWriter;
  readonly #flushIntervalMs: number;
  readonly #compactBytesMin: number;
  /** The last append failed. */
  #isFailing = false;
  /** The file cannot be made true by appending to it. */
  #isLost: boolean;
  #wantsSync = false;
  #flushAt = 0;
  #clocksAt = 0;
  #checkAt: number;
  #recoverAt = 0;
  #compactAt = 0;
  #compactedBytes = 0;
  #compactions = 0;
  #errors = 0;
  #refusedNoted = false;
  #work: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    options: SnapshotFileOptions,
    opened: { readonly log: LogFile; readonly replay: SnapshotReplay; readonly readError: unknown },
  ) {
    const { log, replay, readError } = opened;
    this.state = replay.state;
    this.#options = options;
    this.#log = log;
    this.#log.found(this.state);
    this.#writer = new SnapshotWriter(this.state, options);
    this.#flushIntervalMs = options.flushIntervalMs ?? flushIntervalMsDefault;
    this.#compactBytesMin = options.compactBytesMin ?? compactBytesMinDefault;
    this.#isLost = readError !== undefined;
    this.#checkAt = options.now() + recoveryIntervalMs;
    if (this.#isLost) this.#failed('the snapshot file cannot be read further', readError);
    this.#noteState();
  }

  /** When to call {@link expire} at the latest. */
  get deadline(): number {
    if (this.#closed !== undefined) return Infinity;
    const isWaiting = this.#work === undefined && this.#mayAppend && this.#writer.hasPending;
    return Math.min(this.#clocksAt, isWaiting ? this.#flushAt : Infinity);
  }

  get stats(): SnapshotStats {
    return {
      bytes: this.#log.bytes,
      nodes: this.#writer.nodes.size,
      compactions: this.#compactions,
      errors: this.#errors,
      refused: this.#writer.refused,
      isBehind: this.#isLost || !this.#mayAppend,
    };
  }

  fact(fact: Fact): void {
    this.#writer.fact(fact);
  }

  /** What an engine that takes over from a dead one knows. */
  resume(members: Iterable<Member>): void {
    this.#writer.resume(members);
  }

  /** This node begins to leave. Written at once; safe from a loss of power when {@link close} resolves. */
  leave(): void {
    this.#writer.leave();
    this.#wantsSync = true;
    this.#flushAt = 0;
  }

  /** Begins whatever is due. Never throws and never waits: the disk works beside this thread. */
  expire(now: number): void {
    if (this.#closed !== undefined) return;
    if (now >= this.#clocksAt) {
      this.#tellClocks();
      this.#clocksAt = now + this.#flushIntervalMs;
    }
    if (this.#work !== undefined) return;
    const due = this.#due(now);
    if (due !== undefined) this.#work = this.#run(due);
  }

  /** Writes what is left, to the disk itself, and closes. Never rejects. Idempotent. */
  close(): Promise<void> {
    if (this.#closed === undefined) this.#tellClocks();
    this.#closed ??= this.#close();
    return this.#closed;
  }

  get #mayAppend(): boolean {
    return !this.#isFailing && !this.#writer.isIncomplete && this.#log.bytes < snapshotBytesMax;
  }

  /** Serf's rule; but a file of long names must not be compacted at every turn. */
  get #bytesMax(): number {
    return Math.max(
      this.#compactBytesMin,
      2 * bytesPerNode * this.#writer.nodes.size,
      2 * this.#compactedBytes,
    );
  }

  #due(now: number): (() => Promise<unknown>) | undefined {
    if (this.#isFailing) return now >= this.#recoverAt ? () => this.#recover() : undefined;
    const mustCompact =
      this.#isLost || this.#writer.isIncomplete || this.#log.bytes > this.#bytesMax;
    if (mustCompact && now >= this.#compactAt) return () => this.#compact();
    if (this.#mayAppend && this.#writer.hasPending && now >= this.#flushAt) {
      return () => this.#append();
    }
    return now >= this.#checkAt ? () => this.#check() : undefined;
  }

  /** One after the other, until nothing is due. */
  async #run(first: () => Promise<unknown>): Promise<void> {
    for (let due: typeof first | undefined = first; due !== undefined;) {
      await due();
      due = this.#closed === undefined ? this.#due(this.#options.now()) : undefined;
    }
    this.#work = undefined;
  }

  /** The clocks come along, so that one write says all. Returns whether it came to something. */
  async #append(): Promise<boolean> {
    this.#tellClocks();
    this.#flushAt = this.#options.now() + this.#flushIntervalMs;
    const text = this.#writer.take();
    try {
      await this.#log.append(this.#options.text.encode(text));
    } catch (error) {
      this.#writer.putBack(text);
      this.#isFailing = true;
      this.#failed('the snapshot file cannot be written', error);
      return false;
    }
    if (this.#wantsSync) await this.#sync();
    return true;
  }

  async #compact(): Promise<boolean> {
    const compaction = this.#writer.compact();
    try {
      await this.#log.replace(this.#encoded(compaction.text));
    } catch (error) {
      compaction.undo();
      this.#compactAt = this.#options.now() + recoveryIntervalMs;
      this.#failed('the snapshot file cannot be compacted; its folder has to be writable', error);
      return false;
    }
    this.#isLost = false;
    this.#compactions += 1;
    this.#compactedBytes = this.#log.bytes;
    return true;
  }

  /** What is in memory is whole, so a new file mends everything. Else the old one may take it again. */
  async #recover(): Promise<void> {
    this.#recoverAt = this.#options.now() + recoveryIntervalMs;
    this.#isFailing = false;
    if (!(await this.#compact()) && this.#mayAppend) await this.#append();
    if (!this.#mayAppend) this.#isFailing = true;
    else this.#note('info', 'the snapshot file is written again', {});
  }

  async #check(): Promise<void> {
    this.#checkAt = this.#options.now() + recoveryIntervalMs;
    try {
      if (await this.#log.isInPlace()) return;
      this.#isLost = true;
      this.#failed('the snapshot file was removed or replaced; it is written anew', undefined);
    } catch (error) {
      this.#failed('it cannot be seen whether the snapshot file is still there', error);
    }
  }

  async #sync(): Promise<void> {
    try {
      await this.#log.sync();
      this.#wantsSync = false;
    } catch (error) {
      this.#failed('the snapshot file may not outlast a loss of power', error);
    }
  }

  async #close(): Promise<void> {
    await this.#work;
    if (this.#isFailing || this.#isLost || this.#writer.isIncomplete) await this.#recover();
    if (this.#mayAppend && this.#writer.hasPending) await this.#append();
    await this.#sync();
    await this.#log.close();
  }

  #tellClocks(): void {
    const clocks = this.#options.clocks();
    if (clocks !== undefined) this.#writer.seen(clocks);
    if (this.#writer.refused === 0 || this.#refusedNoted) return;
    this.#refusedNoted = true;
    this.#note(
      'warn',
      'a member is not recorded in the snapshot file, for its name or because there are too many',
      {},
    );
  }

  *#encoded(parts: Iterable<string>): Generator<Uint8Array> {
    for (const part of parts) yield this.#options.text.encode(part);
  }

  #noteState(): void {
    const { left, nodes, warnings, tornBytes } = this.state;
    if (left && this.#options.rejoinAfterLeave) {
      this.#note('info', 'this node had left, and rejoins nevertheless', { nodes: nodes.size });
    }
    if (warnings.size > 0 || tornBytes > 0) {
      const faults = { ...Object.fromEntries(warnings), tornBytes };
      this.#note(
        warnings.size > 0 ? 'warn' : 'debug',
        'parts of the snapshot file count for nothing',
        faults,
      );
    }
  }

  #failed(text: string, error: unknown): void {
    this.#errors += 1;
    this.#note('warn', text, error === undefined ? {} : { reason: reasonOf(error) });
  }

  #note(level: Note['level'], text: string, fields: Note['fields']): void {
    this.#options.note({ level, text, fields: { path: this.#options.path, ...fields } });
  }
}

/** What was read before an error counts, as it does for Serf. */
async function read(log: LogFile, replay: SnapshotReplay): Promise<unknown> {
  try {
    await log.read(snapshotBytesMax, (chunk) => replay.push(chunk));
    return undefined;
  } catch (error) {
    return error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
