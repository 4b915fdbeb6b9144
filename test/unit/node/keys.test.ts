import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { KeyReport } from '../../../src/core/keys.ts';
import { keyOperationsMax } from '../../../src/node/keys.ts';
import { resolveOptions } from '../../../src/node/options.ts';
import { fakeNode, rejection } from './fake-runtime.ts';

const key = Buffer.alloc(32, 7);
const text = key.toString('base64');

const done: KeyReport = {
  kind: 'keys',
  operation: 'install',
  nodes: 3,
  responses: 3,
  errors: 0,
  messages: new Map(),
  keys: new Map(),
  primaryKeys: new Map(),
  silent: [],
  truncated: [],
};

/** A node whose members say this to key operations. */
async function keeper(said: Partial<KeyReport> = {}) {
  const { node, runtime } = await fakeNode();
  runtime.answer = async (command) => {
    if (command.kind !== 'keys') throw new Error(`${command.kind} is not expected`);
    return { ...done, operation: command.operation, ...said };
  };
  return { node, runtime };
}

describe('a key operation', () => {
  it('takes bytes or base64, and asks every member', async () => {
    const { node, runtime } = await keeper();
    await node.keys.install(key);
    await node.keys.use(text, { relayFactor: 3 });
    await node.keys.remove(text);
    const report = await node.keys.list();
    expect(report).toEqual({ ...done, operation: 'list' });
    const bytes = Uint8Array.from(key);
    expect(runtime.commands).toEqual([
      { kind: 'keys', operation: 'install', key: bytes, relayFactor: 0 },
      { kind: 'keys', operation: 'use', key: bytes, relayFactor: 3 },
      { kind: 'keys', operation: 'remove', key: bytes, relayFactor: 0 },
      { kind: 'keys', operation: 'list', key: new Uint8Array(0), relayFactor: 0 },
    ]);
  });

  it.each([
    [
      'failed somewhere',
      { errors: 1, messages: new Map([['b', 'No keyring to modify']]) },
      '1 of 3 members reported failure (b: No keyring to modify)',
    ],
    ['got no answer from some', { responses: 2, silent: ['c'] }, 'no answer came from c'],
    [
      'got a list that is cut',
      { truncated: ['b'], messages: new Map([['b', 'truncated key list']]) },
      'the list of b is cut',
    ],
  ])('that %s is no success, and says so', async (_, said, message) => {
    const { node } = await keeper(said);
    const error = await rejection(node.keys.list());
    expect(error).toMatchObject({
      code: 'ERR_KEYS',
      message: expect.stringContaining(message) as string,
      details: { ...done, operation: 'list', ...said },
    });
    expect(error.message).not.toContain(text);
  });

  it('that succeeded in part resolves where that is allowed', async () => {
    const { node } = await keeper({ silent: ['b'], truncated: ['c'], errors: 1 });
    expect(await node.keys.list({ allowPartial: true })).toMatchObject({
      silent: ['b'],
      errors: 1,
    });
  });

  it('names some of many members that failed, and how many there are', async () => {
    const silent = Array.from({ length: 9 }, (_, at) => `n${at}`);
    const { node } = await keeper({ silent });
    const { message } = await rejection(node.keys.list());
    expect(message).toContain('n0, n1, n2, n3, n4 and 4 more');
  });

  it.each([['not base64'], [Buffer.alloc(5)], [''], [undefined]])(
    'refuses %o as a key, without asking anybody',
    async (wrong) => {
      const { node, runtime } = await keeper();
      const refused = await rejection(node.keys.install(wrong as never));
      expect(refused).toMatchObject({ code: 'ERR_OPTION', details: { option: 'key' } });
      expect(runtime.commands).toEqual([]);
    },
  );

  it('waits for the one before it; too many that wait are refused', async () => {
    const { node, runtime } = await fakeNode();
    const finish: ((report: KeyReport) => void)[] = [];
    runtime.answer = () =>
      new Promise((resolve) => {
        finish.push(resolve);
      });
    const operations = Array.from({ length: keyOperationsMax }, () => node.keys.list());
    expect(await rejection(node.keys.list())).toMatchObject({ code: 'ERR_OVERLOAD' });
    for (const operation of operations) {
      expect(runtime.commands).toHaveLength(finish.length);
      finish.at(-1)?.(done);
      await operation;
    }
    expect(runtime.commands.length).toBe(keyOperationsMax);
  });
});

describe('the keyring file', () => {
  it('says which keys there are, the primary first', () => {
    const folder = mkdtempSync(join(tmpdir(), 'folkmoot-keys-'));
    try {
      const keyringFile = join(folder, 'keyring.json');
      const other = Buffer.alloc(16, 1);
      writeFileSync(keyringFile, JSON.stringify([text, other.toString('base64')]));
      const { runtime } = resolveOptions({ bind: '127.0.0.1:0', keyringFile });
      expect(runtime.keys).toEqual([Uint8Array.from(key), Uint8Array.from(other)]);
      expect(runtime.keyringFile).toBe(keyringFile);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    { keyringFile: '/nowhere/keyring.json' },
    { keyringFile: '' },
    { keyringFile: 5 },
    { keyringFile: 'keyring.json', encryptKey: text },
    { keyringFile: 'keyring.json', keys: [] },
  ])('is refused if it cannot be read or is not alone: %o', (options) => {
    expect(() => resolveOptions({ bind: '127.0.0.1:0', ...(options as object) })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        details: expect.objectContaining({ option: 'keyringFile' }) as unknown,
      }) as Error,
    );
  });
});
