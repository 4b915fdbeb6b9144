#!/usr/bin/env node
/** The `folkmoot` command. */

import { readFileSync } from 'node:fs';

import { runProgram } from './program.ts';
import { processSignals } from './signals.ts';
import { start } from './start.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }; // Our own file.

const out = (text: string): void => {
  process.stdout.write(text);
};
const err = (text: string): void => {
  process.stderr.write(text);
};

// Whoever reads our output may stop reading (`| head`): that ends us, it does not crash us.
process.stdout.on('error', () => {
  process.exit(1);
});

process.exitCode = await runProgram(
  process.argv.slice(2),
  version,
  {
    start: (flags) =>
      start(flags, {
        out: (line) => {
          out(`${line}\n`);
        },
        err: (line) => {
          err(`${line}\n`);
        },
        signals: processSignals(),
        version,
        colour: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
      }),
  },
  { out, err },
);
