/** The words in which the stories of this folder are told. */

import { runScenario } from '../../src/testing/index.ts';
import type { Operation, Scenario, SimulationOptions } from '../../src/testing/index.ts';
import { seeds } from './to-survive.ts';

export const minuteMs = 60_000;

export const converged = (withinMs: number): Operation => ({
  kind: 'expect',
  that: { kind: 'converged' },
  withinMs,
});
export const never = (event: 'member-failed' | 'member-suspect' | 'member-leave'): Operation => ({
  kind: 'expect',
  that: { kind: 'no-event', event },
});
export const sees = (
  name: string,
  status: 'alive' | 'failed' | 'left' | 'unknown',
  withinMs = 0,
): Operation => ({
  kind: 'expect',
  that: { kind: 'status', name, status },
  withinMs,
});
export const boot = (count: number): Operation[] => [
  { kind: 'start-many', count },
  converged(minuteMs),
];

export function story(title: string, operations: readonly Operation[]): Scenario {
  return { title, operations };
}

export function tell(scenario: Scenario, options: SimulationOptions = {}) {
  return seeds.map((seed) => runScenario(scenario, { ...options, seed }));
}
