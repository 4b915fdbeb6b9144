/** The disk as Node has it. */

import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Disk, DiskFile, FileIdentity } from './disk.ts';

export const nodeDisk: Disk = {
  async resolve(path) {
    try {
      return await realpath(path);
    } catch (error) {
      if (isMissing(error)) return path;
      throw error;
    }
  },
  async open(path, mode) {
    const handle = await open(path, 'a+', mode);
    const isFile = (await handle.stat()).isFile();
    if (isFile) return new NodeDiskFile(handle);
    await handle.close();
    throw new Error('it is no plain file');
  },
  async create(path, mode) {
    // Not written through a link that somebody else put there.
    await rm(path, { force: true });
    const handle = await open(path, 'ax', mode);
    try {
      await handle.chmod(mode); // The umask must not take away what the old file allowed.
      return new NodeDiskFile(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  },
  async identity(path) {
    try {
      return identityOf(await stat(path));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  async syncFolderOf(path) {
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

class NodeDiskFile implements DiskFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position);
    return bytesRead;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, at);
      if (bytesWritten === 0) throw new Error('the disk takes no more bytes');
      at += bytesWritten;
    }
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  async identity(): Promise<FileIdentity> {
    return identityOf(await this.#handle.stat());
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

const permissionBits = 0o777;

function identityOf(stats: {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
}): FileIdentity {
  return { id: `${stats.dev}:${stats.ino}`, mode: stats.mode & permissionBits };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
