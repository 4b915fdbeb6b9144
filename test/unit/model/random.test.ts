import { describe, expect, it } from 'vitest';
import { randomInteger, sample, seededRandom, shuffle } from '../../../src/model/random.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a seeded generator', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const draw = (seed: number): readonly number[] => {
      const random = seededRandom(seed);
      return numbers(5).map(() => random());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('gives these numbers on every machine', () => {
    const random = seededRandom(42);
    expect(numbers(4).map(() => randomInteger(random, 1000))).toEqual([601, 448, 852, 669]);
  });

  it('is even, and stays in [0, 1)', () => {
    const random = seededRandom(7);
    const buckets = numbers(10).map(() => 0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const bucket = Math.floor(random() * 10);
      buckets[bucket] = (buckets[bucket] ?? Number.NaN) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('a shuffle', () => {
  it('keeps all items, and is the same array', () => {
    const items = numbers(50);
    expect(shuffle(items, seededRandom(1))).toBe(items);
    expect(items).not.toEqual(numbers(50));
    expect(items.toSorted((a, b) => a - b)).toEqual(numbers(50));
  });

  it('makes every order equally likely', () => {
    const random = seededRandom(3);
    const counts = new Map<string, number>();
    for (let round = 0; round < 6000; round += 1) {
      const order = shuffle(['a', 'b', 'c'], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('leaves the empty and the single alone', () => {
    expect(shuffle([], seededRandom(1))).toEqual([]);
    expect(shuffle(['a'], seededRandom(1))).toEqual(['a']);
  });
});

describe('a sample', () => {
  const anything = (): boolean => true;

  it.each([0, 1, 3, 10, 100])(
    'of 3 from %i has distinct items, as many as there are up to 3',
    (size) => {
      const chosen = sample(numbers(size), 3, seededRandom(size), anything);
      expect(chosen).toHaveLength(Math.min(3, size));
      expect(new Set(chosen).size).toBe(chosen.length);
    },
  );

  it('finds the acceptable ones, be they ever so few', () => {
    const chosen = sample(numbers(10_000), 3, seededRandom(1), (item) => item % 4999 === 4998);
    expect(chosen.toSorted((a, b) => a - b)).toEqual([4998, 9997]);
  });

  it('gives every item the same chance', () => {
    const random = seededRandom(5);
    const counts = numbers(12).map(() => 0);
    for (let round = 0; round < 4000; round += 1) {
      for (const item of sample(numbers(12), 3, random, anything)) {
        counts[item] = (counts[item] ?? Number.NaN) + 1;
      }
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('does not look at all of a long list for a few', () => {
    let looks = 0;
    sample(numbers(100_000), 3, seededRandom(1), () => {
      looks += 1;
      return true;
    });
    expect(looks).toBeLessThanOrEqual(9);
  });
});
