/** The files of this repository as the tidy tests read them. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Every file that git knows, but for recorded bytes and pictures. */
export function trackedFiles(): readonly SourceFile[] {
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && !path.startsWith('test/vectors/') && existsSync(at(path)))
    .map(read);
}

/** Every TypeScript file below a folder, committed or not. */
export function typeScriptFiles(folder: string): readonly SourceFile[] {
  return readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => read(relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')));
}

/** What a file imports and exports from, types included. */
export function importsOf({ text }: SourceFile): readonly Import[] {
  const statements = /^(?:import|export)\s(?<type>type\s)?[^;]*?from\s+'(?<from>[^']+)'/gm;
  const others = /(?:^import|\bimport\()\s*'(?<from>[^']+)'/gm;
  return [...text.matchAll(statements), ...text.matchAll(others)].map(({ groups }) => ({
    from: groups?.['from'] ?? '',
    isType: groups?.['type'] !== undefined,
  }));
}

export interface Import {
  readonly from: string;
  readonly isType: boolean;
}

function read(path: string): SourceFile {
  return { path, text: readFileSync(at(path), 'utf8') };
}

function at(path: string): string {
  return join(root, path);
}
