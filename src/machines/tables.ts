/** The member machines as tables, compiled once when this module loads: what the engine steps. */

import type { MemberFactKind, NodeFactKind } from '../model/fact.ts';
import type { MemberState, NodeState } from '../model/member.ts';
import { compile } from './compile.ts';
import type { StepTable } from './compile.ts';
import { memberMachine } from './member-machine.ts';
import type { MemberMachineContext, MemberMachineEvent } from './member-machine.ts';
import { nodeMachine } from './node-machine.ts';
import type { NodeMachineContext, NodeMachineEvent } from './node-machine.ts';

/** SWIM's transitions of a node. */
export const nodeTable: StepTable<NodeState, NodeMachineEvent, NodeMachineContext, NodeFactKind> =
  compile(nodeMachine);

/** Serf's transitions of a member. */
export const memberTable: StepTable<
  MemberState,
  MemberMachineEvent,
  MemberMachineContext,
  MemberFactKind
> = compile(memberMachine);
