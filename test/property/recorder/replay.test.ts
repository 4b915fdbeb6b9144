/** Whatever happens to a cluster, the recording of each node replays to what that node knew. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replay } from '../../../src/testing/replay.ts';
import { ScenarioRun } from '../../../src/testing/scenario.ts';
import type { Operation } from '../../../src/testing/operation.ts';
import { recordedCluster } from '../../unit/recorder/recorded-cluster.ts';
import type { RecordedCluster } from '../../unit/recorder/recorded-cluster.ts';
import { runs } from '../machines/seed.ts';

const nodes = ['n1', 'n2', 'n3', 'n4'];
const node = fc.constantFrom(...nodes);

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('run' as const), forMs: fc.integer({ min: 1, max: 15_000 }) }),
  fc.record({ kind: fc.constant('crash' as const), nodes: fc.tuple(node) }),
  fc.record({
    kind: fc.constant('restart' as const),
    node,
    memory: fc.constantFrom('checkpoint', 'none'),
    via: fc.tuple(node),
  }),
  fc.record({ kind: fc.constant('leave' as const), node }),
  fc.record({ kind: fc.constant('force-leave' as const), node, name: node, prune: fc.boolean() }),
  fc.record({
    kind: fc.constant('set-tags' as const),
    node,
    tags: fc.record({ role: fc.constantFrom('web', 'db') }),
  }),
  fc.record({ kind: fc.constant('isolate' as const), nodes: fc.tuple(node) }),
  fc.record({ kind: fc.constant('heal' as const) }),
  fc.record({
    kind: fc.constant('pause' as const),
    node,
    forMs: fc.integer({ min: 100, max: 8_000 }),
  }),
  fc.record({
    kind: fc.constant('network' as const),
    conditions: fc.record({ lossRate: fc.constantFrom(0, 0.1, 0.4) }),
  }),
);

const scenarios = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  operations: fc.array(operations, { minLength: 4, maxLength: 14, size: 'max' }),
});

describe('a recording', () => {
  it('replays to the same facts, outputs and members, of every node and life', () => {
    fc.assert(
      fc.property(scenarios, ({ seed, operations: script }) => {
        const cluster = recordedCluster({ seed, nodes: 4, trace: 'off' });
        play(cluster, script);
        for (const { engine, facts } of cluster.lives) {
          const result = replay(engine.recording());
          expect(result.by).toBe('engine');
          expect(result.mismatchAt).toBeUndefined();
          expect(result.facts).toEqual(facts);
          expect(result.members).toEqual(engine.members);
        }
      }),
      runs(100),
    );
  });

  it('that lost its beginning replays to the same members, by the same last facts', () => {
    fc.assert(
      fc.property(
        scenarios,
        fc.integer({ min: 1, max: 300 }),
        ({ seed, operations: script }, inputsMax) => {
          const cluster = recordedCluster({ seed, nodes: 4, trace: 'off' }, { inputsMax });
          play(cluster, script);
          for (const { engine, facts } of cluster.lives) {
            const result = replay(engine.recording());
            expect(result.inputs).toBeLessThanOrEqual(inputsMax);
            expect(result.members).toEqual(engine.members);
            expect(result.facts).toEqual(facts.slice(facts.length - result.facts.length));
          }
        },
      ),
      runs(100),
    );
  });
});

/** Does what of the script is possible at its point. */
function play({ simulation }: RecordedCluster, script: readonly Operation[]): void {
  const run = new ScenarioRun(simulation);
  simulation.run(2_000);
  for (const operation of script) {
    if (isPossible(operation, (id) => simulation.node(id).isUp)) run.apply(operation);
    if (operation.kind !== 'run') simulation.run(300);
  }
}

function isPossible(operation: Operation, isUp: (id: string) => boolean): boolean {
  if (operation.kind === 'crash') return operation.nodes.every(isUp);
  if (operation.kind === 'restart') {
    return !isUp(operation.node) && operation.via?.[0] !== operation.node;
  }
  return !('node' in operation) || isUp(operation.node);
}
