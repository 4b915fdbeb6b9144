/** Whatever happens to a cluster, once it is over all live nodes see the same one. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anything, conflicts, newCluster, settle } from './commands.ts';
import type { SimulationOptions } from '../../../src/testing/index.ts';

const seed = fc.integer({ min: 0, max: 0xffff });

/** How many stories the clusters survived: as many as were told, or fast-check throws. */
function survived(
  commands: typeof anything,
  options: SimulationOptions & { readonly numRuns: number },
): number {
  const { numRuns, ...rest } = options;
  let count = 0;
  fc.assert(
    fc.property(seed, commands, (number, story) => {
      const cluster = newCluster(number, rest);
      fc.modelRun(() => ({ model: cluster, real: cluster }), story);
      settle(cluster);
      count += 1;
    }),
    { numRuns },
  );
  return count;
}

it('converges after any mishaps, with invariants checked after every step', () => {
  expect(survived(anything, { numRuns: 60 })).toBe(60);
});

it('converges after any mishaps with the local profile', () => {
  expect(survived(anything, { numRuns: 30, profile: 'local' })).toBe(30);
});

it('converges after any mishaps when drivers judge before they drain', () => {
  expect(survived(anything, { numRuns: 30, driver: 'naive' })).toBe(30);
});

it('converges after any conflict of joins, leaves, forced leaves, restarts and tags', () => {
  expect(survived(conflicts, { numRuns: 60 })).toBe(60);
});

it('keeps every queue within its bound, and converges all the same', () => {
  expect(
    survived(anything, {
      numRuns: 30,
      limits: { broadcastQueueMax: 4, eventSlots: 8, querySlots: 8 },
    }),
  ).toBe(30);
});
