/** The keyring file, as Serf's agents read and write it: a JSON array of base64 keys, the primary first. */

import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';

import { FolkmootError } from '../model/error.ts';

/** A larger file is no keyring. */
export const keyringBytesMax = 1024 * 1024;

const keySizes: ReadonlySet<number> = new Set([16, 24, 32]);

/** What Go's standard encoding reads: padded, and line breaks count for nothing. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The keys of a file, the primary first; any JSON layout will do.
 *
 * @throws FolkmootError `ERR_OPTION` if the file cannot be read or is no keyring; its details have the
 *   `index` of the bad key, and never a key.
 */
export function loadKeyringFile(path: string): readonly Uint8Array[] {
  const entries = parsed(path, text(path));
  if (!Array.isArray(entries)) throw bad(path, 'is not a JSON array of keys in base64');
  if (entries.length === 0) {
    throw bad(path, 'contains no keys; give it at least one, or leave the option out');
  }
  return entries.map((entry, index) => keyOf(path, entry, index));
}

/**
 * Writes the keys in one go: whatever happens meanwhile, the old file is there or the new one, whole
 * and on the disk. A new file is for its owner only (0600), an existing one keeps its permissions.
 *
 * Keys change seldom, and their change is only reported when it is on the disk: so this waits for it.
 *
 * @throws FolkmootError `ERR_OPTION` if the file or its folder cannot be written.
 */
export function saveKeyringFile(path: string, keys: readonly Uint8Array[]): void {
  const encoded = keys.map((key) => Buffer.from(key).toString('base64'));
  try {
    replaceFile(path, JSON.stringify(encoded, null, 2));
  } catch (error) {
    const remedy = 'the folder has to be writable too, since a new file takes the place of the old';
    throw bad(path, `cannot be written (${reasonOf(error)}); ${remedy}`, {}, error);
  }
}

function text(path: string): string {
  try {
    const { size } = statSync(path);
    if (size > keyringBytesMax) throw bad(path, `has ${size} bytes, which is no keyring`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (FolkmootError.is(error)) throw error;
    const remedy = 'it has to exist, with at least one key, before the node starts';
    throw bad(path, `cannot be read (${reasonOf(error)}); ${remedy}`, {}, error);
  }
}

/** The parser's own message would quote the text, which may be a key. */
function parsed(path: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw bad(path, 'is not JSON; it has to be an array of keys in base64');
  }
}

function keyOf(path: string, entry: unknown, index: number): Uint8Array {
  if (typeof entry !== 'string') throw bad(path, `has no text as key ${index}`, { index });
  const digits = entry.replaceAll(/[\r\n]/g, '');
  if (!base64.test(digits)) {
    const remedy = 'standard base64 with its padding (=) is needed';
    throw bad(path, `has a key ${index} that is not base64; ${remedy}`, { index });
  }
  const key = Uint8Array.from(Buffer.from(digits, 'base64'));
  if (keySizes.has(key.length)) return key;
  const bytes = key.length;
  const sizes = 'keys have 16, 24 or 32 bytes';
  throw bad(path, `has a key ${index} of ${bytes} bytes; ${sizes}`, { index, bytes });
}

function replaceFile(path: string, content: string): void {
  const target = existing(() => realpathSync(path)) ?? path; // A link stays a link.
  const before = existing(() => statSync(target));
  const temporary = `${target}.new`;
  rmSync(temporary, { force: true });
  try {
    writeWhole(temporary, content);
    if (before !== undefined) inherit(temporary, before);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  // Not every file system can; then only a loss of power brings the old file back.
  quietly(() => syncFolder(dirname(target)));
}

function writeWhole(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Only root can give a file away; for others it is theirs already, or stays so. */
function inherit(path: string, { mode, uid, gid }: Stats): void {
  quietly(() => chownSync(path, uid, gid));
  chmodSync(path, mode & 0o777);
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function existing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function quietly(attempt: () => void): void {
  try {
    attempt();
  } catch {
    // As said where it is called.
  }
}

function bad(
  path: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): FolkmootError {
  return new FolkmootError(
    'ERR_OPTION',
    `the keyring file ${path} ${what}`,
    { option: 'keyringFile', value: path, ...details },
    { cause },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
