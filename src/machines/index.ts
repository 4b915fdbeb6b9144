/** The public machines (`folkmoot/machines`): XState v5, ready for an actor system of your own. */

export { compile } from './compile.ts';
export type { FactOf, Step, StepTable, TableOf } from './compile.ts';
export { localNodeMachine } from './local-machine.ts';
export type {
  LocalNodeContext,
  LocalNodeEnd,
  LocalNodeEvent,
  LocalNodeState,
} from './local-machine.ts';
export { memberMachine } from './member-machine.ts';
export type { MemberMachineContext, MemberMachineEvent } from './member-machine.ts';
export { heardBySerf, isReachable, reachablePairs, statusOf } from './member-product.ts';
export type { MemberPair } from './member-product.ts';
export { nodeMachine } from './node-machine.ts';
export type { NodeMachineContext, NodeMachineEvent } from './node-machine.ts';
export { supervisionMachine } from './supervision-machine.ts';
export type {
  SupervisionContext,
  SupervisionEvent,
  SupervisionOptions,
  SupervisionState,
} from './supervision-machine.ts';
export { memberTable, nodeTable } from './tables.ts';
