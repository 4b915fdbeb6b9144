/** docs/LIMITS.md names every bound there is. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { defaultLimits, profiles } from '../../../src/node/profiles.ts';
import { limits } from '../../../src/wire/limits.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const document = readFileSync(join(root, 'docs/LIMITS.md'), 'utf8');

/** Sizes that follow from a format or an algorithm: nothing that a user or a stranger could reach. */
const inner: ReadonlySet<string> = new Set([
  'copyByHandMax',
  'nanosecondsMax',
  'numberBytesMax',
  'rawHeaderBytesMax',
  'slotsMax',
  'stepBytesMax',
  'unitsMax',
]);

describe('docs/LIMITS.md', () => {
  it('has every option that bounds something', () => {
    const { consults: _delegates, ...numbers } = defaultLimits;
    expect(unnamed([...Object.keys(numbers), ...Object.keys(profiles.lan)])).toEqual([]);
  });

  it('has every bound of the codec', () => {
    expect(unnamed(Object.keys(limits))).toEqual([]);
  });

  it('has every bound of a file', () => {
    const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => {
        const text = readFileSync(join(root, 'src', path), 'utf8');
        return [...text.matchAll(/^(?:export )?const (?<name>\w+Max)\b/gm)];
      })
      .map(({ groups }) => groups?.['name'] ?? '');
    expect(names.length).toBeGreaterThan(20);
    expect(unnamed(names.filter((name) => !inner.has(name) && !/^uint\d+Max$/.test(name)))).toEqual(
      [],
    );
  });

  it('has the values of the profiles', () => {
    for (const name of Object.keys(profiles.lan) as (keyof typeof profiles.lan)[]) {
      const values = [profiles.lan[name], profiles.wan[name], profiles.local[name]];
      const row = `\`${name}\`|${values.map((value) => value.toLocaleString('en')).join('|')}|`;
      expect(document.replaceAll(' ', '')).toContain(row);
    }
  });
});

function unnamed(names: readonly string[]): readonly string[] {
  return names.filter((name) => !document.includes(`\`${name}\``));
}
