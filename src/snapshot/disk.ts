/** What a snapshot needs of a disk: few and small verbs, so that tests can fill, break and stop it. */

/** An open file. Its name may meanwhile stand for another one. */
export interface DiskFile {
  /** Reads at `position`; fewer bytes than asked for, and 0 only at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of it at the end. A failure may leave a part. */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts the file down to its first `bytes`. */
  truncate(bytes: number): Promise<void>;
  /** Returns when everything is on the disk itself, safe from a loss of power. */
  sync(): Promise<void>;
  identity(): Promise<FileIdentity>;
  close(): Promise<void>;
}

/** What makes it this file, whatever it is called, and its permissions. */
export interface FileIdentity {
  readonly id: string;
  readonly mode: number;
}

export interface Disk {
  /** The name of the file itself, where `path` is a symbolic link to it. */
  resolve(path: string): Promise<string>;
  /** Opens to read and append; a file that is not there is made, with that mode. */
  open(path: string, mode: number): Promise<DiskFile>;
  /** Makes an empty file with that mode, in place of what is there, and opens it to append. */
  create(path: string, mode: number): Promise<DiskFile>;
  /** `undefined`: nothing is there. */
  identity(path: string): Promise<FileIdentity | undefined>;
  /** Puts a file in the place of another, in one go. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing there is fine. */
  remove(path: string): Promise<void>;
  /** Makes a {@link Disk.rename} safe from a loss of power. */
  syncFolderOf(path: string): Promise<void>;
}
