/**
 * A disk in memory that can be filled, broken, held up, and stopped at any byte: what a process that is
 * killed leaves behind is what is in `files` then.
 */

import type { Disk, DiskFile, FileIdentity } from '../../../src/snapshot/disk.ts';

interface Inode {
  readonly id: string;
  readonly mode: number;
  bytes: Buffer;
}

export type Verb = 'append' | 'truncate' | 'sync' | 'create' | 'rename' | 'look' | 'sync-folder';

export class MemoryDisk implements Disk {
  readonly files = new Map<string, Inode>();
  /** What was done, in order: `append /s 24`, `rename /s.compact`. */
  readonly deeds: string[] = [];
  /** Each verb costs 1 and each byte 1; when it is spent, the process is dead: nothing answers. */
  budget = Infinity;
  /** Bytes that still fit; an append that does not fit leaves a part. */
  room = Infinity;
  /** Verbs that fail. */
  readonly broken = new Set<Verb>();
  #nextId = 1;
  #gate: Promise<void> | undefined;
  #held: Verb | undefined;
  #open: (() => void) | undefined;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) this.#make(path, 0o644, Buffer.from(text));
  }

  text(path: string): string {
    return this.files.get(path)?.bytes.toString('utf8') ?? '';
  }

  bytes(path: string): Buffer {
    return this.files.get(path)?.bytes ?? Buffer.alloc(0);
  }

  /** From now on nothing (or nothing of that kind) is done, until it is let go. */
  hold(verb?: Verb): void {
    this.#held = verb;
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  letGo(): void {
    this.#open?.();
    this.#gate = undefined;
  }

  /** The same files under the hands of the next process. */
  afterKill(): MemoryDisk {
    const next = new MemoryDisk();
    for (const [path, { mode, bytes }] of this.files) next.#make(path, mode, Buffer.from(bytes));
    return next;
  }

  resolve(path: string): Promise<string> {
    return Promise.resolve(path);
  }

  open(path: string, mode: number): Promise<DiskFile> {
    return Promise.resolve(
      this.#file(this.files.get(path) ?? this.#make(path, mode, Buffer.alloc(0)), path),
    );
  }

  async create(path: string, mode: number): Promise<DiskFile> {
    await this.#do('create', path);
    return this.#file(this.#make(path, mode, Buffer.alloc(0)), path);
  }

  async identity(path: string): Promise<FileIdentity | undefined> {
    await this.#do('look', path);
    return this.files.get(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do('rename', from);
    const inode = this.files.get(from);
    if (inode === undefined) throw new Error('ENOENT: no such file');
    this.files.set(to, inode);
    this.files.delete(from);
  }

  remove(path: string): Promise<void> {
    this.files.delete(path);
    return Promise.resolve();
  }

  syncFolderOf(path: string): Promise<void> {
    return this.#do('sync-folder', path);
  }

  #make(path: string, mode: number, bytes: Buffer): Inode {
    const inode = { id: String(this.#nextId), mode, bytes };
    this.#nextId += 1;
    this.files.set(path, inode);
    return inode;
  }

  #file(inode: Inode, path: string): DiskFile {
    return {
      read: (buffer, position) =>
        Promise.resolve(inode.bytes.copy(buffer, 0, position, position + buffer.length)),
      append: async (bytes) => {
        await this.#do('append', `${path} ${bytes.length}`);
        const written = Math.min(bytes.length, this.room, this.budget);
        inode.bytes = Buffer.concat([inode.bytes, bytes.subarray(0, written)]);
        this.budget -= written;
        this.room -= written;
        if (this.budget <= 0) await never;
        if (written < bytes.length) throw new Error('ENOSPC: no space left on device');
      },
      truncate: async (length) => {
        await this.#do('truncate', `${path} ${length}`);
        inode.bytes = inode.bytes.subarray(0, length);
      },
      sync: () => this.#do('sync', path),
      identity: () => Promise.resolve(inode),
      close: () => Promise.resolve(),
    };
  }

  async #do(verb: Verb, what: string): Promise<void> {
    if (this.#held === undefined || this.#held === verb) await this.#gate;
    this.budget -= 1;
    if (this.budget <= 0) await never;
    this.deeds.push(`${verb} ${what}`);
    if (this.broken.has(verb)) throw new Error(`EIO: ${verb} failed`);
  }
}

/** What a dead process waits for. */
const never = new Promise<never>(() => undefined);
