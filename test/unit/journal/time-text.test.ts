import { expect, it } from 'vitest';
import { agoText, durationText, timeText } from '../../../src/journal/time-text.ts';

it.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [350.4, '350 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [4_230, '4.2 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min'],
  [252_000, '4 min 12 s'],
  [3_599_600, '1 h'],
  [86_380_000, '1 d'],
  [11_100_000, '3 h 5 min'],
  [187_200_000, '2 d 4 h'],
])('says %d ms as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

it('says when something was, seen from now', () => {
  expect(agoText(1_000, 5_000)).toBe('4 s ago');
  expect(agoText(6_000, 5_000)).toBe('now');
});

it('says times in UTC', () => {
  expect(timeText(Date.UTC(2026, 0, 2, 3, 4, 5, 6))).toBe('2026-01-02T03:04:05.006Z');
});
