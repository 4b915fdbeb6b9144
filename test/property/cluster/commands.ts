/** What may happen to a cluster, as commands that fast-check draws, shrinks and prints. */

import fc from 'fast-check';
import { ScenarioRun, createSimulation, formatOperation } from '../../../src/testing/index.ts';
import type { Operation, Simulation, SimulationOptions } from '../../../src/testing/index.ts';

/** What a command can know before it runs: the simulation is deterministic, so it may be asked. */
export interface Cluster {
  readonly simulation: Simulation;
  readonly run: ScenarioRun;
  /** Nodes whose last join may have come to nothing; their user would try again. */
  readonly lonely: Set<string>;
}

/** One operation as a command. It is left out where it makes no sense: nobody crashes twice. */
export class OperationCommand implements fc.Command<Cluster, Cluster> {
  readonly operation: Operation;

  constructor(operation: Operation) {
    this.operation = operation;
  }

  check({ simulation }: Cluster): boolean {
    const { operation } = this;
    const isUp = (id: string): boolean => simulation.nodes.get(id)?.isUp ?? false;
    switch (operation.kind) {
      case 'start':
        return !simulation.nodes.has(operation.id);
      case 'restart':
        return simulation.nodes.has(operation.node) && !isUp(operation.node);
      case 'crash':
        // Somebody must be left to remember the cluster.
        return operation.nodes.every(isUp) && simulation.liveNodes.length > 2;
      case 'leave':
        return isAlive(simulation, operation.node) && simulation.liveNodes.length > 2;
      case 'pause':
      case 'set-tags':
        return isAlive(simulation, operation.node);
      case 'force-leave':
        // Of a live member only where it hears of it for certain: see the scenarios. If it does not,
        // nobody tells it again (Serf's way), and it stays leaving in the others' views.
        return isAlive(simulation, operation.node);
      case 'cut':
        return [...operation.from, ...operation.to].every((id) => simulation.nodes.has(id));
      case 'clock':
        return simulation.nodes.has(operation.node);
      case 'run':
      case 'heal':
      case 'network':
      case 'start-many':
      case 'join':
      case 'isolate':
      case 'clock-rate':
      case 'mark':
      case 'expect':
        return true;
      default:
        return operation satisfies never;
    }
  }

  run(_model: Cluster, { run, lonely }: Cluster): void {
    const { operation } = this;
    if (operation.kind === 'start') lonely.add(operation.id);
    if (operation.kind === 'restart') lonely.add(operation.node);
    run.apply(operation);
  }

  toString(): string {
    return `\n  ${formatOperation(this.operation)}`;
  }
}

function isAlive(simulation: Simulation, id: string): boolean {
  const node = simulation.nodes.get(id);
  return node !== undefined && node.isUp && !node.isPaused && node.localState === 'alive';
}

const ids = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
const id = fc.constantFrom(...ids);
const some = fc.uniqueArray(id, { minLength: 1, maxLength: 3 });
const protocol = fc.constantFrom('all' as const, 'udp' as const, 'tcp' as const);
const memory = fc.constantFrom('checkpoint' as const, 'none' as const);
const rate = fc.constantFrom(0, 0.1, 0.3);

const run = fc
  .constantFrom(50, 300, 1_000, 5_000, 20_000, 90_000)
  .map((forMs) => ({ kind: 'run', forMs }) as const);

/** What users do. */
const intents: fc.Arbitrary<Operation>[] = [
  fc.record({
    kind: fc.constant('set-tags' as const),
    node: id,
    tags: fc.dictionary(fc.constantFrom('role', 'zone', '__proto__'), fc.constantFrom('a', 'b')),
  }),
  fc.record({ kind: fc.constant('leave' as const), node: id }),
  fc.record({ kind: fc.constant('force-leave' as const), node: id, name: id }),
  id.map((node) => ({ kind: 'restart', node, via: ['n1', 'n2', 'n3'] }) as const),
  fc.record({ kind: fc.constant('crash' as const), nodes: id.map((node) => [node]) }),
];

/** What the world does. */
const mishaps: fc.Arbitrary<Operation>[] = [
  fc.record({
    kind: fc.constant('crash' as const),
    nodes: id.map((node) => [node]),
    host: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('restart' as const),
    node: id,
    memory,
    via: fc.constant(['n1', 'n2', 'n3']),
  }),
  fc.record({
    kind: fc.constant('pause' as const),
    node: id,
    forMs: fc.constantFrom(200, 3_000, 40_000),
  }),
  fc.record({
    kind: fc.constant('cut' as const),
    from: some,
    to: some,
    protocol,
    isOneWay: fc.boolean(),
  }),
  fc.constant({ kind: 'heal' } as const),
  fc
    .record({ lossRate: rate, duplicateRate: rate, reorderRate: rate })
    .map((conditions) => ({ kind: 'network', conditions: { ...conditions, reorderMs: 300 } })),
  fc.record({
    kind: fc.constant('clock' as const),
    node: id,
    jumpMs: fc.constantFrom(-5_000, 60_000),
  }),
];

const command = (operation: fc.Arbitrary<Operation>) =>
  operation.map((each) => new OperationCommand(each));

/** Anything at all. */
export const anything = fc.commands([run, run, ...intents, ...mishaps].map(command), {
  maxCommands: 25,
});

/** Only what ends in intents, and time for them to spread or not. */
export const conflicts = fc.commands([run, run, ...intents].map(command), { maxCommands: 25 });

/** Peace: every fault ends, who did not get in tries again, and time passes until all is settled. */
export function settle({ simulation, lonely }: Cluster): void {
  const { faults } = simulation;
  faults.clearLinks();
  faults.network({ lossRate: 0, duplicateRate: 0, reorderRate: 0 });
  simulation.run(60_000);
  const others = simulation.liveNodes.map((node) => node.id);
  for (const node of lonely) {
    if (isAlive(simulation, node))
      simulation.join(
        node,
        others.filter((other) => other !== node),
      );
  }
  // A failed member is reached for every 30 s, and that only with some probability.
  simulation.runUntilConverged({ withinMs: 60 * 60_000, everyMs: 1_000, gone: 'agreed' });
  simulation.checkAll();
}

/** Six nodes that have found each other. */
export function newCluster(seed: number, options: SimulationOptions = {}): Cluster {
  const simulation = createSimulation({ ...options, seed, nodes: ids.length });
  simulation.runUntilConverged();
  return { simulation, run: new ScenarioRun(simulation), lonely: new Set() };
}
