import { describe, expect, it } from 'vitest';

import { codec } from '../../../src/wire/codec.ts';
import { replaceInvalid } from '../../../src/wire/text.ts';
import { fromHex, toHex } from './vectors.ts';

const decode = (hex: string) => codec.decodeText(fromHex(hex));

describe('text', () => {
  it('reads and writes UTF-8', () => {
    for (const text of [
      '',
      'node-a',
      'nœud-é-日本',
      '\u{1f600}',
      '\u0000\u007f\u0080\u07ff\u0800\uffff',
    ]) {
      expect(toHex(codec.encodeText(text))).toBe(Buffer.from(text).toString('hex'));
      expect(codec.decodeText(codec.encodeText(text))).toBe(text);
    }
    expect(codec.decodeText(null)).toBe('');
  });

  it('keeps bytes that are no UTF-8', () => {
    expect(decode('61ff62')).toBe('a\udcff\u0062');
    for (const hex of [
      'ff',
      'c0af', // Overlong.
      'e080af',
      'f08080af',
      'eda080', // A surrogate in UTF-8.
      'edb3bf',
      'f4908080', // Above U+10FFFF.
      'c3', // Broken off.
      'e697',
      'f09f98',
      '80bf',
      'c3a9ffe697a5c3',
      'efbfbdff', // A true U+FFFD beside an invalid byte.
    ]) {
      expect(toHex(codec.encodeText(decode(hex))), hex).toBe(hex);
    }
  });

  it('reads long invalid text in one piece', () => {
    const bytes = new Uint8Array(20_001).fill(0xff);
    bytes.set(fromHex('c3a9'), 10_000);
    expect(codec.encodeText(codec.decodeText(bytes))).toEqual(bytes);
  });

  it('writes lone surrogates that are no escaped bytes as U+FFFD', () => {
    expect(toHex(codec.encodeText('\ud800'))).toBe('efbfbd');
    expect(toHex(codec.encodeText('\udc00'))).toBe('efbfbd');
    expect(toHex(codec.encodeText('\ud800x\udfff'))).toBe('efbfbd78efbfbd');
  });

  it('shows invalid bytes to regular expressions as Go does', () => {
    expect(replaceInvalid('a\udcff\u{1f600}\ud800')).toBe('a\ufffd\u{1f600}\ufffd');
  });
});
