/** `npm start`, as somebody at a terminal uses it. */

import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { Child } from '../../support/child.ts';
import { freePort } from '../../support/ports.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed } from './embedded.ts';

const script = fileURLToPath(new URL('../../../scripts/start.mjs', import.meta.url));

describe('npm start', () => {
  it('says how another node joins, and that command works as it stands', async () => {
    await using first = start('--profile', 'local');
    const command = await expectLine(first, /^ {2}npm start -- (.*)$/);
    await expectLine(first, /^ {2}serf agent -join 127\.0\.0\.1:\d+ -bind 127\.0\.0\.1:7946 /);
    await using second = start(
      ...(command[1] ?? '').split(' '),
      '--name',
      'second',
      '--tag',
      'role=web',
    );
    await expectLine(second, /^joined through 127\.0\.0\.1:\d+$/);
    await expectLine(first, /^\d\d:\d\d:\d\d {2}join +second +127\.0\.0\.1:\d+ +role=web$/);
    second.signal('SIGINT');
    await expectLine(first, /^\d\d:\d\d:\d\d {2}leave +second/);
    await second.ended;
    expect(second.process.exitCode).toBe(0);
  });

  it('shows a member fail, as it happens', async () => {
    await using node = await embed('watched');
    await using watching = start('--profile', 'local', `-join=${at(node)}`, '--log-level', 'info');
    await expectLine(watching, /join +watched/);
    await node.shutdown();
    await expectLine(watching, /suspect +watched/);
    await expectLine(watching, /failed +watched/);
  });

  it('writes one JSON object a line for programs', async () => {
    await using child = start('--json', '--name', 'a', '--tag', 'k=v');
    await expectLine(child, /"kind":"member"/);
    const events = child.lines.filter((line) => line.includes('"kind"'));
    expect(events.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { kind: 'started', name: 'a', address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      { kind: 'member', name: 'a', status: 'alive', tags: { k: 'v' } },
    ]);
  });

  it.each([
    [['--bnid', 'x'], /unknown option '--bnid'/],
    [['--profile', 'fast'], /Allowed choices are lan, wan, local/],
    [['--bind', 'nowhere'], /--bind .*'nowhere'.* Give an IP address/],
    [['--advertise', 'nowhere'], /advertise .*'nowhere'/],
    [['--encrypt', 'short'], /encryptKey .*\(hidden\).* 16, 24 or 32 bytes/],
    [['--tag', `a=${'x'.repeat(600)}`], /512 is the most/],
    [['--join', 'a:b:c'], /addresses .*'a:b:c'/],
    [['--join', 'no-such-host.invalid'], /no-such-host\.invalid.*spelling/],
  ])('ends with 1 and says what is wrong with %j', async (flags, reason) => {
    await using child = start(...flags);
    await expectLine(child, reason);
    await child.ended;
    expect(child.process.exitCode).toBe(1);
  });

  it('ends with 1 when nobody answers, with the address and a remedy', async () => {
    const nobody = `127.0.0.1:${await freePort('127.0.0.1')}`;
    await using child = start('--join', nobody);
    await expectLine(child, new RegExp(`${nobody}: .*gossip port`));
    await child.ended;
    expect(child.process.exitCode).toBe(1);
  });

  it('ends with 1 when its port is taken', async () => {
    await using node = await embed('a');
    await using child = start('--bind', at(node));
    await expectLine(child, /error: .*127\.0\.0\.1:\d+/);
    await child.ended;
    expect(child.process.exitCode).toBe(1);
  });

  it('stops at once on SIGTERM, without leave', async () => {
    await using node = await embed('a');
    await using child = start('--profile', 'local', '--name', 'b', '--join', at(node));
    await expectLine(child, /^joined through/);
    child.signal('SIGTERM');
    await child.ended;
    expect(child.process.exitCode).toBe(1);
    await waitFor(() => node.members.get('b')?.status === 'failed', { describe: 'b has failed' });
  });
});

function start(...flags: readonly string[]): Child {
  return new Child({ command: process.execPath, args: [script, ...flags] });
}

async function expectLine(child: Child, pattern: RegExp): Promise<RegExpExecArray> {
  const find = (): RegExpExecArray | undefined =>
    child.lines.map((line) => pattern.exec(line)).find((match) => match !== null);
  try {
    return await waitFor(find, { describe: `it says ${pattern}` });
  } catch (error) {
    throw new Error(`${String(error)}\n${child.text()}`, { cause: error });
  }
}
