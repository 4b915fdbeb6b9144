/** A snapshot file on a disk in memory with a clock of its own, told of members as an engine would. */

import type { Note } from '../../../src/core/output.ts';
import type { Address } from '../../../src/model/address.ts';
import { formatAddress } from '../../../src/model/address.ts';
import type { Fact } from '../../../src/model/fact.ts';
import { ownVersions } from '../../../src/model/versions.ts';
import type { SnapshotClocks } from '../../../src/snapshot/snapshot-fold.ts';
import type { SnapshotFile, SnapshotFileOptions } from '../../../src/snapshot/snapshot-file.ts';
import { openSnapshot } from '../../../src/snapshot/snapshot-file.ts';
import type { SnapshotState } from '../../../src/snapshot/snapshot-replay.ts';
import { replaySnapshot } from '../../../src/snapshot/snapshot-replay.ts';
import { decodeText, encodeText } from '../../../src/wire/text.ts';
import { MemoryDisk } from './memory-disk.ts';

export const text = {
  encode: encodeText,
  decode: (bytes: Uint8Array): string => decodeText(bytes, 0, bytes.length),
};

export const replayOptions = { rejoinAfterLeave: false, nodesMax: 1_000, text };

export const path = '/snapshot';

/** The state as plain data, addresses as text: to compare and to read. */
export function plain(state: Pick<SnapshotState, 'nodes' | keyof SnapshotClocks>): PlainState {
  const { nodes, memberTime, eventTime, queryTime } = state;
  return { nodes: addresses(nodes), clocks: [memberTime, eventTime, queryTime] };
}

export interface PlainState {
  readonly nodes: Readonly<Record<string, string>>;
  readonly clocks: readonly number[];
}

export function addresses(nodes: ReadonlyMap<string, Address>): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from(nodes, ([name, address]) => [name, formatAddress(address)]));
}

/** The file's meaning to whoever reads it now. */
export function replayed(bytes: Uint8Array, rejoinAfterLeave = false): PlainState {
  return plain(replaySnapshot(bytes, { ...replayOptions, rejoinAfterLeave }));
}

export function at(port: number): Address {
  return { ip: '127.0.0.1', port };
}

/** What an engine says when a member comes up. */
export function joined(name: string, address: Address): readonly Fact[] {
  const about = { name, at: 0, cause: { kind: 'checkpoint' } } as const;
  const claim = { incarnation: 1, meta: new Uint8Array(0), tags: new Map(), versions: ownVersions };
  return [
    { kind: 'node-joined', ...about, ...claim, address },
    { kind: 'member-joined', ...about, memberState: 'alive', statusTime: 0 },
  ];
}

export function failed(name: string): readonly Fact[] {
  return [{ kind: 'member-failed', name, at: 0, cause: { kind: 'checkpoint' } }];
}

export function left(name: string): readonly Fact[] {
  const about = { name, at: 0, cause: { kind: 'checkpoint' } } as const;
  return [{ kind: 'member-left', ...about, statusTime: 0, forced: false }];
}

export type WorldOptions = Partial<SnapshotFileOptions>;

/** Opens the file; every change of the world lets the disk finish what it began. */
export async function openWorld(
  disk = new MemoryDisk(),
  options: WorldOptions = {},
): Promise<World> {
  const world = new World(disk, options);
  await world.open();
  return world;
}

export class World {
  readonly disk: MemoryDisk;
  readonly notes: Note[] = [];
  now = 1_000_000;
  clocks: SnapshotClocks = { memberTime: 0, eventTime: 0, queryTime: 0 };
  readonly #options: WorldOptions;
  #file: SnapshotFile | undefined;

  constructor(disk: MemoryDisk, options: WorldOptions) {
    this.disk = disk;
    this.#options = options;
  }

  async open(): Promise<void> {
    this.#file = await openSnapshot({
      ...replayOptions,
      path,
      disk: this.disk,
      now: () => this.now,
      note: (note) => this.notes.push(note),
      clocks: () => this.clocks,
      ...this.#options,
    });
  }

  get file(): SnapshotFile {
    if (this.#file === undefined) throw new Error('the file is not open');
    return this.#file;
  }

  get text(): string {
    return this.disk.text(path);
  }

  get state(): PlainState {
    return replayed(this.disk.bytes(path), this.#options.rejoinAfterLeave);
  }

  /** Tells facts and times as one step of an engine, and lets the disk work. */
  async tell(facts: readonly Fact[], clocks: Partial<SnapshotClocks> = {}): Promise<void> {
    for (const fact of facts) this.file.fact(fact);
    this.clocks = { ...this.clocks, ...clocks };
    this.file.expire(this.now);
    await quiet();
  }

  /** Lets time pass as a driver does: it looks in whenever something is due. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      this.now = Math.min(end, Math.max(this.now + 1, this.file.deadline));
      this.file.expire(this.now);
      await quiet();
    }
  }
}

/** Resolves when everything that can go on without time has gone on. */
export async function quiet(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
