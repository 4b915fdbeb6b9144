/** The payload of acks as strangers may write it. */

import { describe, expect, it } from 'vitest';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { originCoordinate } from '../../../src/coordinates/coordinate.ts';
import { codec } from '../../../src/wire/codec.ts';
import { fromHex } from '../wire/vectors.ts';

const origin = originCoordinate(defaultCoordinateConfig);

describe('the payload of an ack', () => {
  it('makes an ack of 150 bytes', () => {
    const payload = codec.encodeCoordinate(origin);
    expect(codec.encode({ kind: 'ack', sequence: 127, payload })).toHaveLength(150);
  });

  it('is no coordinate in another version, or when empty', () => {
    const payload = codec.encodeCoordinate(origin);
    expect(codec.decodeCoordinate(payload)).toEqual(origin);
    for (const version of [0, 2, 255]) {
      expect(codec.decodeCoordinate(Uint8Array.of(version, ...payload.slice(1)))).toBeUndefined();
    }
    expect(codec.decodeCoordinate(new Uint8Array())).toBeUndefined();
  });

  it('is no coordinate when cut off anywhere', () => {
    const payload = codec.encodeCoordinate(origin);
    for (let end = 0; end < payload.length; end += 1) {
      expect(codec.decodeCoordinate(payload.subarray(0, end))).toBeUndefined();
    }
  });

  it('may have integers for numbers, fields in any order, unknown ones, and bytes after it', () => {
    // {Vec: [1, -2, 65536, 0.5 as float32], Error: 1, Odd: [true], Height: 0} and a byte.
    const parts = ['0184', 'a3566563', '9401fece00010000ca3f000000', 'a54572726f7201'];
    const bytes = fromHex([...parts, 'a34f646491c3', 'a648656967687400', 'ff'].join(''));
    expect(codec.decodeCoordinate(bytes)).toEqual({
      vec: [1, -2, 65_536, 0.5],
      error: 1,
      adjustment: 0,
      height: 0,
    });
  });

  it('may be an array in the order of declaration, and nil is zero', () => {
    const bytes = fromHex('0194910102c003');
    expect(codec.decodeCoordinate(bytes)).toEqual({
      vec: [1],
      error: 2,
      adjustment: 0,
      height: 3,
    });
    const nil = { vec: [], error: 0, adjustment: 0, height: 0 };
    expect(codec.decodeCoordinate(fromHex('01c0'))).toEqual(nil);
    expect(codec.decodeCoordinate(fromHex('0181a3566563c0'))).toEqual(nil);
  });

  it('keeps NaN, infinities and other dimensions, for the engine to refuse', () => {
    const odd = { vec: [NaN, Infinity, -0], error: -Infinity, adjustment: 1e300, height: -1 };
    expect(codec.decodeCoordinate(codec.encodeCoordinate(odd))).toStrictEqual(odd);
  });

  it('does not make room for what is only announced', () => {
    expect(codec.decodeCoordinate(fromHex('0181a3566563ddffffffff01'))).toBeUndefined();
  });
});
