/** What holds of coordinates whatever peers claim and clocks measure. */

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rttSecondsMax } from '../../../src/coordinates/coordinate-client.ts';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import {
  distance,
  isValidCoordinate,
  magnitude,
  originCoordinate,
  rawDistance,
} from '../../../src/coordinates/coordinate.ts';
import type { Coordinate } from '../../../src/coordinates/coordinate.ts';
import { Coordinates } from '../../../src/coordinates/coordinates.ts';
import { nearestFirst, rttMs } from '../../../src/coordinates/proximity.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { codec } from '../../../src/wire/codec.ts';
import { runs } from '../machines/seed.ts';

const { dimensions, errorMax, heightMinSeconds } = defaultCoordinateConfig;
const peersMax = 4;

const span = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const vecOf = (component: fc.Arbitrary<number>) =>
  fc.array(component, { minLength: dimensions, maxLength: dimensions });

/** As an honest node has them. */
const plausible: fc.Arbitrary<Coordinate> = fc.record({
  vec: vecOf(span(-5, 5)),
  error: span(0, errorMax),
  adjustment: span(-1, 1),
  height: span(heightMinSeconds, 5),
});

/** Anything that decodes, the nastiest numbers more often than chance would have them. */
const nasty = fc.oneof(
  fc.double(),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 5e-324, 1e300, -1e300, 1e308, -1e308, 1e-6),
);
const hostile: fc.Arbitrary<Coordinate> = fc.record({
  vec: fc.oneof(vecOf(nasty), fc.array(nasty, { maxLength: 2 * dimensions })),
  error: nasty,
  adjustment: nasty,
  height: nasty,
});

const meetings = fc.array(
  fc.record({
    name: fc.constantFrom('self', 'a', 'b', 'c', 'd', 'e', '__proto__', ''),
    coordinate: fc.oneof({ weight: 2, arbitrary: plausible }, hostile),
    rttSeconds: fc.oneof({ weight: 3, arbitrary: span(0, rttSecondsMax) }, nasty),
    isForgotten: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
  }),
  { maxLength: 60 },
);

const knowledge = (seed: number): Coordinates =>
  new Coordinates({ ownName: 'self', peersMax, random: seededRandom(seed) });

describe('after any sequence of pings, whatever they claim and however long they took', () => {
  it('the own coordinate is valid, and so is every distance', () => {
    fc.assert(
      fc.property(meetings, fc.nat(), (met, seed) => {
        const known = knowledge(seed);
        for (const { name, coordinate, rttSeconds, isForgotten } of met) {
          known.learn(name, coordinate, rttSeconds);
          if (isForgotten) known.forget(name);
          expectSound(known);
        }
      }),
      runs(1_500),
    );
  });

  it('each ping was either taken or counted as refused, and what was refused moved nothing', () => {
    fc.assert(
      fc.property(meetings, fc.nat(), (met, seed) => {
        const known = knowledge(seed);
        for (const { name, coordinate, rttSeconds } of met) {
          const { own, rejected, resets } = known;
          const before = [...known.byName];
          const isRefused = known.learn(name, coordinate, rttSeconds) !== 'taken';
          expect(known.rejected).toBe(rejected + Number(isRefused));
          const isUnmoved =
            known.resets === resets &&
            known.own === own &&
            isDeepStrictEqual([...known.byName], before);
          expect(isUnmoved || !isRefused).toBe(true);
        }
      }),
      runs(500),
    );
  });

  it('the same pings and the same chance lead to the same place', () => {
    fc.assert(
      fc.property(meetings, fc.nat(), (met, seed) => {
        const [one, other] = [knowledge(seed), knowledge(seed)];
        for (const { name, coordinate, rttSeconds } of met) {
          one.learn(name, coordinate, rttSeconds);
          // What travelled as bytes is the same coordinate, to the last bit.
          const received = codec.decodeCoordinate(codec.encodeCoordinate(coordinate));
          if (received !== undefined) other.learn(name, received, rttSeconds);
        }
        expect(other.own).toStrictEqual(one.own);
        expect([...other.byName]).toEqual([...one.byName]);
      }),
      runs(500),
    );
  });

  it('honest pings bring it back to where it belongs', () => {
    const peers = [0, 1, 2].map((axis) => ({
      ...originCoordinate(defaultCoordinateConfig),
      vec: Array.from({ length: dimensions }, (_, at) => (at === axis ? 0.05 : 0)),
      error: 0.05,
    }));
    fc.assert(
      fc.property(meetings, fc.nat(), (met, seed) => {
        const known = knowledge(seed);
        for (const { name, coordinate, rttSeconds } of met) {
          known.learn(name, coordinate, rttSeconds);
        }
        for (let round = 0; round < 400; round += 1) {
          const peer = peers[round % peers.length];
          if (peer !== undefined) known.learn(`honest-${round % peers.length}`, peer, 0.06);
        }
        for (const peer of peers) expect(distance(known.own, peer)).toBeCloseTo(0.06, 2);
      }),
      runs(150),
    );
  });
});

describe('the distance between any two coordinates that honest nodes have', () => {
  it('is the same in both directions, up to a nanosecond, and not negative', () => {
    fc.assert(
      fc.property(plausible, plausible, (a, b) => {
        const [there, back] = [distance(a, b), distance(b, a)];
        expect(there).toBeGreaterThanOrEqual(0);
        // Where adjustments take nearly all of a distance, rounding decides whether they count.
        fc.pre(Math.abs(rawDistance(a, b) + a.adjustment + b.adjustment) > 1e-9);
        expect(Math.abs(there - back)).toBeLessThanOrEqual(1.5e-9);
      }),
      runs(5_000),
    );
  });

  it('is no shorter than the heights, and raw distances keep the triangle inequality', () => {
    fc.assert(
      fc.property(plausible, plausible, plausible, (a, b, c) => {
        expect(rawDistance(a, b)).toBeGreaterThanOrEqual(a.height + b.height);
        const detour = rawDistance(a, c) + rawDistance(c, b);
        expect(rawDistance(a, b)).toBeLessThanOrEqual(detour * (1 + 1e-12));
      }),
      runs(2_000),
    );
  });
});

describe('sorting by distance', () => {
  it('keeps every item, and puts none before one that is nearer', () => {
    const names = fc.uniqueArray(fc.string({ maxLength: 4 }), { maxLength: 20 });
    const placed = fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.oneof(plausible, hostile)));
    fc.assert(
      fc.property(names, placed, fc.string({ maxLength: 4 }), (items, places, from) => {
        const view = new Map(places);
        const sorted = nearestFirst(view, from, items, (name) => name);
        expect([...sorted].toSorted()).toEqual(items.toSorted());
        const rtts = sorted
          .filter((name) => name !== from)
          .map((name) => rttMs(view, from, name) ?? Infinity);
        for (const [index, rtt] of rtts.entries()) {
          expect(rtt).toBeGreaterThanOrEqual(rtts[index - 1] ?? 0);
        }
        expect(sorted.indexOf(from)).toBe(items.includes(from) ? 0 : -1);
      }),
      runs(1_000),
    );
  });
});

function expectSound(known: Coordinates): void {
  const { own, byName } = known;
  if (!isValidCoordinate(own)) throw new Error(`not valid: ${JSON.stringify(own)}`);
  expect(own.vec).toHaveLength(dimensions);
  expect(own.error).toBeLessThanOrEqual(errorMax);
  expect(own.error).toBeGreaterThanOrEqual(0);
  expect(own.height).toBeGreaterThanOrEqual(heightMinSeconds);
  expect(magnitude(own.vec)).not.toBeNaN();
  expect(byName.get('self')).toBe(own);
  expect(byName.size).toBeLessThanOrEqual(peersMax + 1);
  for (const a of byName.keys()) {
    for (const b of byName.keys()) {
      const rtt = rttMs(byName, a, b);
      if (rtt === undefined || !(rtt >= 0 && Number.isFinite(rtt))) {
        throw new Error(`${rtt} ms from ${a} to ${b}`);
      }
    }
  }
}
