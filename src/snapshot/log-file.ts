/**
 * A file of lines that is only ever whole: appended at its end, or replaced in one go. A line that was
 * torn is cut off before the next one, since a newline after it would make it count.
 */

import type { Disk, DiskFile, FileIdentity } from './disk.ts';

const chunkBytes = 64 * 1024;

/** Its methods reject when the disk fails; the file is then as it was, but for a torn end. */
export class LogFile {
  readonly #disk: Disk;
  readonly #path: string;
  #file: DiskFile;
  #identity: FileIdentity;
  #bytes = 0;
  #isTorn = false;

  private constructor(
    place: { readonly disk: Disk; readonly path: string },
    opened: { readonly file: DiskFile; readonly identity: FileIdentity },
  ) {
    this.#disk = place.disk;
    this.#path = place.path;
    this.#file = opened.file;
    this.#identity = opened.identity;
  }

  /** Opens the file, which is made with `mode` if it is not there. */
  static async open(
    place: { readonly disk: Disk; readonly path: string },
    mode: number,
  ): Promise<LogFile> {
    const path = await place.disk.resolve(place.path);
    const file = await place.disk.open(path, mode);
    try {
      return new LogFile({ ...place, path }, { file, identity: await file.identity() });
    } catch (error) {
      await quietly(file.close());
      throw error;
    }
  }

  /** Bytes in whole lines. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Hands over up to `bytesMax` from the beginning. */
  async read(bytesMax: number, take: (chunk: Uint8Array) => void): Promise<void> {
    const buffer = new Uint8Array(chunkBytes);
    for (let position = 0; position < bytesMax;) {
      const bytes = await this.#file.read(buffer, position);
      if (bytes === 0) return;
      take(buffer.subarray(0, bytes));
      position += bytes;
    }
  }

  /** What a reader found out: where the whole lines end, and whether something comes after. */
  found(end: { readonly wholeBytes: number; readonly tornBytes: number }): void {
    this.#bytes = end.wholeBytes;
    this.#isTorn = end.tornBytes > 0;
  }

  /** Appends whole lines. */
  async append(lines: Uint8Array): Promise<void> {
    if (this.#isTorn) await this.#file.truncate(this.#bytes);
    this.#isTorn = true;
    await this.#file.append(lines);
    this.#isTorn = false;
    this.#bytes += lines.length;
  }

  /** Puts a new file in its place. Until that is whole and on the disk, the old one stays. */
  async replace(parts: Iterable<Uint8Array>): Promise<void> {
    const path = `${this.#path}.compact`;
    const file = await this.#disk.create(path, this.#identity.mode);
    try {
      let bytes = 0;
      for (const part of parts) {
        await file.append(part);
        bytes += part.length;
      }
      await file.sync();
      const identity = await file.identity();
      await this.#disk.rename(path, this.#path);
      await quietly(this.#file.close());
      this.#file = file;
      this.#identity = identity;
      this.#bytes = bytes;
      this.#isTorn = false;
    } catch (error) {
      await quietly(file.close());
      await quietly(this.#disk.remove(path));
      throw error;
    }
    // Not every file system can; then only a loss of power brings the old file back.
    await quietly(this.#disk.syncFolderOf(this.#path));
  }

  /** Whether the name still stands for this file. */
  async isInPlace(): Promise<boolean> {
    return (await this.#disk.identity(this.#path))?.id === this.#identity.id;
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async close(): Promise<void> {
    await quietly(this.#file.close());
  }
}

/** For what is done on the way out, where another error already tells, or none matters. */
async function quietly(attempt: Promise<unknown>): Promise<void> {
  try {
    await attempt;
  } catch {
    // As said.
  }
}
