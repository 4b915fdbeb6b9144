/** The embedding example: it compiles, does what it says, and is the one in the README. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, it } from 'vitest';

import { Child } from '../../support/child.ts';
import { freePort } from '../../support/ports.ts';
import { waitFor } from '../../support/wait-for.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const source = readFileSync(`${root}examples/embed.ts`, 'utf8');

describe('the embedding example', () => {
  beforeAll(() => {
    const tsc = `${root}node_modules/typescript/bin/tsc`;
    execFileSync(process.execPath, [tsc, '-p', 'examples/tsconfig.json'], { cwd: root });
  });

  it('joins two servers, shows one leaving to the other, and ends', async () => {
    const [first, second] = [await address(), await address()];
    await using one = example(first);
    await expectLine(one, `web-${first} is alive as web`);
    await using two = example(second, first);
    await expectLine(two, `web-${second} is alive as web`);
    expect(two.lines).toContain(`web-${first} is alive as web`);
    await expectLine(one, `member-join web-${second}`);
    two.signal('SIGTERM');
    await expectLine(one, `member-leave web-${second}`);
    await two.ended;
    expect(two.process.exitCode).toBe(0);
    one.signal('SIGTERM');
    await one.ended;
    expect(one.process.exitCode).toBe(0);
  });

  it('is the one in the README, and short', () => {
    expect(readFileSync(`${root}README.md`, 'utf8')).toContain(`\`\`\`ts\n${source}\`\`\``);
    const lines = source.split('\n').filter((line) => line !== '');
    expect(lines.length).toBeLessThanOrEqual(20);
  });
});

function example(...args: readonly string[]): Child {
  return new Child({
    command: process.execPath,
    args: [`${root}.cache/examples/embed.js`, ...args],
  });
}

async function address(): Promise<string> {
  return `127.0.0.1:${await freePort('127.0.0.1')}`;
}

async function expectLine(child: Child, line: string): Promise<void> {
  await waitFor(() => child.lines.includes(line), { describe: `the example says "${line}"` }).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${child.text()}`, { cause: error });
    },
  );
}
