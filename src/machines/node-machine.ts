/** The SWIM machine of one node: what memberlist knows of it, ordered by incarnation. */

import { and, assign, setup } from 'xstate';
import type { NodeFactKind } from '../model/fact.ts';

/** What the machine remembers: the incarnation of the last claim that was believed; 0 if none was. */
export interface NodeMachineContext {
  readonly incarnation: number;
}

/** What can be heard about a node. Plain data; whether a claim is believed is the machine's to decide. */
export type NodeMachineEvent =
  /**
   * The node says that it is there. `addressChanged`: at another address than is known; `mayMove`:
   * it may (it had left, or failed long enough ago to be reclaimed).
   */
  | {
      readonly type: 'alive';
      readonly incarnation: number;
      readonly addressChanged: boolean;
      readonly mayMove: boolean;
    }
  /** Somebody could not reach it. `isNewAccuser`: and had not said so before in this suspicion. */
  | { readonly type: 'suspect'; readonly incarnation: number; readonly isNewAccuser: boolean }
  /** It is declared dead. `isOwn`: by itself, so it leaves. */
  | { readonly type: 'dead'; readonly incarnation: number; readonly isOwn: boolean }
  /** Nobody refuted the suspicion of this incarnation in time. */
  | { readonly type: 'suspicion-expired'; readonly incarnation: number }
  /** It was gone for so long that it need not be remembered. */
  | { readonly type: 'forget' };

// Never read: XState takes the types from it.
const types = {} as { context: NodeMachineContext; events: NodeMachineEvent };

/** A fact has no effect here: the engine tells it, and users may `provide` their own effect. */
const told = (): void => {};

const facts = {
  'node-joined': told,
  'node-refreshed': told,
  'node-refuted': told,
  'node-suspected': told,
  'suspicion-confirmed': told,
  'node-failed': told,
  'node-left': told,
  'node-forgotten': told,
  'name-conflicted': told,
} satisfies Record<NodeFactKind, () => void>;

/**
 * Alive, suspect, failed or left, by memberlist's rules for alive, suspect and dead messages: a claim
 * of life must be newer than what is known, an accusation need only be as new. Each action is the
 * kind of a fact; `remember` keeps the incarnation.
 */
export const nodeMachine = setup({
  types,
  guards: {
    // The name is taken: an address that is not allowed to change did.
    isConflict: ({ event }) => event.type === 'alive' && event.addressChanged && !event.mayMove,
    // An allowed move is believed whatever its incarnation, since the node may have lost its memory.
    hasMoved: ({ event }) => event.type === 'alive' && event.addressChanged && event.mayMove,
    isNewer: ({ context, event }) =>
      event.type !== 'forget' && event.incarnation > context.incarnation,
    isCurrent: ({ context, event }) =>
      event.type !== 'forget' && event.incarnation >= context.incarnation,
    isNewAccuser: ({ event }) => event.type === 'suspect' && event.isNewAccuser,
    isOwn: ({ event }) => event.type === 'dead' && event.isOwn,
  },
  actions: {
    ...facts,
    remember: assign(({ event }) => ({
      incarnation: event.type === 'forget' ? 0 : event.incarnation,
    })),
  },
}).createMachine({
  id: 'node',
  initial: 'unknown',
  context: { incarnation: 0 },
  states: {
    unknown: {
      on: {
        alive: { guard: 'isNewer', target: 'alive', actions: ['node-joined', 'remember'] },
      },
    },
    alive: {
      on: {
        alive: [
          { guard: 'isConflict', actions: 'name-conflicted' },
          { guard: 'isNewer', actions: ['node-refreshed', 'remember'] },
        ],
        suspect: {
          guard: 'isCurrent',
          target: 'suspect',
          actions: ['node-suspected', 'remember'],
        },
        dead: [
          {
            guard: and(['isCurrent', 'isOwn']),
            target: 'left',
            actions: ['node-left', 'remember'],
          },
          { guard: 'isCurrent', target: 'failed', actions: ['node-failed', 'remember'] },
        ],
      },
    },
    suspect: {
      on: {
        alive: [
          { guard: 'isConflict', actions: 'name-conflicted' },
          { guard: 'isNewer', target: 'alive', actions: ['node-refuted', 'remember'] },
        ],
        // As in memberlist, a confirmation counts for the suspicion there is, whatever its incarnation.
        suspect: { guard: and(['isCurrent', 'isNewAccuser']), actions: 'suspicion-confirmed' },
        dead: [
          {
            guard: and(['isCurrent', 'isOwn']),
            target: 'left',
            actions: ['node-left', 'remember'],
          },
          { guard: 'isCurrent', target: 'failed', actions: ['node-failed', 'remember'] },
        ],
        'suspicion-expired': {
          guard: 'isCurrent',
          target: 'failed',
          actions: ['node-failed', 'remember'],
        },
      },
    },
    failed: {
      on: {
        alive: [
          { guard: 'isConflict', actions: 'name-conflicted' },
          { guard: 'hasMoved', target: 'alive', actions: ['node-joined', 'remember'] },
          { guard: 'isNewer', target: 'alive', actions: ['node-joined', 'remember'] },
        ],
        forget: { target: 'unknown', actions: ['node-forgotten', 'remember'] },
      },
    },
    left: {
      on: {
        alive: [
          { guard: 'isConflict', actions: 'name-conflicted' },
          { guard: 'hasMoved', target: 'alive', actions: ['node-joined', 'remember'] },
          { guard: 'isNewer', target: 'alive', actions: ['node-joined', 'remember'] },
        ],
        forget: { target: 'unknown', actions: ['node-forgotten', 'remember'] },
      },
    },
  },
});
