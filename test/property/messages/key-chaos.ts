/** Key operations with no order in them, as a story: several at a time, from anywhere, in any network. */

import fc from 'fast-check';
import type { KeyOperation, KeyReport } from '../../../src/core/keys.ts';
import { KeyCluster, bytesOf, isSuccess, keyOf } from './key-cluster.ts';
import type { Asked } from './key-cluster.ts';

/** One thing that happens. Nodes are named by id; one that does not run leaves the step out. */
export type ChaosStep =
  | {
      readonly kind: 'ask';
      readonly node: string;
      readonly operation: KeyOperation;
      /** By number; not for `list`. */
      readonly key: number;
      readonly relayFactor: number;
    }
  | { readonly kind: 'run'; readonly forMs: number }
  | { readonly kind: 'loss'; readonly rate: number }
  | { readonly kind: 'cut'; readonly node: string; readonly forMs: number }
  | { readonly kind: 'crash'; readonly node: string }
  | { readonly kind: 'restart'; readonly node: string }
  | { readonly kind: 'leave'; readonly node: string };

export interface Chaos {
  readonly seed: number;
  readonly responseBytesMax: number;
  readonly steps: readonly ChaosStep[];
}

/** How the reports came out: a test that saw no failures would show nothing. */
export interface Outcomes {
  successes: number;
  silent: number;
  refused: number;
  truncated: number;
}

const ids = ['n1', 'n2', 'n3', 'n4', 'n5'];
const node = fc.constantFrom(...ids);

const ask = fc.record({
  kind: fc.constant('ask' as const),
  node,
  operation: fc.constantFrom('install' as const, 'install' as const, 'use', 'remove', 'list'),
  key: fc.nat(4),
  relayFactor: fc.nat(2),
});

const step: fc.Arbitrary<ChaosStep> = fc.oneof(
  { weight: 8, arbitrary: ask },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      forMs: fc.constantFrom(1, 200, 4_000, 30_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('loss' as const),
      rate: fc.constantFrom(0, 0.1, 0.4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      node,
      forMs: fc.constantFrom(1_000, 20_000),
    }),
  },
  { weight: 1, arbitrary: node.map((each) => ({ kind: 'crash' as const, node: each })) },
  { weight: 1, arbitrary: node.map((each) => ({ kind: 'restart' as const, node: each })) },
  { weight: 1, arbitrary: node.map((each) => ({ kind: 'leave' as const, node: each })) },
);

/** Any story. The size of a response is small at times, so that lists are cut. */
export const chaos: fc.Arbitrary<Chaos> = fc
  .record({
    seed: fc.nat(0xffff),
    responseBytesMax: fc.constantFrom(1_024, 320, 240, 200),
    steps: fc.array(step, { minLength: 4, maxLength: 25, size: 'max' }),
  })
  .map((drawn) => {
    const head = `seed ${drawn.seed}: answers of up to ${drawn.responseBytesMax} B`;
    const text = [head, ...drawn.steps.map((each) => `  ${JSON.stringify(each)}`)].join('\n');
    return { ...drawn, [fc.toStringMethod]: () => `\n${text}\n` };
  });

/** How often it is looked whether a report has come. */
const lookEveryMs = 100;
/** A query is over by then, whatever was lost. */
const patienceMs = 20_000;

/** Lets a story happen, and holds each report against what the keyrings did until it came. */
export function live(story: Chaos, outcomes: Outcomes): void {
  const { seed, responseBytesMax, steps } = story;
  const limits = { queryResponseBytesMax: responseBytesMax };
  const keys = [keyOf(0), keyOf(1)].map(bytesOf);
  const cluster = new KeyCluster({ seed, nodes: ids.length, keys, limits });
  cluster.sim.runUntilConverged();
  const waiting = new Set<Asked>();
  for (const each of steps) {
    happen(cluster, each, { waiting, outcomes });
    judge(cluster, waiting, outcomes);
  }
  pass(cluster, patienceMs, waiting, outcomes);
  cluster.sim.checkAll();
}

function happen(
  cluster: KeyCluster,
  each: ChaosStep,
  { waiting, outcomes }: { readonly waiting: Set<Asked>; readonly outcomes: Outcomes },
): void {
  const { sim } = cluster;
  if (each.kind === 'run') return pass(cluster, each.forMs, waiting, outcomes);
  if (each.kind === 'loss') return sim.faults.network({ lossRate: each.rate });
  const there = sim.node(each.node);
  if (each.kind === 'restart') {
    if (!there.isUp) sim.restart(each.node, { via: sim.liveNodes.map(({ id }) => id) });
    return undefined;
  }
  if (!there.isUp || there.localState !== 'alive') return undefined;
  switch (each.kind) {
    case 'ask': {
      const key = each.operation === 'list' ? '' : keyOf(each.key);
      waiting.add(cluster.ask(each.node, each.operation, key, each.relayFactor));
      return undefined;
    }
    case 'cut':
      sim.faults.isolate([each.node]);
      return sim.at(each.forMs, () => sim.faults.heal());
    case 'crash':
      return sim.crash(each.node);
    case 'leave':
      sim.leave(each.node);
      return undefined;
    default:
      return each satisfies never;
  }
}

function pass(cluster: KeyCluster, forMs: number, waiting: Set<Asked>, outcomes: Outcomes): void {
  const { sim } = cluster;
  const end = sim.now + forMs;
  while (sim.now < end) {
    sim.run(Math.min(lookEveryMs, end - sim.now));
    judge(cluster, waiting, outcomes);
  }
}

function judge(cluster: KeyCluster, waiting: Set<Asked>, outcomes: Outcomes): void {
  for (const asked of waiting) {
    const report = cluster.reportOf(asked);
    if (report === undefined) continue;
    waiting.delete(asked);
    const problem = cluster.dishonesty(asked, report);
    if (problem !== undefined) cluster.sim.fail(problem);
    count(report, outcomes);
  }
}

function count(report: KeyReport, outcomes: Outcomes): void {
  if (isSuccess(report)) outcomes.successes += 1;
  if (report.silent.length > 0) outcomes.silent += 1;
  if (report.errors > 0) outcomes.refused += 1;
  if (report.truncated.length > 0) outcomes.truncated += 1;
}
