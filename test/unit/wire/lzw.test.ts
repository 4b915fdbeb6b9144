import { describe, expect, it } from 'vitest';

import { compress, compressIfShorter, decompress } from '../../../src/wire/compression.ts';
import { decodeLzw } from '../../../src/wire/lzw-decoder.ts';
import { encodeLzw } from '../../../src/wire/lzw-encoder.ts';
import { fromBase64, fromHex, loadVectors, outcome, toHex } from './vectors.ts';

interface LzwVector {
  readonly name: string;
  readonly inputB64: string;
  readonly lzwB64: string;
  readonly messagePrefixHex: string;
}

interface EdgeVector {
  readonly name: string;
  readonly lzwHex: string;
  readonly outputHex: string;
  readonly error: string;
}

const plenty = 1 << 20;

function unpack(packed: Uint8Array, bytesMax = plenty): Uint8Array {
  return decodeLzw(packed, { start: 0, end: packed.length, bytesMax });
}

describe('LZW', () => {
  const records = loadVectors<LzwVector>('lzw');
  const edges = loadVectors<EdgeVector>('lzw-decode-edge');

  it.each(records)('packs and unpacks "$name" as Go does', (record) => {
    const input = fromBase64(record.inputB64);
    const packed = fromBase64(record.lzwB64);
    const ours = encodeLzw(input, plenty);
    expect(toHex(ours ?? new Uint8Array(0))).toBe(toHex(packed));
    expect(toHex(unpack(packed))).toBe(toHex(input));
  });

  it.each(records.filter(({ name }) => name !== 'empty'))(
    'wraps "$name" in the message that Go makes of it',
    (record) => {
      const input = fromBase64(record.inputB64);
      const message = compress(input);
      const expected = record.messagePrefixHex + toHex(fromBase64(record.lzwB64));
      expect(toHex(message)).toBe(expected);
      const range = { start: 0, end: message.length, bytesMax: plenty };
      expect(toHex(decompress(message, range))).toBe(toHex(input));
      const shorter = compressIfShorter(input);
      expect(shorter).toEqual(message.length < input.length ? message : undefined);
    },
  );

  it.each(edges)('takes damaged data as Go does: $name', ({ lzwHex, outputHex, error }) => {
    const unpacked = outcome(() => toHex(unpack(fromHex(lzwHex))));
    expect(unpacked).toBe(error === '' ? outputHex : 'refused');
  });

  it('has seen every record', () => {
    expect(records).toHaveLength(55);
    expect(edges).toHaveLength(17);
  });

  it('has room for every last byte, however badly the data packs', () => {
    const noise = (length: number) =>
      Uint8Array.from({ length }, (_, at) => (at * at * 31 + at * 7) & 0xff);
    for (let length = 0; length < 600; length += 1) {
      const packed = encodeLzw(noise(length), plenty) ?? new Uint8Array(0);
      expect(toHex(unpack(packed))).toBe(toHex(noise(length)));
    }
  });

  it('stops at the bound, to the byte', () => {
    const input = new Uint8Array(5000);
    const packed = encodeLzw(input, plenty) ?? new Uint8Array(0);
    expect(unpack(packed, 5000)).toHaveLength(5000);
    expect(() => unpack(packed, 4999)).toThrow('larger than the limit');
    expect(() => unpack(packed, 0)).toThrow('larger than the limit');
  });

  it('never packs or accepts a nothing: it ends Go processes', () => {
    expect(() => compress(new Uint8Array(0))).toThrow(RangeError);
    expect(compressIfShorter(new Uint8Array(0))).toBeUndefined();
    const nothing = fromHex('0982a4416c676f00a3427566a3000302');
    const range = { start: 0, end: nothing.length, bytesMax: plenty };
    expect(() => decompress(nothing, range)).toThrow('nothing inside');
  });

  it('knows one algorithm only', () => {
    const other = fromHex('0982a4416c676f01a3427566a3000302');
    const range = { start: 0, end: other.length, bytesMax: plenty };
    expect(() => decompress(other, range)).toThrow('compressed data');
  });
});
