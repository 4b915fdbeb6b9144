import { expect, it } from 'vitest';
import { noBytes, sameBytes } from '../../../src/model/bytes.ts';

it('compares bytes, taking nil for empty', () => {
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  expect(sameBytes(null, noBytes)).toBe(true);
  expect(sameBytes(null, null)).toBe(true);
  expect(sameBytes(null, Uint8Array.of(0))).toBe(false);
});
