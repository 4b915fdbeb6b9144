/** Networks whose round trips are known, and clients that are to find them out. */

import { CoordinateClient } from '../../../src/coordinates/coordinate-client.ts';
import type { CoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import { defaultCoordinateConfig } from '../../../src/coordinates/coordinate-config.ts';
import type { Random } from '../../../src/model/random.ts';
import { randomInteger, seededRandom } from '../../../src/model/random.ts';

/** The round trip in seconds from each node to each; the same in both directions. */
export type Truth = readonly (readonly number[])[];

/** Nodes in a row, each `spacing` from the next. */
export function line(nodes: number, spacing: number): Truth {
  return truthOf(nodes, (i, j) => (j - i) * spacing);
}

/** Nodes on a square grid. */
export function grid(nodes: number, spacing: number): Truth {
  const side = Math.floor(Math.sqrt(nodes));
  const place = (node: number): Point => ({ x: node % side, y: Math.floor(node / side) });
  return truthOf(nodes, (i, j) => between(place(i), place(j)) * spacing);
}

/** Two sites, near within and further between. */
export function split(nodes: number, lan: number, wan: number): Truth {
  const isFirst = (node: number): boolean => node <= Math.floor(nodes / 2);
  return truthOf(nodes, (i, j) => (isFirst(i) === isFirst(j) ? lan : lan + wan));
}

/** Nodes around a circle; node 0 is equally far from all of them, above its middle. */
export function circle(nodes: number, radius: number): Truth {
  const place = (node: number): Point => {
    const angle = (2 * Math.PI * node) / nodes;
    return { x: Math.cos(angle), y: Math.sin(angle) };
  };
  return truthOf(nodes, (i, j) => (i === 0 ? 2 * radius : between(place(i), place(j)) * radius));
}

/** Round trips that no space explains, drawn from a normal distribution. */
export function scattered(
  nodes: number,
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
  random: Random,
): Truth {
  return truthOf(nodes, () => mean + deviation * normal(random));
}

export function truthOf(nodes: number, rttOf: (i: number, j: number) => number): Truth {
  const truth = Array.from({ length: nodes }, () => Array.from({ length: nodes }, () => 0));
  for (const [i, row] of truth.entries()) {
    for (let j = i + 1; j < nodes; j += 1) {
      const rtt = rttOf(i, j);
      row[j] = rtt;
      (truth[j] as number[])[i] = rtt;
    }
  }
  return truth;
}

export function clients(
  nodes: number,
  seed: number,
  changes: Partial<CoordinateConfig> = {},
): readonly CoordinateClient[] {
  const random = seededRandom(seed);
  const config = { ...defaultCoordinateConfig, ...changes };
  return Array.from(
    { length: nodes },
    () => new CoordinateClient({ config, random, nodesMax: nodes }),
  );
}

/** In each cycle every client measures the way to one other at random, if it does not draw itself. */
export function measure(
  nodes: readonly CoordinateClient[],
  truth: Truth,
  cycles: number,
  random: Random,
): void {
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    for (const [i, client] of nodes.entries()) {
      const j = randomInteger(random, nodes.length);
      const other = nodes[j];
      if (j === i || other === undefined) continue;
      client.update(`node-${j}`, other.coordinate, truth[i]?.[j] ?? NaN);
    }
  }
}

/** How far estimates are off, as shares of the true round trips. */
export interface Accuracy {
  readonly average: number;
  readonly worst: number;
}

export function accuracyOf(truth: Truth, estimate: (i: number, j: number) => number): Accuracy {
  const errors = truth.flatMap((row, i) =>
    row.flatMap((rtt, j) => (j > i ? [Math.abs(estimate(i, j) - rtt) / rtt] : [])),
  );
  return {
    average: errors.reduce((total, error) => total + error, 0) / errors.length,
    worst: Math.max(...errors),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function between(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** By Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
