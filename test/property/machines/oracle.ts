/** A table and XState itself, asked the same question. */

import { transition } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import type { StepTable } from '../../../src/machines/compile.ts';

/** What came of an event: the state, the context, and the actions in the order of their execution. */
export interface Outcome {
  readonly state: string;
  readonly context: unknown;
  readonly actions: readonly string[];
}

interface Question<S extends string, E, C> {
  readonly state: S;
  readonly context: C;
  readonly event: E;
}

/** XState's own answer. */
export function askMachine(
  machine: AnyStateMachine,
  { state, context, event }: Question<string, { readonly type: string }, unknown>,
): Outcome {
  const from = machine.resolveState({ value: state, context });
  const [after, actions] = transition(machine, from, event);
  const { value } = after as { readonly value: unknown };
  const told = actions.map(({ type }) => type);
  return { state: String(value), context: after.context, actions: told };
}

/** The table's answer; an ignored event changes nothing. */
export function askTable<S extends string, E extends { readonly type: string }, C>(
  table: StepTable<S, E, C, string>,
  { state, context, event }: Question<S, E, C>,
): Outcome & { readonly state: S; readonly context: C } {
  const step = table.step(state, event, context);
  if (step === undefined) return { state, context, actions: [] };
  return {
    state: step.target,
    context: step.remembers ? table.remember(context, event) : context,
    actions: step.facts,
  };
}
