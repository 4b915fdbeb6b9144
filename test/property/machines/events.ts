/** The events of both machines: every one around a boundary for grids, and random ones. */

import fc from 'fast-check';
import type { MemberMachineEvent } from '../../../src/machines/member-machine.ts';
import type { NodeMachineEvent } from '../../../src/machines/node-machine.ts';

const booleans = [false, true];

/** Every event of the node machine with every input that its guards tell apart, around `boundary`. */
export function nodeEventsAround(boundary: number): readonly NodeMachineEvent[] {
  const incarnations = [boundary - 1, boundary, boundary + 1];
  return incarnations
    .flatMap((incarnation): readonly NodeMachineEvent[] => [
      ...booleans.flatMap((addressChanged) =>
        booleans.map((mayMove) => ({
          type: 'alive' as const,
          incarnation,
          addressChanged,
          mayMove,
        })),
      ),
      ...booleans.map((isNewAccuser) => ({ type: 'suspect' as const, incarnation, isNewAccuser })),
      ...booleans.map((isOwn) => ({ type: 'dead' as const, incarnation, isOwn })),
      { type: 'suspicion-expired', incarnation },
    ])
    .concat({ type: 'forget' });
}

/** Every event of the member machine, likewise. */
export function memberEventsAround(boundary: number): readonly MemberMachineEvent[] {
  const times = [boundary - 1, boundary, boundary + 1];
  const intents = ['join', 'leave', undefined] as const;
  return times
    .flatMap((time): readonly MemberMachineEvent[] => [
      { type: 'leave-intent', time },
      { type: 'join-intent', time },
      ...intents.map((intent) => ({ type: 'node-joined' as const, intent, intentTime: time })),
    ])
    .concat({ type: 'node-updated' }, { type: 'node-gone' }, { type: 'reap' }, { type: 'prune' });
}

/** Small numbers, so that newer, equal and older all come up often. */
const counter = fc.nat({ max: 6 });

export const nodeEvents: fc.Arbitrary<NodeMachineEvent> = fc.oneof(
  fc.record({
    type: fc.constant('alive' as const),
    incarnation: counter,
    addressChanged: fc.boolean(),
    mayMove: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('suspect' as const),
    incarnation: counter,
    isNewAccuser: fc.boolean(),
  }),
  fc.record({ type: fc.constant('dead' as const), incarnation: counter, isOwn: fc.boolean() }),
  fc.record({ type: fc.constant('suspicion-expired' as const), incarnation: counter }),
  fc.record({ type: fc.constant('forget' as const) }),
);

export const memberEvents: fc.Arbitrary<MemberMachineEvent> = fc.oneof(
  fc.record({
    type: fc.constant('node-joined' as const),
    intent: fc.constantFrom('join' as const, 'leave' as const, undefined),
    intentTime: counter,
  }),
  fc.record({
    type: fc.constantFrom('leave-intent' as const, 'join-intent' as const),
    time: counter,
  }),
  fc.record({
    type: fc.constantFrom(
      'node-updated' as const,
      'node-gone' as const,
      'reap' as const,
      'prune' as const,
    ),
  }),
);
