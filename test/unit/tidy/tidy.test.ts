/** The rules of the house that a machine can check. Each failure names the file and the line. */

import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, trackedFiles, typeScriptFiles } from './tree.ts';
import type { SourceFile } from './tree.ts';

const sources = typeScriptFiles('src');
const tracked = trackedFiles();

const protocol = ['model', 'coordinates', 'machines', 'wire', 'core'];
const onTop = [...protocol, 'recorder', 'journal', 'snapshot', 'streams', 'workers'];

/** What each folder may import from; itself always. `types:` grants type imports only. */
const layers: Readonly<Record<string, readonly string[]>> = {
  model: [],
  coordinates: ['model'],
  machines: ['model'],
  // The codec is an argument of the core, so its interface is the core's.
  wire: ['model', 'coordinates', 'types:core'],
  core: ['model', 'coordinates', 'machines'],
  journal: ['model', 'core'],
  recorder: ['model', 'core', 'wire'],
  snapshot: ['model', 'core', 'journal'],
  streams: ['model', 'machines', 'core', 'journal'],
  workers: [...protocol, 'recorder', 'journal', 'snapshot'],
  node: onTop,
  index: [...onTop, 'node'],
  agent: ['model', 'streams', 'node', 'index'],
  testing: [...onTop, 'node', 'index'],
};

/** Packages that the pure folders may use: they read no clock and know no host. */
const purePackages: Readonly<Record<string, readonly string[]>> = {
  model: ['ipaddr.js'],
  machines: ['xstate'],
  coordinates: [],
  core: [],
};

describe('the layers', () => {
  it('are all named, so that a new folder is placed on purpose', () => {
    const unplaced = sources.map(folderOf).filter((folder) => layers[folder] === undefined);
    expect([...new Set(unplaced)]).toEqual([]);
  });

  it('import downwards only', () => {
    const upwards = sources.flatMap((file) =>
      importsOf(file)
        .filter(({ from, isType }) => from.startsWith('.') && !mayImport(file, from, isType))
        .map(({ from }) => `${file.path} imports ${from}`),
    );
    expect(upwards).toEqual([]);
  });

  it('keep the core, the machines and the model free of hosts and of packages that need one', () => {
    const impure = sources.flatMap((file) => {
      const allowed = purePackages[folderOf(file)];
      if (allowed === undefined) return [];
      return importsOf(file)
        .filter(({ from }) => !from.startsWith('.') && !allowed.includes(from))
        .map(({ from }) => `${file.path} imports ${from}`);
    });
    expect(impure).toEqual([]);
  });
});

describe('every source file', () => {
  it('begins with a sentence that says what it is for', () => {
    const silent = sources.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*\s*(?:\n \* )?\S/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('imports files by their name with its extension', () => {
    const loose = sources.flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => from.startsWith('.') && !from.endsWith('.ts'))
        .map(({ from }) => `${file.path} imports ${from}`),
    );
    expect(loose).toEqual([]);
  });
});

// Each pattern has one letter in brackets, so that this file does not match itself.
const forbidden: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'work left undone', pattern: /\b(?:[T]ODO|[F]IXME|[X]XX)\b/ },
  {
    what: 'a test that does not run, or keeps others from running',
    pattern: /\b(?:it|test|describe)\.(?:[s]kip|[o]nly|[t]odo)\b/,
  },
  {
    what: 'the host name of a registry',
    pattern: /[r]egistry\.(?:npmjs|yarnpkg)|[d]eb\.debian\.org|[n]pmmirror/,
  },
  {
    what: 'a path of one machine',
    pattern: /(?<![\w.])\/(?:[w]ork|[h]ome|[r]oot|[U]sers)\/[\w.-]/,
  },
];

describe('no file that is tracked', () => {
  it.each(forbidden)('holds $what', ({ pattern }) => {
    const found = tracked.flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
        .filter(({ line }) => pattern.test(line))
        .map(({ line, place }) => `${place}: ${line.trim().slice(0, 120)}`),
    );
    expect(found).toEqual([]);
  });
});

function folderOf({ path }: SourceFile): string {
  const [, first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

function mayImport(file: SourceFile, from: string, isType: boolean): boolean {
  const target = folderOf({ path: posix.join(posix.dirname(file.path), from), text: '' });
  const folder = folderOf(file);
  const allowed = layers[folder] ?? [];
  return (
    target === folder || allowed.includes(target) || (isType && allowed.includes(`types:${target}`))
  );
}
