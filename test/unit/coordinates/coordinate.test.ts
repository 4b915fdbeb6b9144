import { describe, expect, it } from 'vitest';
import type { CoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import {
  applyForce,
  areCompatible,
  difference,
  distance,
  isValidCoordinate,
  magnitude,
  originCoordinate,
  rawDistance,
  sum,
  unitVectorAt,
} from '../../../src/coordinates/coordinate.ts';
import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import { seededRandom } from '../../../src/model/random.ts';

const flat: CoordinateConfig = { ...defaultCoordinateConfig, dimensions: 3, heightMinSeconds: 0 };
const raised: CoordinateConfig = { ...flat, heightMinSeconds: 10e-6 };
const random = seededRandom(7);

const at = (...vec: readonly number[]): Coordinate => ({ ...originCoordinate(flat), vec });

const here = at(-0.5, 1.3, 2.4);
const there = at(1.2, -2.3, 3.4);
const apart = 4.104875150354758;

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [axis, component] of actual.entries()) {
    expect(component).toBeCloseTo(expected[axis] ?? NaN, 9);
  }
}

describe('a fresh coordinate', () => {
  // TestCoordinate_NewCoordinate
  it('lies at the origin, in as many dimensions as configured, sure of nothing', () => {
    expect(originCoordinate(defaultCoordinateConfig)).toEqual({
      vec: [0, 0, 0, 0, 0, 0, 0, 0],
      error: 1.5,
      adjustment: 0,
      height: 0.00001,
    });
    expect(originCoordinate(flat).vec).toHaveLength(3);
  });
});

describe('a coordinate', () => {
  // TestCoordinate_Clone
  it('stays as it was when another is made from it', () => {
    const before = structuredClone(here);
    const pushed = applyForce(here, { other: there, forceSeconds: 1 }, flat, random);
    expect(here).toEqual(before);
    expect(pushed.vec).not.toEqual(here.vec);
    expect(pushed.vec).not.toBe(here.vec);
  });

  // TestCoordinate_IsValid
  it.each([NaN, Infinity, -Infinity])('is not valid with a %s in any of its fields', (strange) => {
    expect(isValidCoordinate(here)).toBe(true);
    for (const axis of here.vec.keys()) {
      expect(isValidCoordinate({ ...here, vec: here.vec.with(axis, strange) })).toBe(false);
    }
    expect(isValidCoordinate({ ...here, error: strange })).toBe(false);
    expect(isValidCoordinate({ ...here, adjustment: strange })).toBe(false);
    expect(isValidCoordinate({ ...here, height: strange })).toBe(false);
  });

  // TestCoordinate_IsCompatibleWith
  it('is compatible with those of as many dimensions only', () => {
    expect(areCompatible(here, there)).toBe(true);
    expect(areCompatible(here, here)).toBe(true);
    expect(areCompatible(here, at(1, 2))).toBe(false);
    expect(areCompatible(at(1, 2), here)).toBe(false);
  });
});

describe('a force', () => {
  // TestCoordinate_ApplyForce
  it('pushes straight away from the other, by its own strength whatever the distance', () => {
    const above = at(0, 0, 2.9);
    const right = at(3.4, 0, -5.3);
    const down = applyForce(at(0, 0, 0), { other: above, forceSeconds: 5.3 }, flat, random);
    expectClose(down.vec, [0, 0, -5.3]);
    const left = applyForce(down, { other: right, forceSeconds: 2 }, flat, random);
    expectClose(left.vec, [-2, 0, -5.3]);
  });

  // TestCoordinate_ApplyForce
  it('separates two in one place in a random direction, by its strength', () => {
    const [first, second] = [1, 2].map((seed) =>
      applyForce(at(0, 0, 0), { other: at(0, 0, 0), forceSeconds: 1 }, flat, seededRandom(seed)),
    );
    expect(magnitude(first?.vec ?? [])).toBeCloseTo(1, 9);
    expect(magnitude(second?.vec ?? [])).toBeCloseTo(1, 9);
    expect(first?.vec).not.toEqual(second?.vec);
    expect(first?.height).toBe(0);
  });

  // TestCoordinate_ApplyForce
  it('raises the height when it pushes and lowers it, never below the least, when it pulls', () => {
    const origin = originCoordinate(raised);
    const other = at(0, 0, 2.9);
    const pushed = applyForce(origin, { other, forceSeconds: 5.3 }, raised, random);
    expectClose(pushed.vec, [0, 0, -5.3]);
    expect(pushed.height).toBeCloseTo(10e-6 + (5.3 * 10e-6) / 2.9, 12);
    const pulled = applyForce(origin, { other, forceSeconds: -5.3 }, raised, random);
    expectClose(pulled.vec, [0, 0, 5.3]);
    expect(pulled.height).toBe(10e-6);
  });

  // TestCoordinate_ApplyForce
  it('is an error of the program between coordinates of different dimensions', () => {
    const push = { other: at(1, 2), forceSeconds: 1 };
    expect(() => applyForce(here, push, flat, random)).toThrow(RangeError);
  });
});

describe('the distance', () => {
  // TestCoordinate_DistanceTo
  it('is Euclidean, and the same from both sides', () => {
    expect(distance(here, here)).toBe(0);
    expect(distance(here, there)).toBeCloseTo(apart, 9);
    expect(distance(there, here)).toBe(distance(here, there));
  });

  // TestCoordinate_DistanceTo
  it('counts adjustments, but not when they would leave nothing of it', () => {
    const shifted = distance({ ...here, adjustment: 0.1 }, { ...there, adjustment: 0.2 });
    expect(shifted).toBeCloseTo(apart + 0.3, 9);
    expect(distance({ ...here, adjustment: -1 }, there)).toBeCloseTo(apart - 1, 9);
    expect(distance({ ...here, adjustment: -1e6 }, there)).toBeCloseTo(apart, 9);
  });

  // TestCoordinate_DistanceTo
  it('counts the heights of both, which every path between them climbs and descends', () => {
    const raisedDistance = distance({ ...here, height: 0.7 }, { ...there, height: 0.1 });
    expect(raisedDistance).toBeCloseTo(apart + 0.8, 9);
  });

  // TestCoordinate_DistanceTo
  it('is an error of the program between coordinates of different dimensions', () => {
    expect(() => distance(here, at(1, 2))).toThrow(RangeError);
    expect(() => distance(at(1, 2), here)).toThrow(RangeError);
  });

  // TestCoordinate_dist_Example
  it('is what the formula that Serf documents for its users gives, cut to nanoseconds', () => {
    const a = { ...here, height: 0.004, adjustment: -0.002 };
    const b = { ...there, height: 0.003, adjustment: 0.0005 };
    const squares = a.vec.map((component, axis) => (component - (b.vec[axis] ?? NaN)) ** 2);
    const raw = Math.sqrt(squares.reduce((total, square) => total + square)) + a.height + b.height;
    const documented = raw + a.adjustment + b.adjustment;
    expect(distance(a, b)).toBe(Math.trunc(documented * 1e9) / 1e9);
  });

  it('is cut to whole nanoseconds, as a duration of Go', () => {
    expect(distance(at(0, 0, 0), at(0, 0, 1.9999999999))).toBe(1.999999999);
    expect(distance(at(0, 0, 0), at(0, 0, 0.4e-9))).toBe(0);
  });

  it('is the longest duration there is between places that are absurdly far apart', () => {
    expect(distance(at(-1e300, 0, 0), at(1e300, 0, 0))).toBe(2 ** 63 / 1e9);
  });

  // TestCoordinate_rawDistanceTo
  it('leaves the adjustments out when raw, but not the heights', () => {
    expect(rawDistance(here, here)).toBe(0);
    expect(rawDistance(here, there)).toBeCloseTo(apart, 9);
    expect(rawDistance({ ...here, adjustment: 1e6 }, there)).toBeCloseTo(apart, 9);
    const between = rawDistance({ ...here, height: 0.7 }, { ...there, height: 0.1 });
    expect(between).toBeCloseTo(apart + 0.8, 9);
    expect(() => rawDistance(here, at(1, 2))).toThrow(RangeError);
  });
});

describe('vectors', () => {
  // TestCoordinate_add
  it('add up by component', () => {
    expect(sum([1, -3, 3], [-4, 5, 6])).toEqual([-3, 2, 9]);
    expect(sum([1, -3, 3], [0, 0, 0])).toEqual([1, -3, 3]);
  });

  // TestCoordinate_diff
  it('subtract by component', () => {
    expect(difference([1, -3, 3], [-4, 5, 6])).toEqual([5, -8, -3]);
    expect(difference([1, -3, 3], [0, 0, 0])).toEqual([1, -3, 3]);
  });

  // TestCoordinate_magnitude
  it('are as long as their squares make them', () => {
    expect(magnitude([0, 0, 0])).toBe(0);
    expect(magnitude([1, -2, 3])).toBeCloseTo(3.7416573867739413, 12);
  });

  // TestCoordinate_unitVectorAt
  it('give a direction of length one, and how far apart the two are', () => {
    const { unit, separation } = unitVectorAt([1, 2, 3], [0.5, 0.6, 0.7], random);
    expectClose(unit, [0.18257418583505536, 0.511207720338155, 0.8398412548412546]);
    expect(magnitude(unit)).toBeCloseTo(1, 12);
    expect(separation).toBeCloseTo(magnitude([0.5, 1.4, 2.3]), 12);
  });

  // TestCoordinate_unitVectorAt
  it('give a random direction of length one, and no distance, where the two are one', () => {
    const { unit, separation } = unitVectorAt([1, 2, 3], [1, 2, 3], random);
    expect(magnitude(unit)).toBeCloseTo(1, 12);
    expect(separation).toBe(0);
    const near = unitVectorAt([1, 2, 3], [1, 2, 3 + 1e-7], random);
    expect(magnitude(near.unit)).toBeCloseTo(1, 12);
    expect(near.separation).toBe(0);
  });

  it('give the first axis where even chance gives no direction', () => {
    expect(unitVectorAt([1, 2], [1, 2], () => 0.5).unit).toEqual([1, 0]);
  });
});
