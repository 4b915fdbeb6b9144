import { resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import type { NodeOptions } from '../../../src/node/options.ts';
import { resolveOptions } from '../../../src/node/options.ts';

const settings = (snapshot: NodeOptions['snapshot']) =>
  resolveOptions({ bind: '127.0.0.1:0', snapshot }).runtime.snapshot;

describe('the option snapshot', () => {
  it('is left out by default: nothing is written', () => {
    expect(settings(undefined)).toBeUndefined();
  });

  it('may be a path, with the settings of Serf', () => {
    expect(settings('/var/lib/node.snapshot')).toEqual({
      path: '/var/lib/node.snapshot',
      rejoinAfterLeave: false,
      flushIntervalMs: 500,
    });
  });

  it('may have settings of its own', () => {
    const snapshot = { path: '/s', rejoinAfterLeave: true, flushIntervalMs: 2_000 };
    expect(settings(snapshot)).toEqual(snapshot);
  });

  it('means the same file wherever the process goes', () => {
    expect(settings('node.snapshot')?.path).toBe(resolve('node.snapshot'));
  });

  it.each<[option: string, value: unknown]>([
    ['snapshot.path', ''],
    ['snapshot.path', 7],
    ['snapshot.path', 'a\0b'],
    ['snapshot.path', {}],
    ['snapshot.rejoinAfterLeave', { path: '/s', rejoinAfterLeave: 'yes' }],
    ['snapshot.flushIntervalMs', { path: '/s', flushIntervalMs: 0 }],
    ['snapshot.flushIntervalMs', { path: '/s', flushIntervalMs: 9.5 }],
    ['snapshot.interval', { path: '/s', interval: 1 }],
  ])('is refused, by the name %s, when it is %j', (option, value) => {
    const error = thrown(() => settings(value as NodeOptions['snapshot']));
    expect(error).toMatchObject({ code: 'ERR_OPTION', details: { option } });
  });
});

function thrown(call: () => unknown): FolkmootError {
  try {
    call();
  } catch (error) {
    if (FolkmootError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
