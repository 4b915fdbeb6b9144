/** Where a node writes its log lines. */

import pino from 'pino';

import type { Note } from '../core/output.ts';

/** The part of a pino logger that a node uses; any object with these four will do. */
export type NodeLogger = {
  readonly [level in Note['level']]: (fields: object, text: string) => void;
};

/** Warnings and errors as JSON lines on standard error, which leaves standard output to the program. */
export function defaultLogger(): NodeLogger {
  return pino({ name: 'folkmoot', level: 'warn' }, pino.destination({ dest: 2, sync: true }));
}

/** Says nothing. */
export const silentLogger: NodeLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
