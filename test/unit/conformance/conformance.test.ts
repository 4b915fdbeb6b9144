/** docs/CONFORMANCE.md names tests of ours for Go's: each is there, runs, and none of Go's is missing. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../tidy/tree.ts';
import { readDocument } from './document.ts';
import { titlesOf } from './titles.ts';

/** How many tests Go's packages have: those below the document's second-level headings. */
const goTests = { 'Serf: serf/': 111, 'Serf: coordinate/': 24, memberlist: 148 };

const sections = readDocument(readFileSync(join(root, 'docs/CONFORMANCE.md'), 'utf8'));
const rows = sections.flatMap((section) => section.rows);
const cited = rows.flatMap((row) => row.tests);

/** The tests of a file by title, with whether they may be left out of a run. */
const testsOf = new Map(
  [...new Set(cited.map(({ file }) => file))]
    .filter((file) => existsSync(join(root, file)))
    .map((file) => [
      file,
      new Map(
        titlesOf(readFileSync(join(root, file), 'utf8')).map(({ path, isConditional }) => [
          path.join(' › '),
          isConditional,
        ]),
      ),
    ]),
);

describe('docs/CONFORMANCE.md', () => {
  it('has as many rows as Go has tests, group by group and in all', () => {
    const groups = sections.filter(({ depth }) => depth === 3);
    for (const { title, count, rows: listed } of groups) expect(listed, title).toHaveLength(count);
    const packages: Record<string, number> = {};
    const sums: Record<string, number> = {};
    let current = '';
    for (const { title, depth, count } of sections) {
      if (depth === 2) packages[(current = title)] = count;
      else sums[current] = (sums[current] ?? 0) + count;
    }
    expect(packages).toEqual(goTests);
    expect(sums).toEqual(goTests);
  });

  it('names each of Go’s tests once', () => {
    const names = rows.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has a test or a reason in each row, and a test wherever we behave otherwise', () => {
    const bare = rows.filter(({ tests, reasons }) =>
      reasons.includes('not-applicable') ? tests.length > 0 : tests.length === 0,
    );
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  it('cites files that a run includes', () => {
    const project = /^test\/(?:unit|property|sim|integration|interop)\/.+\.test\.ts$/;
    const files = [...new Set(cited.map(({ file }) => file))];
    const absent = files.filter((file) => !project.test(file) || !testsOf.has(file));
    expect(absent).toEqual([]);
  });

  it('cites tests that are there, by their exact titles, and none that may be left out', () => {
    const wrong = cited
      .filter(({ file, title }) => testsOf.get(file)?.get(title) !== false)
      .map(({ file, title }) => `${file}: ${title}`);
    expect(wrong).toEqual([]);
  });
});

describe('a title', () => {
  it('is found in its groups, after the data of a test for each, and across lines', () => {
    const text = [
      "describe('a', () => {",
      "  it('plain', () => {",
      "    expect(one('x')).toBe('y');",
      '  });',
      "  it.each([['it(1)', 2]])('each %s of one line', () => {});",
      '  it.each([',
      "    { a: f('b'), c: 1 },",
      '  ])(',
      '    `each ${1} of ’s`,',
      '    () => {},',
      '  );',
      "  describe.each(x)('b', () => {",
      "    it.runIf(x)('it\\'s conditional', () => {});",
      '  });',
      '});',
      "it('alone', () => {});",
    ].join('\n');
    const found = titlesOf(text);
    expect(found.map(({ path }) => path.join(' › '))).toEqual([
      'a › plain',
      'a › each %s of one line',
      'a › each ${1} of ’s',
      "a › b › it's conditional",
      'alone',
    ]);
    expect(found.map(({ isConditional }) => isConditional)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
  });
});
