/** Flattens a machine, written in a small subset of XState, into a table that steps without allocating. */

import { and, not, or } from 'xstate';
import type { AnyStateMachine, ContextFrom, EventFrom, StateMachine, StateValueFrom } from 'xstate';

/** A transition, ready to be returned: made once, shared by all who take it. */
export interface Step<S extends string, F extends string> {
  readonly target: S;
  /** The facts that it tells, in order. */
  readonly facts: readonly F[];
  /** Whether the context advances: the machine's `remember` is one of the actions. */
  readonly remembers: boolean;
}

/** A machine as a table: the same transitions, without actors. */
export interface StepTable<S extends string, E extends { type: string }, C, F extends string> {
  readonly initial: S;
  /** The transition taken, or `undefined` if the event is ignored in this state. */
  step(state: S, event: E, context: C): Step<S, F> | undefined;
  /** The context after a step that `remembers`. */
  remember(context: C, event: E): C;
}

/** The one action name that is not a fact: an `assign` that advances the context. */
export const rememberAction = 'remember';

/** The names of a machine's actions, without `remember`. */
export type FactOf<M extends AnyStateMachine> =
  M extends StateMachine<
    infer _Context,
    infer _Event,
    infer _Children,
    infer _Actor,
    infer Action,
    infer _Guard,
    infer _Delay,
    infer _StateValue,
    infer _Tag,
    infer _Input,
    infer _Output,
    infer _Emitted,
    infer _StateMeta,
    infer _StateSchema,
    infer _TransitionMeta
  >
    ? Exclude<Action['type'], typeof rememberAction>
    : never;

/** The table of a machine. */
export type TableOf<M extends AnyStateMachine> = StepTable<
  StateValueFrom<M> & string,
  EventFrom<M>,
  ContextFrom<M>,
  FactOf<M>
>;

/**
 * Compiles a machine. What it carries: flat states; for each event a list of transitions, of which
 * the first whose guard holds is taken; guards by name, also within `and`, `or` and `not`; actions by
 * name, which become facts; and one `assign` named `remember`. Guards are the machine's own
 * implementations, so the machine stays the one truth.
 *
 * @throws Error naming machine, state and feature, if the machine has anything else.
 */
export function compile<M extends AnyStateMachine>(machine: M): TableOf<M> {
  // XState's own types of a machine's inside are loose; from here on everything is looked at before use.
  const source = readMachine(machine);
  const rows = new Map<string, Row>();
  for (const [state, config] of source.states) rows.set(state, compileState(source, state, config));
  return new Table(source, rows) as unknown as TableOf<M>;
}

/** What a guard, and the assignment of `remember`, is called with. */
interface Args {
  context: unknown;
  event: { readonly type: string };
}

type Predicate = (args: Args) => boolean;
type Assignment = (args: Args) => object;

interface Candidate {
  readonly guard: Predicate | undefined;
  readonly step: Step<string, string>;
}

/** The candidates of one state, by event type. */
type Row = ReadonlyMap<string, readonly Candidate[]>;

class Table implements StepTable<string, { readonly type: string }, unknown, string> {
  readonly initial: string;
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #assignment: Assignment;
  /** Guards are pure, so one argument object serves all calls. */
  readonly #args: Args = { context: undefined, event: { type: '' } };

  constructor(source: Source, rows: ReadonlyMap<string, Row>) {
    this.initial = source.initial;
    this.#rows = rows;
    this.#assignment = source.assignment;
  }

  step(
    state: string,
    event: { readonly type: string },
    context: unknown,
  ): Step<string, string> | undefined {
    const candidates = this.#rows.get(state)?.get(event.type);
    if (candidates === undefined) return undefined;
    const args = this.#args;
    args.context = context;
    args.event = event;
    for (const candidate of candidates) {
      if (candidate.guard === undefined || candidate.guard(args)) return candidate.step;
    }
    return undefined;
  }

  remember(context: unknown, event: { readonly type: string }): unknown {
    return { ...(context as object), ...this.#assignment({ context, event }) };
  }
}

/** What is read of a machine, checked. */
interface Source {
  readonly id: string;
  readonly initial: string;
  readonly states: ReadonlyMap<string, Config>;
  readonly guards: Config;
  readonly actions: Config;
  readonly assignment: Assignment;
}

/** A piece of configuration of which nothing is known yet. */
type Config = Readonly<Record<string, unknown>>;

// Allowing by name refuses also what later versions of XState may add.
const machineKeys = new Set(
  'id version description meta types schemas initial context states'.split(' '),
);
const stateKeys = new Set(['on', 'description', 'meta', 'tags']);
const transitionKeys = new Set(['target', 'guard', 'actions', 'description', 'meta']);

function readMachine(machine: AnyStateMachine): Source {
  const config = machine.config as Config;
  const { id } = machine;
  refuseOtherKeys(config, machineKeys, id, '(machine)');
  if (typeof config['initial'] !== 'string') refuse(id, '(machine)', 'an initial transition');
  const states = new Map(Object.entries((config['states'] ?? {}) as Record<string, Config>));
  const { guards, actions } = machine.implementations as unknown as {
    guards: Config;
    actions: Config;
  };
  const assignment = readRemember(id, actions[rememberAction]);
  return { id, initial: config['initial'], states, guards, actions, assignment };
}

function compileState(source: Source, state: string, config: Config): Row {
  refuseOtherKeys(config, stateKeys, source.id, state);
  const row = new Map<string, readonly Candidate[]>();
  for (const [type, value] of Object.entries((config['on'] ?? {}) as Config)) {
    if (type.includes('*')) refuse(source.id, state, `the wildcard event '${type}'`);
    const transitions: readonly unknown[] = Array.isArray(value) ? value : [value];
    row.set(
      type,
      transitions.map((transition) => compileTransition(source, state, transition)),
    );
  }
  return row;
}

function compileTransition(source: Source, state: string, value: unknown): Candidate {
  const config = (typeof value === 'string' ? { target: value } : (value ?? {})) as Config;
  refuseOtherKeys(config, transitionKeys, source.id, state);
  const target = config['target'] ?? state;
  if (typeof target !== 'string' || !source.states.has(target)) {
    refuse(source.id, state, `the target ${describe(target)}`);
  }
  const named = config['actions'] ?? [];
  const names = (Array.isArray(named) ? named : [named]).map((action: unknown) =>
    readAction(source, state, action),
  );
  const facts = names.filter((name) => name !== rememberAction);
  if (names.length > facts.length + 1) refuse(source.id, state, 'more than one remember');
  return {
    guard: config['guard'] === undefined ? undefined : readGuard(source, state, config['guard']),
    step: Object.freeze({
      target,
      facts: Object.freeze(facts),
      remembers: names.length > facts.length,
    }),
  };
}

function readAction(source: Source, state: string, action: unknown): string {
  if (typeof action !== 'string') refuse(source.id, state, `the action ${describe(action)}`);
  const implementation = source.actions[action];
  if (action === rememberAction && implementation === undefined) {
    refuse(source.id, state, 'a remember that is not implemented');
  }
  // XState's own actions (assign, raise, sendTo, …) are told by their `resolve`.
  const isPlain = typeof implementation !== 'function' || !('resolve' in implementation);
  if (action !== rememberAction && !isPlain) {
    refuse(source.id, state, `the action '${action}' (${describe(implementation)})`);
  }
  return action;
}

const checks = { and: checkOf(and([])), or: checkOf(or([])), not: checkOf(not(() => true)) };

function readGuard(source: Source, state: string, guard: unknown): Predicate {
  if (typeof guard === 'string') return readNamedGuard(source, state, guard);
  const { check, guards } = partsOf(guard);
  const parts = (): readonly Predicate[] =>
    (guards ?? []).map((part) => readGuard(source, state, part));
  if (check === undefined) return refuse(source.id, state, `the guard ${describe(guard)}`);
  if (check === checks.and) return allOf(parts());
  if (check === checks.or) return anyOf(parts());
  if (check === checks.not) return noneOf(parts());
  return refuse(source.id, state, `the guard ${describe(guard)}`);
}

function readNamedGuard(source: Source, state: string, name: string): Predicate {
  const implementation = Object.hasOwn(source.guards, name) ? source.guards[name] : undefined;
  if (implementation === undefined) {
    refuse(source.id, state, `the guard '${name}' that is not implemented`);
  }
  const isPlain =
    typeof implementation === 'function' && partsOf(implementation).check === undefined;
  return isPlain ? (implementation as Predicate) : readGuard(source, state, implementation);
}

function allOf(parts: readonly Predicate[]): Predicate {
  return (args) => {
    for (const part of parts) if (!part(args)) return false;
    return true;
  };
}

function anyOf(parts: readonly Predicate[]): Predicate {
  return (args) => {
    for (const part of parts) if (part(args)) return true;
    return false;
  };
}

function noneOf(parts: readonly Predicate[]): Predicate {
  const any = anyOf(parts);
  return (args) => !any(args);
}

/** XState's combined guards are functions that carry how they are checked, and of what. */
function partsOf(guard: unknown): { check?: unknown; guards?: readonly unknown[] } {
  return typeof guard === 'function' ? (guard as { check?: unknown }) : {};
}

function checkOf(guard: unknown): unknown {
  return partsOf(guard).check;
}

function readRemember(id: string, implementation: unknown): Assignment {
  if (implementation === undefined) return () => ({});
  const { type, assignment } = implementation as { type?: unknown; assignment?: unknown };
  if (type !== 'xstate.assign') refuse(id, '(machine)', 'a remember that is not an assign');
  if (typeof assignment === 'function') return assignment as Assignment;
  const fields = Object.entries(assignment as Config);
  return (args) =>
    Object.fromEntries(
      fields.map(([key, value]) => [
        key,
        typeof value === 'function' ? (value as (args: Args) => unknown)(args) : value,
      ]),
    );
}

function refuseOtherKeys(
  config: Config,
  allowed: ReadonlySet<string>,
  id: string,
  state: string,
): void {
  for (const key of Object.keys(config)) {
    if (!allowed.has(key) && config[key] !== undefined) refuse(id, state, `'${key}'`);
  }
}

function refuse(id: string, state: string, feature: string): never {
  throw new Error(`Cannot compile machine '${id}', state '${state}': ${feature} is not carried.`);
}

function describe(value: unknown): string {
  if (typeof value === 'function') return value.name === '' ? 'function' : value.name;
  return JSON.stringify(value);
}
