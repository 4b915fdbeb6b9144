/** Carries out a scenario on a fresh simulation, and reports what it took. */

import { simulatedEventKinds } from './member-event.ts';
import { formatExpectation, formatScenario } from './operation.ts';
import type { Expectation, Operation, Scenario } from './operation.ts';
import type { NodeView } from './node-view.ts';
import { createSimulation } from './simulation.ts';
import type { Simulation } from './simulation.ts';
import type { SimulationOptions } from './simulation-options.ts';

/** How a run went. Wall time is left to the caller: nothing here reads a real clock. */
export interface ScenarioReport {
  readonly seed: number;
  readonly traceHash: string;
  /** Virtual milliseconds. */
  readonly time: number;
  /** Packets, streams and timers handled. */
  readonly steps: number;
  /** For each `expect`, in order, how many virtual ms it took to come true. */
  readonly waitsMs: readonly number[];
  readonly simulation: Simulation;
}

/**
 * Runs a scenario. The same scenario, options and seed give the same trace hash. Throws a
 * {@link SimulationError} with the seed, the script and the last events when an expectation is not
 * met or an invariant breaks.
 */
export function runScenario(scenario: Scenario, options: SimulationOptions = {}): ScenarioReport {
  const simulation = createSimulation(options);
  simulation.script = formatScenario(scenario);
  const run = new ScenarioRun(simulation);
  for (const operation of scenario.operations) run.apply(operation);
  simulation.checkAll();
  return {
    seed: simulation.seed,
    traceHash: simulation.traceHash(),
    time: simulation.now,
    steps: simulation.steps,
    waitsMs: run.waitsMs,
    simulation,
  };
}

/** Applies operations to a simulation that the caller made; `mark` and `no-event` span its life. */
export class ScenarioRun {
  readonly #simulation: Simulation;
  readonly #waitsMs: number[] = [];
  /** How often each node had told of each kind of event at the last mark. */
  #marked: ReadonlyMap<string, number> = new Map();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get waitsMs(): readonly number[] {
    return this.#waitsMs;
  }

  apply(operation: Operation): void {
    const simulation = this.#simulation;
    const { faults } = simulation;
    switch (operation.kind) {
      case 'start-many':
        return simulation.startMany(operation.count, operation);
      case 'start':
        simulation.start(operation);
        return undefined;
      case 'join':
        simulation.join(operation.node, operation.via);
        return undefined;
      case 'leave':
        simulation.leave(operation.node, operation);
        return undefined;
      case 'force-leave':
        simulation.forceLeave(operation.node, operation.name, operation);
        return undefined;
      case 'set-tags':
        simulation.setTags(operation.node, operation.tags);
        return undefined;
      case 'crash':
        for (const node of operation.nodes) simulation.crash(node, operation);
        return undefined;
      case 'restart':
        return simulation.restart(operation.node, operation);
      case 'pause':
        return faults.pause(operation.node, operation.forMs);
      case 'cut':
        return faults.partition(operation.from, operation.to, operation);
      case 'isolate':
        return faults.isolate(operation.nodes, operation);
      case 'heal':
        return faults.heal();
      case 'network':
        return faults.network(operation.conditions);
      case 'clock':
        return faults.jumpClock(operation.node, operation.jumpMs);
      case 'clock-rate':
        return faults.setClockRate(operation.node, operation.rate);
      case 'run':
        return simulation.run(operation.forMs);
      case 'mark':
        this.#marked = countEvents(simulation.nodes.values());
        return undefined;
      case 'expect':
        return this.#expect(operation);
      default:
        return operation satisfies never;
    }
  }

  #expect(operation: Extract<Operation, { kind: 'expect' }>): void {
    const { that, withinMs = 0 } = operation;
    const simulation = this.#simulation;
    if (that.kind === 'converged') {
      const rules = { gone: that.gone ?? 'not-alive', withinMs } as const;
      this.#waitsMs.push(simulation.runUntilConverged(rules));
      return;
    }
    const what = `expected ${formatExpectation(that)}, which`;
    this.#waitsMs.push(simulation.runUntil(() => this.#holds(that), { withinMs, what }));
  }

  #holds(expectation: Exclude<Expectation, { kind: 'converged' }>): boolean {
    switch (expectation.kind) {
      case 'status':
        return this.#observers(expectation.at).every(
          (node) => (node.statusOf(expectation.name) ?? 'unknown') === expectation.status,
        );
      case 'alive':
        return this.#observers(expectation.at).every(
          (node) => aliveCount(node) === expectation.count,
        );
      case 'no-event':
        return this.#observers(expectation.at).every((node) => {
          const before = this.#marked.get(`${node.id} ${expectation.event}`) ?? 0;
          return node.eventCount(expectation.event) === before;
        });
      case 'down':
        return !this.#simulation.node(expectation.node).isUp;
      default:
        return expectation satisfies never;
    }
  }

  #observers(ids: readonly string[] | undefined): readonly NodeView[] {
    return ids?.map((id) => this.#simulation.node(id)) ?? this.#simulation.liveNodes;
  }
}

function aliveCount(node: NodeView): number {
  let count = 0;
  for (const member of node.members.values()) {
    if (member.memberState !== 'none' && member.status === 'alive') count += 1;
  }
  return count;
}

function countEvents(nodes: Iterable<NodeView>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    for (const kind of simulatedEventKinds) counts.set(`${node.id} ${kind}`, node.eventCount(kind));
  }
  return counts;
}
