/**
 * The snapshot file over one life of an engine: opened before it begins, told what happens, closed in
 * bounded time when it ends. What it remembers leads the node back into its cluster.
 */

import type { Checkpoint, Clocks } from '../core/options.ts';
import type { CommandResult, Note } from '../core/output.ts';
import type { JoinTarget } from '../core/input.ts';
import type { Address } from '../model/address.ts';
import { sameAddress } from '../model/address.ts';
import type { Fact } from '../model/fact.ts';
import type { Disk } from '../snapshot/disk.ts';
import { nodeDisk } from '../snapshot/node-disk.ts';
import { rejoinTargets } from '../snapshot/rejoin.ts';
import { openSnapshot, recoveryIntervalMs } from '../snapshot/snapshot-file.ts';
import type { SnapshotFile, SnapshotStats } from '../snapshot/snapshot-file.ts';
import { decodeText, encodeText } from '../wire/text.ts';
import { Rejoin } from './rejoin.ts';
import { within } from './within.ts';

/** Where and how a node writes down what it wants to know when it starts again. Plain data. */
export interface SnapshotSettings {
  readonly path: string;
  /** Rejoin also after a leave that the file records. */
  readonly rejoinAfterLeave: boolean;
  /** Lines wait at most this long before they are written. */
  readonly flushIntervalMs: number;
}

export interface SnapshotKeeperOptions extends SnapshotSettings {
  /** The local node's name. */
  readonly self: string;
  readonly nodesMax: number;
  /** What the engine takes over from one that died. */
  readonly resume: Checkpoint | undefined;
  /** The clock of {@link SnapshotKeeper.expire}. */
  now(): number;
  /** The engine's clocks. */
  clocks(): Clocks;
  /** What the engine knows; `undefined` before there is one. */
  checkpoint(): Checkpoint | undefined;
  /** Exchanges states with one member; its answer is for {@link SnapshotKeeper.rejoined}. */
  join(target: JoinTarget): void;
  note(note: Note): void;
  readonly disk?: Disk;
}

/** How long a close, or the start of another life, waits for a disk that does not answer. */
export const snapshotPatienceMs = 1_500;

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #file: SnapshotFile | undefined;
  #opening: Promise<void> | undefined;
  #openAt = Infinity;
  /** Attempts to open the file that failed. */
  #failures = 0;
  #hasLeft = false;
  #rejoin: Rejoin | undefined;
  /** Notes from before there is anybody to tell. */
  #notes: Note[] | undefined = [];
  #closed: Promise<void> | undefined;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  /**
   * Opens the file, and returns where the clocks start. Rejects with `ERR_OPTION` if it cannot be opened
   * when the node starts; another life of a running node goes on without it, until it can be.
   */
  async open(): Promise<Clocks | undefined> {
    if (this.#options.resume === undefined) await this.#open();
    else await within(snapshotPatienceMs, this.#openAtLeisure());
    if (this.#file === undefined) return undefined;
    const { memberTime, eventTime, queryTime } = this.#file.state;
    // The file has the times that were seen; a clock is ahead of them.
    return {
      memberTime: memberTime + 1,
      eventTime: eventTime + 1,
      queryTime: queryTime + 1,
    };
  }

  /** The engine runs, and says that it is at `advertised`. In the background the cluster is looked for. */
  begin(advertised: Address): void {
    const notes = this.#notes ?? [];
    this.#notes = undefined;
    for (const note of notes) this.#options.note(note);
    const { self, resume } = this.#options;
    // A life that is not the first has been led back already, if it knows anybody.
    if (resume?.members.some(({ name }) => name !== self) === true) return;
    const nodes = this.#file?.state.nodes ?? new Map<string, Address>();
    const targets = rejoinTargets(nodes, { self, random: Math.random });
    this.#rejoin = new Rejoin({
      // Who is remembered at the own address had this place before, and would be this node itself.
      targets: targets.filter((target) => !sameAddress(target, advertised)),
      join: (target) => this.#options.join(target),
      now: () => this.#options.now(),
      note: (note) => this.#note(note),
    });
    this.#rejoin.begin();
  }

  /** What became of the latest attempt to join. */
  rejoined(result: CommandResult): void {
    this.#rejoin?.answered(result);
  }

  fact(fact: Fact): void {
    this.#file?.fact(fact);
  }

  /** This node begins to leave. */
  leave(): void {
    this.#hasLeft = true;
    this.#file?.leave();
  }

  /** When to call {@link expire} at the latest. */
  get deadline(): number {
    return Math.min(this.#file?.deadline ?? this.#openAt, this.#rejoin?.deadline ?? Infinity);
  }

  /** Begins what is due. Never throws and never waits. */
  expire(now: number): void {
    this.#file?.expire(now);
    this.#rejoin?.expire(now);
    if (now < this.#openAt) return;
    this.#openAt = Infinity;
    void this.#openAtLeisure(); // Never rejects.
  }

  get stats(): SnapshotStats {
    const stats = this.#file?.stats ?? noFile;
    return { ...stats, errors: stats.errors + this.#failures };
  }

  /** Writes what is left, as far as the disk answers. Never rejects. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= within(
      snapshotPatienceMs,
      this.#file?.close() ?? this.#opening ?? Promise.resolve(),
    );
    return this.#closed;
  }

  async #open(): Promise<void> {
    const { path, rejoinAfterLeave, flushIntervalMs, nodesMax, disk = nodeDisk } = this.#options;
    const file = await openSnapshot({
      path,
      rejoinAfterLeave,
      flushIntervalMs,
      nodesMax,
      disk,
      text,
      now: () => this.#options.now(),
      note: (note) => this.#note(note),
      clocks: () => lastSeen(this.#options.clocks()),
    });
    if (this.#closed !== undefined) return file.close();
    // What happened until here was not told to the file.
    const known = this.#options.checkpoint() ?? this.#options.resume;
    file.resume(known?.members ?? []);
    if (this.#hasLeft) file.leave();
    this.#file = file;
    return undefined;
  }

  /** Opens it sooner or later. Never rejects. */
  #openAtLeisure(): Promise<void> {
    this.#opening = this.#open().catch((error: unknown) => {
      this.#failures += 1;
      this.#openAt = this.#options.now() + recoveryIntervalMs;
      const { path } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      const text = 'the node goes on without its snapshot file, until that can be opened';
      this.#note({ level: 'warn', text, fields: { path, reason } });
    });
    return this.#opening;
  }

  #note(note: Note): void {
    if (this.#notes === undefined) this.#options.note(note);
    else this.#notes.push(note);
  }
}

const text = {
  encode: encodeText,
  decode: (bytes: Uint8Array): string => decodeText(bytes, 0, bytes.length),
};

const noFile: SnapshotStats = {
  bytes: 0,
  nodes: 0,
  compactions: 0,
  errors: 0,
  refused: 0,
  isBehind: true,
};

/** Clocks are one ahead of the newest time seen, which is what Serf writes. */
function lastSeen({ memberTime, eventTime, queryTime }: Clocks): Clocks {
  return { memberTime: memberTime - 1, eventTime: eventTime - 1, queryTime: queryTime - 1 };
}
