/** Whole nodes on networks whose round trips are known: how well their coordinates find these out. */

import { describe, expect, it } from 'vitest';
import { rttMs } from '../../../src/coordinates/proximity.ts';
import { Engine } from '../../../src/core/engine.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { createSimulation } from '../../../src/testing/index.ts';
import type { Simulation } from '../../../src/testing/index.ts';
import { accuracyOf, circle, grid, line, scattered } from '../../unit/coordinates/layouts.ts';
import type { Accuracy, Truth } from '../../unit/coordinates/layouts.ts';

const nodes = 16;
const minuteMs = 60_000;
/** Where a space explains the round trips; measured: 0.005 and 0.03. */
const space: Accuracy = { average: 0.01, worst: 0.06 };

interface World {
  readonly simulation: Simulation;
  /** By name, the last one made first. */
  readonly engines: ReadonlyMap<string, Engine>;
  readonly truth: Truth;
}

/** A cluster in which each way takes half of its round trip, give or take up to `jitterMs`. */
function clusterOn(truth: Truth, seed: number, jitterMs = 0): World {
  const engines = new Map<string, Engine>();
  const simulation = createSimulation({
    seed,
    nodes,
    checks: 'none',
    createEngine: (options, dependencies, now) => {
      const engine = new Engine(options, dependencies, now);
      engines.set(options.name, engine);
      return engine;
    },
  });
  for (const [i, row] of truth.entries()) {
    for (const [j, rttSeconds] of row.entries()) {
      if (i === j) continue;
      const halfMs = (rttSeconds * 1_000) / 2;
      const delay = {
        minMs: halfMs - jitterMs,
        maxMs: halfMs + jitterMs,
        kind: 'uniform',
      } as const;
      simulation.faults.link([nameOf(i)], [nameOf(j)], { delay });
    }
  }
  simulation.run(10 * minuteMs);
  return { simulation, engines, truth };
}

const nameOf = (index: number): string => `n${index + 1}`;

/** How far off the estimates of one node are, for all pairs: by what it was told, and when. */
function accuracyAt({ engines, truth }: World, name: string): Accuracy {
  const view = engines.get(name)?.coordinates ?? new Map();
  return accuracyOf(truth, (i, j) => (rttMs(view, nameOf(i), nameOf(j)) ?? NaN) / 1_000);
}

function expectClose(world: World, bounds: Accuracy): void {
  for (const [name, engine] of world.engines) {
    const { average, worst } = accuracyAt(world, name);
    expect(engine.coordinates.size, name).toBe(nodes);
    expect(average, name).toBeLessThanOrEqual(bounds.average);
    expect(worst, name).toBeLessThanOrEqual(bounds.worst);
    expect(engine.stats()).toMatchObject({ coordinateResets: 0, coordinatesRejected: 0 });
  }
}

describe.each([1, 2])('every node of a cluster (seed %i)', (seed) => {
  it('comes to know all round trips along a line', () => {
    expectClose(clusterOn(line(nodes, 0.01), seed), space);
  });

  it('comes to know all round trips on a grid', () => {
    expectClose(clusterOn(grid(nodes, 0.01), seed), space);
  });

  it('comes to know all round trips around a circle and to its hub', () => {
    expectClose(clusterOn(circle(nodes, 0.05), seed), space);
  });

  it('makes the best of round trips that no space explains, and of jitter', () => {
    const truth = scattered(nodes, { mean: 0.1, deviation: 0.01 }, seededRandom(seed));
    expectClose(clusterOn(truth, seed), { average: 0.075, worst: 0.33 });
    expectClose(clusterOn(line(nodes, 0.01), seed, 2), { average: 0.075, worst: 0.33 });
  });
});
