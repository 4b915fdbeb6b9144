/** The Serf machine of one member: whether it is here, leaves or is gone, ordered by Lamport time. */

import { assign, setup } from 'xstate';
import type { MemberFactKind } from '../model/fact.ts';
import type { LamportTime } from '../model/lamport.ts';

/** What the machine remembers: the Lamport time of the last intent that was accepted; 0 if none was. */
export interface MemberMachineContext {
  readonly statusTime: LamportTime;
}

/** What can happen to a member: news from SWIM, intents from anybody, and the end of its record. */
export type MemberMachineEvent =
  /**
   * SWIM says that the node is up. `intent`: the latest intent heard before the member was known,
   * with its time (0 if there was none).
   */
  | {
      readonly type: 'node-joined';
      readonly intent: 'join' | 'leave' | undefined;
      readonly intentTime: LamportTime;
    }
  /** SWIM heard new tags. */
  | { readonly type: 'node-updated' }
  /** SWIM says that the node is failed or left: to Serf the intents tell which. */
  | { readonly type: 'node-gone' }
  | { readonly type: 'leave-intent'; readonly time: LamportTime }
  | { readonly type: 'join-intent'; readonly time: LamportTime }
  /** Gone for longer than such members are kept. */
  | { readonly type: 'reap' }
  /** A leave intent said that the record goes at once. */
  | { readonly type: 'prune' };

// Never read: XState takes the types from it.
const types = {} as { context: MemberMachineContext; events: MemberMachineEvent };

/** A fact has no effect here: the engine tells it, and users may `provide` their own effect. */
const told = (): void => {};

const facts = {
  'member-joined': told,
  'member-updated': told,
  'member-leaving': told,
  'member-stayed': told,
  'member-time-advanced': told,
  'member-left': told,
  'member-failed': told,
  'member-reaped': told,
} satisfies Record<MemberFactKind, () => void>;

/**
 * Alive, leaving, left or failed, by Serf's rules: only an intent later than the last accepted one
 * counts, and a node that goes without a leave intent has failed. Each action is the kind of a fact;
 * `remember` keeps the time.
 */
export const memberMachine = setup({
  types,
  guards: {
    isNewer: ({ context, event }) =>
      (event.type === 'leave-intent' || event.type === 'join-intent') &&
      event.time > context.statusTime,
    isLeaveBuffered: ({ event }) => event.type === 'node-joined' && event.intent === 'leave',
  },
  actions: {
    ...facts,
    remember: assign(({ context, event }) => ({ statusTime: statusTimeAfter(context, event) })),
  },
}).createMachine({
  id: 'member',
  initial: 'none',
  context: { statusTime: 0 },
  states: {
    none: {
      on: {
        'node-joined': [
          { guard: 'isLeaveBuffered', target: 'leaving', actions: ['member-joined', 'remember'] },
          { target: 'alive', actions: ['member-joined', 'remember'] },
        ],
      },
    },
    alive: {
      on: {
        'node-joined': { actions: 'member-joined' },
        'node-updated': { actions: 'member-updated' },
        'node-gone': { target: 'failed', actions: 'member-failed' },
        'leave-intent': {
          guard: 'isNewer',
          target: 'leaving',
          actions: ['member-leaving', 'remember'],
        },
        'join-intent': { guard: 'isNewer', actions: ['member-time-advanced', 'remember'] },
        prune: { target: 'none', actions: ['member-reaped', 'remember'] },
      },
    },
    leaving: {
      on: {
        'node-joined': { target: 'alive', actions: 'member-joined' },
        'node-updated': { actions: 'member-updated' },
        'node-gone': { target: 'left', actions: 'member-left' },
        // The time advances although the state does not, or the intent would be gossiped for ever.
        'leave-intent': { guard: 'isNewer', actions: ['member-time-advanced', 'remember'] },
        'join-intent': {
          guard: 'isNewer',
          target: 'alive',
          actions: ['member-stayed', 'remember'],
        },
        prune: { target: 'none', actions: ['member-reaped', 'remember'] },
      },
    },
    left: {
      on: {
        'node-joined': { target: 'alive', actions: 'member-joined' },
        'node-updated': { actions: 'member-updated' },
        'leave-intent': { guard: 'isNewer', actions: ['member-time-advanced', 'remember'] },
        'join-intent': { guard: 'isNewer', actions: ['member-time-advanced', 'remember'] },
        reap: { target: 'none', actions: ['member-reaped', 'remember'] },
        prune: { target: 'none', actions: ['member-reaped', 'remember'] },
      },
    },
    failed: {
      on: {
        'node-joined': { target: 'alive', actions: 'member-joined' },
        'node-updated': { actions: 'member-updated' },
        // A forced leave: somebody knows that the failed member will not come back.
        'leave-intent': { guard: 'isNewer', target: 'left', actions: ['member-left', 'remember'] },
        'join-intent': { guard: 'isNewer', actions: ['member-time-advanced', 'remember'] },
        reap: { target: 'none', actions: ['member-reaped', 'remember'] },
        prune: { target: 'none', actions: ['member-reaped', 'remember'] },
      },
    },
  },
});

function statusTimeAfter(context: MemberMachineContext, event: MemberMachineEvent): LamportTime {
  switch (event.type) {
    case 'node-joined':
      return event.intentTime;
    case 'leave-intent':
    case 'join-intent':
      return event.time;
    case 'reap':
    case 'prune':
      return 0;
    case 'node-updated':
    case 'node-gone':
      return context.statusTime;
    default:
      return event satisfies never;
  }
}
