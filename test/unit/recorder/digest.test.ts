import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/recorder/digest.ts';
import { KeyGuard } from '../../../src/recorder/key-guard.ts';
import { codec } from '../../../src/wire/codec.ts';
import { keyOf } from './recorded-node.ts';

const guard = new KeyGuard(codec);
const digest = (value: unknown): number => digestOf(value, guard);

describe('the digest of a value', () => {
  const values: readonly unknown[] = [
    null,
    undefined,
    0,
    1,
    0.5,
    '',
    '1',
    'ab',
    true,
    false,
    [],
    [[]],
    [[], 1],
    [[1]],
    ['ab'],
    ['a', 'b'],
    {},
    { a: 1 },
    { b: 1 },
    { a: { b: 1 } },
    { a: 1, b: 2 },
    new Map(),
    new Map([['a', 1]]),
    new Set(['a']),
    Uint8Array.of(),
    Uint8Array.of(1),
    Uint8Array.of(1, 2),
  ];

  it('differs where the value does', () => {
    expect(new Set(values.map(digest)).size).toBe(values.length);
  });

  it('is the same for copies, missing properties and all kinds of byte strings', () => {
    for (const value of values) expect(digest(structuredClone(value))).toBe(digest(value));
    expect(digest({ a: 1, b: undefined })).toBe(digest({ a: 1 }));
    expect(digest(Buffer.from('a'))).toBe(digest(new TextEncoder().encode('a')));
    expect(digest(5n)).toBe(digest(5));
  });

  it('is that of the stand-ins where there are keys', () => {
    const key = keyOf('one');
    const knowing = new KeyGuard(codec);
    knowing.learn(key);
    const value = { payload: Buffer.concat([Buffer.of(7), key]), text: key.toString('base64') };
    const standIn = knowing.bytes(key);
    expect(standIn).not.toEqual(key);
    const replaced = {
      payload: Buffer.concat([Buffer.of(7), standIn]),
      text: Buffer.from(standIn).toString('base64'),
    };
    expect(digestOf(value, knowing)).toBe(digest(replaced));
    expect(digestOf(value, knowing)).not.toBe(digest(value));
  });
});
