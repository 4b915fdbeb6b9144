/** Validators of Standard Schema, as libraries make them. */

import type { StandardSchema } from '../../../src/node/payload-codec.ts';

/** `{ version: text }`. */
export const aVersion: StandardSchema<{ readonly version: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const isObject = typeof value === 'object' && value !== null && 'version' in value;
      if (isObject && typeof value.version === 'string') {
        return { value: { version: value.version } };
      }
      return { issues: [{ message: 'not a text', path: [{ key: 'version' }] }] };
    },
  },
};

/** A number, written as a text. */
export const numberInText: StandardSchema<string, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const number = typeof value === 'string' ? Number(value) : NaN;
      return Number.isNaN(number) ? { issues: [{ message: 'no number' }] } : { value: number };
    },
  },
};
