import { and, assign, not, or, raise, setup, stateIn } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { compile } from '../../../src/machines/compile.ts';
import type { FactOf, TableOf } from '../../../src/machines/compile.ts';
import type { NodeMachineContext, NodeMachineEvent } from '../../../src/machines/node-machine.ts';
import { nodeMachine } from '../../../src/machines/node-machine.ts';
import type { NodeFactKind } from '../../../src/model/fact.ts';
import type { NodeState } from '../../../src/model/member.ts';

interface Press {
  readonly type: 'press';
  readonly force: number;
}

const types = {} as { context: { count: number; last: string }; events: Press };

/** A lamp whose one state machine is given piece by piece. */
const lamp = setup({
  types,
  guards: {
    isHard: ({ event }) => event.force > 5,
    isFirst: ({ context }) => context.count === 0,
    isEither: or(['isHard', 'isFirst']),
    isThere: stateIn('off'),
  },
  actions: {
    'lamp-lit': () => {},
    remember: assign({ count: ({ context, event }) => context.count + event.force, last: 'press' }),
    forget: assign({ count: 0 }),
  },
});

function lampWith(off: object, machine: object = {}): AnyStateMachine {
  return lamp.createMachine({
    id: 'lamp',
    initial: 'off',
    context: { count: 0, last: '' },
    ...machine,
    states: { off, on: {}, ...('states' in machine ? (machine.states as object) : {}) },
  });
}

const start = { count: 0, last: '' };

describe('compiling a machine', () => {
  it('takes the first transition whose guard holds', () => {
    const table = compile(
      lampWith({ on: { press: [{ guard: 'isHard', target: 'on' }, { actions: 'lamp-lit' }] } }),
    );
    expect(table.step('off', { type: 'press', force: 9 }, start)).toMatchObject({ target: 'on' });
    expect(table.step('off', { type: 'press', force: 1 }, start)).toMatchObject({
      target: 'off',
      facts: ['lamp-lit'],
    });
  });

  it('ignores events and states that the machine does not know', () => {
    const table = compile(lampWith({ on: { press: 'on' } }));
    expect(table.step('on', { type: 'press', force: 1 }, start)).toBeUndefined();
    expect(table.step('off', { type: 'pull' }, start)).toBeUndefined();
    expect(table.step('gone', { type: 'press', force: 1 }, start)).toBeUndefined();
    expect(table.step('toString', { type: 'constructor' }, start)).toBeUndefined();
  });

  it.each([
    { name: 'and', guard: and(['isHard', 'isFirst']), results: [false, false, false, true] },
    { name: 'or', guard: or(['isHard', 'isFirst']), results: [false, true, true, true] },
    { name: 'not', guard: not('isHard'), results: [true, true, false, false] },
    { name: 'a named or', guard: 'isEither', results: [false, true, true, true] },
    {
      name: 'nesting',
      guard: and(['isEither', not('isHard')]),
      results: [false, true, false, false],
    },
  ])('carries guards combined by $name', ({ guard, results }) => {
    const table = compile(lampWith({ on: { press: { guard, target: 'on' } } }));
    const taken = [1, 9].flatMap((force) =>
      [1, 0].map(
        (count) => table.step('off', { type: 'press', force }, { count, last: '' }) !== undefined,
      ),
    );
    expect(taken).toEqual(results);
  });

  it('carries an assign of single fields, and leaves the other fields alone', () => {
    const table = compile(lampWith({ on: { press: { actions: 'remember' } } }));
    const event = { type: 'press', force: 3 };
    expect(table.step('off', event, start)).toEqual({ target: 'off', facts: [], remembers: true });
    expect(table.remember({ count: 4, last: '', other: 1 }, event)).toEqual({
      count: 7,
      last: 'press',
      other: 1,
    });
  });

  it('returns the same frozen step each time, so stepping does not allocate', () => {
    const table = compile(lampWith({ on: { press: { target: 'on', actions: ['lamp-lit'] } } }));
    const step = table.step('off', { type: 'press', force: 1 }, start);
    expect(table.step('off', { type: 'press', force: 2 }, start)).toBe(step);
    expect(Object.isFrozen(step)).toBe(true);
    expect(Object.isFrozen(step?.facts)).toBe(true);
  });

  it('uses the guards that were provided last', () => {
    const machine = lamp
      .createMachine({
        id: 'lamp',
        initial: 'off',
        context: start,
        states: { off: { on: { press: { guard: 'isHard', target: 'on' } } }, on: {} },
      })
      .provide({ guards: { isHard: () => true } });
    expect(compile(machine).step('off', { type: 'press', force: 0 }, start)?.target).toBe('on');
  });

  it('lets descriptions, tags and metadata pass', () => {
    const off = {
      description: 'dark',
      tags: ['dark'],
      meta: { icon: 'moon' },
      on: { press: { target: 'on', description: 'lit', meta: { icon: 'sun' } } },
    };
    expect(compile(lampWith(off, { description: 'a lamp' })).initial).toBe('off');
  });

  it('knows the states, events, context and facts of the machine by type', () => {
    type Table = TableOf<typeof nodeMachine>;
    expectTypeOf<FactOf<typeof nodeMachine>>().toEqualTypeOf<NodeFactKind>();
    expectTypeOf<Table['initial']>().toEqualTypeOf<NodeState>();
    expectTypeOf<Parameters<Table['step']>[1]>().toEqualTypeOf<NodeMachineEvent>();
    expectTypeOf<Parameters<Table['step']>[2]>().toEqualTypeOf<NodeMachineContext>();
    expect(compile(nodeMachine).initial).toBe('unknown');
  });
});

const press = (transition: object): object => ({ on: { press: transition } });

const refused: readonly { readonly what: string; readonly off: object; readonly says: string }[] = [
  { what: 'nested states', off: { initial: 'dim', states: { dim: {} } }, says: "'initial'" },
  { what: 'parallel states', off: { type: 'parallel', states: { dim: {} } }, says: "'type'" },
  { what: 'history states', off: { type: 'history' }, says: "'type'" },
  { what: 'final states', off: { type: 'final' }, says: "'type'" },
  { what: 'after', off: { after: { 1000: 'on' } }, says: "'after'" },
  { what: 'always', off: { always: { guard: 'isHard', target: 'on' } }, says: "'always'" },
  { what: 'entry', off: { entry: 'lamp-lit' }, says: "'entry'" },
  { what: 'exit', off: { exit: 'lamp-lit' }, says: "'exit'" },
  { what: 'invoke', off: { invoke: { src: 'timer' } }, says: "'invoke'" },
  { what: 'ids of states', off: { id: 'dark' }, says: "'id'" },
  { what: 'a wildcard event', off: { on: { '*': 'on' } }, says: "the wildcard event '*'" },
  { what: 'a partial wildcard', off: { on: { 'press.*': 'on' } }, says: "event 'press.*'" },
  { what: 'reenter', off: press({ target: 'on', reenter: true }), says: "'reenter'" },
  { what: 'several targets', off: press({ target: ['on', 'off'] }), says: 'target ["on","off"]' },
  { what: 'a target by id', off: press({ target: '#lamp.on' }), says: 'target "#lamp.on"' },
  { what: 'an inline guard', off: press({ guard: () => true, target: 'on' }), says: 'the guard' },
  {
    what: 'a guard with parameters',
    off: press({ guard: { type: 'isHard', params: { than: 3 } }, target: 'on' }),
    says: 'the guard {"type":"isHard"',
  },
  {
    what: 'an inline guard within and()',
    off: press({ guard: and(['isHard', () => true]), target: 'on' }),
    says: 'the guard',
  },
  {
    what: 'a guard that nobody implements',
    off: press({ guard: 'isBroken', target: 'on' }),
    says: "the guard 'isBroken' that is not implemented",
  },
  {
    what: 'a guard named like a property of every object',
    off: press({ guard: 'toString', target: 'on' }),
    says: "the guard 'toString' that is not implemented",
  },
  { what: 'a guard by state', off: press({ guard: 'isThere', target: 'on' }), says: 'the guard' },
  { what: 'an inline action', off: press({ actions: () => {} }), says: 'the action' },
  { what: 'an inline assign', off: press({ actions: assign({ count: 1 }) }), says: 'the action' },
  {
    what: 'an action with parameters',
    off: press({ actions: { type: 'lamp-lit', params: { by: 'me' } } }),
    says: 'the action {"type":"lamp-lit"',
  },
  {
    what: 'an assign that is not remember',
    off: press({ actions: 'forget' }),
    says: "the action 'forget'",
  },
  {
    what: 'raise',
    off: press({ actions: raise({ type: 'press' }) }),
    says: 'the action',
  },
  {
    what: 'remembering twice',
    off: press({ actions: ['remember', 'remember'] }),
    says: 'more than one remember',
  },
];

describe('compiling refuses', () => {
  it.each(refused)('$what, naming machine, state and feature', ({ off, says }) => {
    // XState itself refuses some of these when the machine is made; then there is nothing to compile.
    const message = messageOf(() => compile(lampWith(off)));
    expect(message).toContain("Cannot compile machine 'lamp', state 'off': ");
    expect(message).toContain(says);
  });

  it.each([
    { what: 'events of the whole machine', machine: { on: { press: '.on' } }, says: "'on'" },
    { what: 'a machine of parallel states', machine: { type: 'parallel' }, says: "'type'" },
    { what: 'an output', machine: { output: 1 }, says: "'output'" },
    { what: 'entry actions of the machine', machine: { entry: 'lamp-lit' }, says: "'entry'" },
    { what: 'an invoked actor', machine: { invoke: { src: 'timer' } }, says: "'invoke'" },
    { what: 'an initial action', machine: { initial: { target: 'off' } }, says: 'initial' },
  ])('$what', ({ machine, says }) => {
    const message = messageOf(() => compile(lampWith({}, machine)));
    expect(message).toContain("Cannot compile machine 'lamp', state '(machine)': ");
    expect(message).toContain(says);
  });

  it('a remember that is not an assign', () => {
    const machine = setup({ actions: { remember: () => {} } }).createMachine({
      id: 'lamp',
      initial: 'off',
      states: { off: {} },
    });
    expect(() => compile(machine)).toThrow('a remember that is not an assign');
  });
});

describe('a machine without remember', () => {
  const facts = { 'lamp-lit': () => {} };
  const machineWith = (actions: string): AnyStateMachine =>
    setup({ actions: facts }).createMachine({
      id: 'lamp',
      initial: 'off',
      states: { off: { on: { press: { actions: actions as 'lamp-lit' } } } },
    });

  it('is carried, and its context never changes', () => {
    const table = compile(machineWith('lamp-lit'));
    expect(table.step('off', { type: 'press' }, {})?.remembers).toBe(false);
    expect(table.remember({ count: 1 }, { type: 'press' })).toEqual({ count: 1 });
  });

  it('is refused if it calls for it', () => {
    expect(() => compile(machineWith('remember'))).toThrow('a remember that is not implemented');
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was thrown';
}
