/**
 * The same seed tells the same story. The recorded hashes change only with a change of behaviour: then
 * run this file, look at what differs, and record the new ones with a word in the change log.
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
  it.each([
    { seed: 1, hash: '174bb89490398f02' },
    { seed: 20_260_801, hash: '2b32ca0112bce21d' },
    { seed: 4_294_967_295, hash: 'e95b4d9cc19e16d2' },
  ])('of seed $seed has the hash that was recorded, and has it twice', ({ seed, hash }) => {
    const runs = [1, 2].map(() => runScenario(scenario, { seed }));
    expect(runs.map(({ traceHash }) => traceHash)).toEqual([hash, hash]);
    expect(runs[0]?.steps).toBe(runs[1]?.steps);
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
