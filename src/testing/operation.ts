/** The steps of a scenario, as data: they can be generated, printed, shrunk and replayed. */

import type { ConvergenceRules } from './convergence.ts';
import type { LinkConditions, Protocol } from './link.ts';
import type { SimulatedEventKind } from './member-event.ts';
import { describeTags } from './describe.ts';

/** A condition of the cluster. `at`: ids of the nodes that must see it; default: all live ones. */
export type Expectation =
  /** All live nodes see the same cluster; `gone`: how those must be seen that are not there any more. */
  | { readonly kind: 'converged'; readonly gone?: ConvergenceRules['gone'] }
  /** A member has this status; `unknown`: not known at all. */
  | {
      readonly kind: 'status';
      readonly name: string;
      readonly status: 'alive' | 'suspect' | 'leaving' | 'left' | 'failed' | 'unknown';
      readonly at?: readonly string[];
    }
  /** So many members are alive. */
  | { readonly kind: 'alive'; readonly count: number; readonly at?: readonly string[] }
  /** No such event was told since the scenario's last `mark` (or its begin). */
  | {
      readonly kind: 'no-event';
      readonly event: SimulatedEventKind;
      readonly at?: readonly string[];
    }
  /** This node does not run any more. */
  | { readonly kind: 'down'; readonly node: string };

/** One step of a scenario. Nodes are named by id; times are virtual ms. */
export type Operation =
  /** New nodes, named on from those there are, join `via` (default: the first node). */
  | {
      readonly kind: 'start-many';
      readonly count: number;
      readonly via?: string;
      readonly everyMs?: number;
    }
  | {
      readonly kind: 'start';
      readonly id: string;
      readonly name?: string;
      readonly via?: readonly string[];
      readonly ip?: string;
      readonly tags?: Readonly<Record<string, string>>;
      readonly clockOffsetMs?: number;
    }
  | { readonly kind: 'join'; readonly node: string; readonly via: readonly string[] }
  | { readonly kind: 'leave'; readonly node: string; readonly stay?: boolean }
  | {
      readonly kind: 'force-leave';
      readonly node: string;
      readonly name: string;
      readonly prune?: boolean;
    }
  | {
      readonly kind: 'set-tags';
      readonly node: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'crash'; readonly nodes: readonly string[]; readonly host?: boolean }
  | {
      readonly kind: 'restart';
      readonly node: string;
      readonly memory?: 'checkpoint' | 'none';
      readonly ip?: string;
      readonly via?: readonly string[];
    }
  | { readonly kind: 'pause'; readonly node: string; readonly forMs: number }
  | {
      readonly kind: 'cut';
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly protocol?: Protocol;
      readonly isOneWay?: boolean;
    }
  | {
      readonly kind: 'isolate';
      readonly nodes: readonly string[];
      readonly protocol?: Protocol;
      readonly isOneWay?: boolean;
    }
  | { readonly kind: 'heal' }
  | { readonly kind: 'network'; readonly conditions: Partial<LinkConditions> }
  | { readonly kind: 'clock'; readonly node: string; readonly jumpMs: number }
  | { readonly kind: 'clock-rate'; readonly node: string; readonly rate: number }
  | { readonly kind: 'run'; readonly forMs: number }
  /** From here on `no-event` counts. */
  | { readonly kind: 'mark' }
  /** Lets time pass until it holds; default `withinMs` 0: it must hold now. */
  | { readonly kind: 'expect'; readonly that: Expectation; readonly withinMs?: number };

/** A whole story. */
export interface Scenario {
  readonly title: string;
  readonly operations: readonly Operation[];
}

/** An operation as a line of a script. */
export function formatOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'start-many':
      return `start ${operation.count} nodes${via(operation.via)}${every(operation.everyMs)}`;
    case 'start':
      return `start ${operation.id}${startDetails(operation)}`;
    case 'join':
      return `join ${operation.node}${via(operation.via)}`;
    case 'leave':
      return `leave ${operation.node}${operation.stay === true ? ' and stay' : ''}`;
    case 'force-leave':
      return `force-leave ${operation.name} by ${operation.node}${operation.prune === true ? ' and prune' : ''}`;
    case 'set-tags':
      return `set-tags ${operation.node} ${describeTags(new Map(Object.entries(operation.tags)))}`;
    case 'crash':
      return `crash ${list(operation.nodes)}${operation.host === true ? ' with host' : ''}`;
    case 'restart':
      return `restart ${operation.node}${operation.memory === 'checkpoint' ? ' with memory' : ''}${at(operation.ip)}${via(operation.via)}`;
    case 'pause':
      return `pause ${operation.node} for ${operation.forMs} ms`;
    case 'cut':
      return `cut ${list(operation.from)} ${arrow(operation)} ${list(operation.to)}`;
    case 'isolate':
      return `isolate ${list(operation.nodes)} ${arrow(operation)} others`;
    case 'heal':
    case 'mark':
      return operation.kind;
    case 'network':
      return `network ${JSON.stringify(operation.conditions)}`;
    case 'clock':
      return `clock of ${operation.node} jumps ${operation.jumpMs} ms`;
    case 'clock-rate':
      return `clock of ${operation.node} at rate ${operation.rate}`;
    case 'run':
      return `run ${operation.forMs} ms`;
    case 'expect':
      return `expect ${formatExpectation(operation.that)}${within(operation.withinMs)}`;
    default:
      return operation satisfies never;
  }
}

/** A scenario as a script, one numbered line an operation. */
export function formatScenario(scenario: Scenario): string {
  const lines = scenario.operations.map(
    (operation, index) => `${String(index + 1).padStart(4)}  ${formatOperation(operation)}`,
  );
  return [`# ${scenario.title}`, ...lines].join('\n');
}

export function formatExpectation(expectation: Expectation): string {
  switch (expectation.kind) {
    case 'converged':
      return `converged${expectation.gone === undefined ? '' : `, the gone ${expectation.gone}`}`;
    case 'status':
      return `${expectation.name} ${expectation.status}${seenBy(expectation.at)}`;
    case 'alive':
      return `${expectation.count} alive${seenBy(expectation.at)}`;
    case 'no-event':
      return `no ${expectation.event}${seenBy(expectation.at)}`;
    case 'down':
      return `${expectation.node} down`;
    default:
      return expectation satisfies never;
  }
}

function startDetails(operation: Extract<Operation, { kind: 'start' }>): string {
  const { name, ip, tags, clockOffsetMs } = operation;
  const named = name === undefined ? '' : ` named ${name}`;
  const tagged = tags === undefined ? '' : ` with ${describeTags(new Map(Object.entries(tags)))}`;
  const skewed = clockOffsetMs === undefined ? '' : `, clock off by ${clockOffsetMs} ms`;
  return `${named}${at(ip)}${via(operation.via)}${tagged}${skewed}`;
}

function arrow(operation: { readonly protocol?: Protocol; readonly isOneWay?: boolean }): string {
  const { protocol = 'all', isOneWay = false } = operation;
  return `${isOneWay ? '->' : '<->'}${protocol === 'all' ? '' : ` (${protocol})`}`;
}

function via(ids: string | readonly string[] | undefined): string {
  if (ids === undefined) return '';
  return ` through ${typeof ids === 'string' ? ids : list(ids)}`;
}

function at(ip: string | undefined): string {
  return ip === undefined ? '' : ` at ${ip}`;
}

function every(everyMs: number | undefined): string {
  return everyMs === undefined ? '' : `, one every ${everyMs} ms`;
}

function seenBy(ids: readonly string[] | undefined): string {
  return ids === undefined ? '' : ` at ${list(ids)}`;
}

function within(withinMs: number | undefined): string {
  return withinMs === undefined ? '' : ` within ${withinMs} ms`;
}

function list(ids: readonly string[]): string {
  return ids.length > 12 ? `${ids.slice(0, 10).join(',')},… (${ids.length})` : ids.join(',');
}
