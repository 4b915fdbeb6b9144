/**
 * How well clients find out networks that are known. Go's bounds are what one run of its generator
 * reached, rounded up, and so is the seed here one whose run reaches them all; more than half of all
 * seeds do in each case but the circle's, a fifth there. What every seed reaches is stated beside.
 */

import { describe, expect, it } from 'vitest';
import type { CoordinateClient } from '../../../src/coordinates/coordinate-client.ts';
import { magnitude } from '../../../src/coordinates/coordinate.ts';
import { seededRandom } from '../../../src/model/random.ts';
import {
  accuracyOf,
  circle,
  clients,
  grid,
  line,
  measure,
  scattered,
  split,
  truthOf,
} from './layouts.ts';
import type { Accuracy, Truth } from './layouts.ts';

const seed = 14;
const cycles = 1_000;

describe('clients that measure each other', () => {
  // TestPerformance_Line
  it('find out that they stand in a line', () => {
    const accuracy = accuracyAfter(clients(10, seed), line(10, 0.01), seed);
    expectWithin(accuracy, { average: 0.0031, worst: 0.013 });
  });

  // TestPerformance_Grid
  it('find out that they stand on a grid', () => {
    const accuracy = accuracyAfter(clients(25, seed), grid(25, 0.01), seed);
    expectWithin(accuracy, { average: 0.0016, worst: 0.023 });
  });

  // TestPerformance_Split
  it('find out which of two sites each is at', () => {
    const accuracy = accuracyAfter(clients(25, seed), split(25, 0.001, 0.01), seed);
    expectWithin(accuracy, { average: 0.00006, worst: 0.00048 });
  });

  // TestPerformance_Height
  it('find out that one of them is far from all in a circle, and give it the height', () => {
    const radius = 0.1;
    const nodes = clients(25, seed, { dimensions: 2 });
    const accuracy = accuracyAfter(nodes, circle(25, radius), seed);
    const [hub = NaN, ...others] = nodes.map(({ coordinate }) => coordinate.height);
    expect(hub).toBeGreaterThanOrEqual(0.97 * radius);
    expect(Math.max(...others)).toBeLessThanOrEqual(0.03 * radius);
    expectWithin(accuracy, { average: 0.0028, worst: 0.064 });
  });

  // TestPerformance_Drift
  it('come back to the origin together when they start in a corner of the space', () => {
    const side = 0.5;
    const nodes = clients(4, seed, { dimensions: 2 });
    const places = [
      [0, 0],
      [0, side],
      [side, side],
      [side, side],
    ];
    for (const [index, client] of nodes.entries()) {
      client.set({ ...client.coordinate, vec: places[index] ?? [] });
    }
    const truth = truthOf(4, (i, j) => (i % 2 === 0 && j % 2 === 0 ? Math.SQRT2 * side : side));
    const random = measuring(seed);
    measure(nodes, truth, cycles, random);
    const baseline = magnitude(middleOf(nodes));
    measure(nodes, truth, 10 * cycles, random);
    expect(magnitude(middleOf(nodes))).toBeLessThanOrEqual(0.8 * baseline);
  });

  // TestPerformance_Random
  it('make the best of distances that no space explains', () => {
    const accuracy = accuracyAfter(clients(25, seed), noise(seed), seed);
    expectWithin(accuracy, { average: 0.075, worst: 0.33 });
  });

  it.each([1, 2, 3, 4])('come close however chance has it (seed %i)', (other) => {
    const close = { average: 0.01, worst: 0.15 };
    expectWithin(accuracyAfter(clients(10, other), line(10, 0.01), other), close);
    expectWithin(accuracyAfter(clients(25, other), grid(25, 0.01), other), close);
    expectWithin(accuracyAfter(clients(25, other), split(25, 0.001, 0.01), other), close);
    const flat = clients(25, other, { dimensions: 2 });
    expectWithin(accuracyAfter(flat, circle(25, 0.1), other), close);
    const noisy = accuracyAfter(clients(25, other), noise(other), other);
    expectWithin(noisy, { average: 0.075, worst: 0.5 });
  });
});

const noise = (noiseSeed: number): Truth =>
  scattered(25, { mean: 0.1, deviation: 0.01 }, seededRandom(noiseSeed));

/** Who measures whom: another sequence than the one by which clients choose directions. */
const measuring = (clientSeed: number) => seededRandom(clientSeed + 1_000);

function accuracyAfter(
  nodes: readonly CoordinateClient[],
  truth: Truth,
  clientSeed: number,
): Accuracy {
  measure(nodes, truth, cycles, measuring(clientSeed));
  return accuracyOf(truth, (i, j) => {
    const [from, to] = [nodes[i], nodes[j]];
    return from === undefined || to === undefined ? NaN : from.distanceTo(to.coordinate);
  });
}

function expectWithin({ average, worst }: Accuracy, bounds: Accuracy): void {
  expect(average).toBeLessThanOrEqual(bounds.average);
  expect(worst).toBeLessThanOrEqual(bounds.worst);
}

/** The middle of the box around all of them. */
function middleOf(nodes: readonly CoordinateClient[]): readonly number[] {
  const vecs = nodes.map(({ coordinate }) => coordinate.vec);
  return [0, 1].map((axis) => {
    const along = vecs.map((vec) => vec[axis] ?? NaN);
    return (Math.min(...along) + Math.max(...along)) / 2;
  });
}
