import { describe, expect, it } from 'vitest';

import { runProgram } from '../../../src/agent/program.ts';
import type { StartFlags } from '../../../src/agent/program.ts';

interface Run {
  readonly exitCode: number;
  readonly flags: StartFlags | undefined;
  readonly out: string;
  readonly err: string;
}

describe('the command line', () => {
  it('starts with defaults that need no network', async () => {
    const { flags, exitCode } = await run('start');
    expect(exitCode).toBe(0);
    expect(flags).toEqual({
      join: [],
      ignoreOld: false,
      bind: '127.0.0.1:0',
      tag: new Map(),
      profile: 'lan',
      logLevel: 'warn',
      json: false,
    });
  });

  it('takes every flag', async () => {
    const { flags } = await run(
      'start --join 10.0.0.1 --join=10.0.0.2:5 --bind 10.0.0.3:1 --advertise 10.0.0.4 --name web-1' +
        ' --tag role=web --tag eq=a=b --encrypt KEY --label blue --profile wan --log-level debug' +
        ' --json --ignore-old',
    );
    expect(flags).toEqual({
      join: ['10.0.0.1', '10.0.0.2:5'],
      ignoreOld: true,
      bind: '10.0.0.3:1',
      advertise: '10.0.0.4',
      name: 'web-1',
      tag: new Map([
        ['role', 'web'],
        ['eq', 'a=b'],
      ]),
      encrypt: 'KEY',
      label: 'blue',
      profile: 'wan',
      logLevel: 'debug',
      json: true,
    });
  });

  it('takes flags with one dash, as Serf has them', async () => {
    const { flags } = await run('start -join=10.0.0.1 -name a -log-level error -tag role=web');
    expect(flags).toMatchObject({ join: ['10.0.0.1'], name: 'a', logLevel: 'error' });
    expect(flags?.tag.get('role')).toBe('web');
  });

  it.each([
    ['start --bnid 1', "unknown option '--bnid'"],
    ['start -bnid', 'unknown option'],
    ['start --tag role', 'A tag is written key=value'],
    ['start --tag =x', 'A tag is written key=value'],
    ['start --profile fast', 'Allowed choices are lan, wan, local'],
    ['start --log-level loud', 'Allowed choices are debug'],
    ['start --join', 'argument missing'],
    ['start extra', 'too many arguments'],
    ['stop', "unknown command 'stop'"],
  ])('refuses `%s` with exit code 1 and a reason', async (line, reason) => {
    const { exitCode, flags, err } = await run(line);
    expect(exitCode).toBe(1);
    expect(flags).toBeUndefined();
    expect(err).toContain(reason);
  });

  it('explains itself', async () => {
    const help = await run('start --help');
    expect(help).toMatchObject({ exitCode: 0, err: '' });
    expect(help.out).toContain('--join <address>');
    expect(await run('--version')).toMatchObject({ exitCode: 0, out: '1.2.3\n' });
  });

  it('ends with the exit code of its verb', async () => {
    expect((await run('start --name fails')).exitCode).toBe(7);
  });
});

async function run(line: string): Promise<Run> {
  let flags: StartFlags | undefined;
  let out = '';
  let err = '';
  const start = async (given: StartFlags): Promise<number> => {
    flags = given;
    return given.name === 'fails' ? 7 : 0;
  };
  const exitCode = await runProgram(
    line.split(' '),
    '1.2.3',
    { start },
    {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    },
  );
  return { exitCode, flags, out, err };
}
