/**
 * The same seed tells the same story. The recorded hashes change only with a change of behaviour: then
 * look at what differs, and record the new ones with
 * `npx vitest run --project sim test/sim/replay.test.ts -u`, with a word in the change log.
 */

import { describe, expect, it } from 'vitest';
import { runScenario } from '../../src/testing/index.ts';
import type { Scenario, SimulationOptions } from '../../src/testing/index.ts';
import { converged } from './stories.ts';

const scenario: Scenario = {
  title: 'a bad quarter of an hour',
  operations: [
    { kind: 'start-many', count: 12, everyMs: 250 },
    { kind: 'run', forMs: 5_000 },
    converged(60_000),
    { kind: 'network', conditions: { lossRate: 0.1, duplicateRate: 0.05, reorderRate: 0.1 } },
    { kind: 'set-tags', node: 'n3', tags: { role: 'web' } },
    { kind: 'pause', node: 'n4', forMs: 4_000 },
    { kind: 'run', forMs: 10_000 },
    { kind: 'crash', nodes: ['n5', 'n6'] },
    { kind: 'cut', from: ['n1', 'n2', 'n3'], to: ['n7', 'n8', 'n9', 'n10', 'n11', 'n12'] },
    { kind: 'run', forMs: 120_000 },
    { kind: 'leave', node: 'n12' },
    { kind: 'restart', node: 'n5', memory: 'checkpoint' },
    { kind: 'heal' },
    { kind: 'run', forMs: 60_000 },
    { kind: 'restart', node: 'n6', via: ['n1'] },
    { kind: 'network', conditions: { lossRate: 0, duplicateRate: 0, reorderRate: 0 } },
    converged(600_000),
  ],
};

const secret: SimulationOptions = { keys: [new Uint8Array(16).fill(1)], label: 'replay' };

describe('a run', () => {
  it('has the hash that was recorded, whenever and wherever it runs', () => {
    const hashes = [1, 20_260_801, 4_294_967_295].map((seed) => {
      const [first, second] = [1, 2].map(() => runScenario(scenario, { seed }));
      expect(second?.traceHash).toBe(first?.traceHash);
      expect(second?.steps).toBe(first?.steps);
      return `seed ${seed}: ${first?.traceHash}`;
    });
    expect(hashes).toMatchInlineSnapshot(`
      [
        "seed 1: 96220ead72f7aec1",
        "seed 20260801: 068ebd54bb40cf59",
        "seed 4294967295: 135bf251762926f4",
      ]
    `);
  });

  it('is the same when all is encrypted, every time', () => {
    const [first, second] = [1, 2].map(() => runScenario(scenario, { ...secret, seed: 7 }));
    expect(first?.traceHash).toBe(second?.traceHash);
  });

  it('of another seed is another', () => {
    const [first, second] = [1, 2].map((seed) => runScenario(scenario, { seed }));
    expect(first?.traceHash).not.toBe(second?.traceHash);
  });

  it('does not depend on how much is checked or kept', () => {
    const hashed = runScenario(scenario, { seed: 3 });
    const full = runScenario(scenario, { seed: 3, trace: 'full', checks: 'none', eventsKept: 0 });
    expect(full.traceHash).toBe(hashed.traceHash);
    expect(full.simulation.traceLines().length).toBeGreaterThan(1_000);
  });
});
