/** The public names of `folkmoot/testing`: a deterministic simulator of whole clusters. */

export { createSimulation } from './simulation.ts';
export type { Simulation, WaitOptions } from './simulation.ts';
export type {
  RestartOptions,
  SimulatedLimits,
  SimulationOptions,
  StartOptions,
} from './simulation-options.ts';
export type { CutOptions, Faults } from './faults.ts';
export type { PendingCommand } from './command-table.ts';
export type { DownReason, NodeView } from './node-view.ts';
export type { Told, ToldListener } from './told.ts';
export type { SimulatedEventListener } from './event-log.ts';
export type { SimulatedEvent, SimulatedEventKind } from './member-event.ts';
export type { Traffic } from './cluster.ts';
export type { ConvergenceRules } from './convergence.ts';
export { defaultConditions } from './link.ts';
export type { Delay, LinkConditions, Protocol } from './link.ts';
export { formatOperation, formatScenario } from './operation.ts';
export type { Expectation, Operation, Scenario } from './operation.ts';
export { replay } from './replay.ts';
export type { ReplayOptions, ReplayResult, ReplayStep } from './replay.ts';
export { ScenarioRun, runScenario } from './scenario.ts';
export type { ScenarioReport } from './scenario.ts';
export { SimulationError } from './simulation-error.ts';
export type { FailureContext } from './simulation-error.ts';
export type { TraceMode } from './trace.ts';
export type { CheckMode, DriverStyle, EngineFactory, SimulatedEngine } from './world.ts';
