import { describe, expect, it } from 'vitest';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { originCoordinate } from '../../../src/coordinates/coordinate.ts';
import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import { Coordinates } from '../../../src/coordinates/coordinates.ts';
import { nearestFirst, rttMs } from '../../../src/coordinates/proximity.ts';
import { seededRandom } from '../../../src/model/random.ts';

const origin = originCoordinate(defaultCoordinateConfig);
const at = (seconds: number): Coordinate => ({ ...origin, vec: [seconds, 0, 0, 0, 0, 0, 0, 0] });

const knowledge = (peersMax = 10): Coordinates =>
  new Coordinates({ ownName: 'a', peersMax, random: seededRandom(1) });

describe('what a node knows of places', () => {
  it('is its own at first', () => {
    const known = knowledge();
    expect([...known.byName]).toEqual([['a', origin]]);
    expect(known.own).toEqual(origin);
  });

  it('is each peer where it says that it is, and itself where it measures to be', () => {
    const known = knowledge();
    expect(known.learn('b', at(0.01), 0.1)).toBe('taken');
    expect(known.byName.get('b')).toEqual(at(0.01));
    expect(known.own).not.toEqual(origin);
    expect(known.byName.get('a')).toEqual(known.own);
  });

  it('does not grow by what is refused, which is counted', () => {
    const known = knowledge();
    expect(known.learn('b', { ...origin, vec: [1] }, 0.1)).toBe('wrong-dimensions');
    expect(known.learn('b', at(NaN), 0.1)).toBe('not-a-coordinate');
    expect(known.learn('b', at(0.01), -1)).toBe('round-trip-out-of-range');
    expect([...known.byName.keys()]).toEqual(['a']);
    expect(known.rejected).toBe(3);
    expect(known.resets).toBe(0);
  });

  it('does not include who is gone; itself it never forgets', () => {
    const known = knowledge();
    known.learn('b', at(0.01), 0.1);
    known.forget('b');
    known.forget('a');
    expect([...known.byName.keys()]).toEqual(['a']);
  });

  it('is bounded: who was not heard of for longest goes first', () => {
    const known = knowledge(2);
    for (const name of ['b', 'c', 'b', 'd']) known.learn(name, at(0.01), 0.02);
    expect([...known.byName.keys()].toSorted()).toEqual(['a', 'b', 'd']);
  });

  it('counts the resets of its own coordinate', () => {
    const known = knowledge();
    known.learn('b', at(1e300), 0.1);
    expect(known.resets).toBe(1);
    expect(known.byName.get('a')).toEqual(origin);
  });
});

describe('the estimated round trip', () => {
  const view = new Map([
    ['a', at(0)],
    ['b', at(0.01)],
    ['c', at(0.03)],
    ['d', at(-0.02)],
  ]);

  it('is given in milliseconds between any two, measured by each other or not', () => {
    expect(rttMs(view, 'a', 'b')).toBeCloseTo(10.02, 9);
    expect(rttMs(view, 'c', 'd')).toBeCloseTo(50.02, 9);
    expect(rttMs(view, 'd', 'c')).toBe(rttMs(view, 'c', 'd'));
  });

  it('is unknown where one of the two is', () => {
    expect(rttMs(view, 'a', 'nobody')).toBeUndefined();
    expect(rttMs(view, 'nobody', 'a')).toBeUndefined();
    const odd = new Map([...view, ['e', { ...origin, vec: [1] }] as const]);
    expect(rttMs(odd, 'a', 'e')).toBeUndefined();
  });

  it('is never negative, whatever a peer claims', () => {
    const odd = new Map([...view, ['e', { ...origin, height: -5 }] as const]);
    expect(rttMs(odd, 'a', 'e')).toBe(0);
  });

  it('sorts: oneself, then the nearest, last those whose place nobody knows', () => {
    const names = ['x', 'c', 'd', 'y', 'b', 'a'];
    expect(nearestFirst(view, 'a', names, (name) => name)).toEqual(['a', 'b', 'd', 'c', 'x', 'y']);
    const members = names.map((name) => ({ name }));
    const [first] = nearestFirst(view, 'c', members, ({ name }) => name);
    expect(first).toBe(members[1]);
  });

  it('keeps the order where nothing is known', () => {
    expect(nearestFirst(view, 'nobody', ['c', 'a', 'b'], (name) => name)).toEqual(['c', 'a', 'b']);
  });
});
