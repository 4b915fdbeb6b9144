/** The life of the local node as its user sees it: one real actor on the main thread (`state$`). */

import { assign, setup } from 'xstate';

/**
 * Where the local node is in its life. `restarting`: its thread died and is being replaced; others
 * may not notice. `shutdown` is the end, graceful or not.
 */
export type LocalNodeState = 'starting' | 'alive' | 'leaving' | 'left' | 'restarting' | 'shutdown';

/** Why a node was shut down. `detail` is for people. */
export interface LocalNodeEnd {
  readonly reason: 'requested' | 'start-failed' | 'name-lost' | 'worker-lost';
  readonly detail: string;
}

/** `isLeaving`: leave was asked for, so a restart takes it up again. `end` is set in `shutdown`. */
export interface LocalNodeContext {
  readonly isLeaving: boolean;
  readonly end: LocalNodeEnd | undefined;
}

export type LocalNodeEvent =
  /** The sockets are open and the node is announced. */
  | { readonly type: 'started' }
  /** The node could not start; `detail` says why. */
  | { readonly type: 'start-failed'; readonly detail: string }
  /** The user wants to leave. */
  | { readonly type: 'leave' }
  /** The leave was told to the others. */
  | { readonly type: 'leave-finished' }
  /** The thread died and is being replaced. */
  | { readonly type: 'worker-lost' }
  /** A new thread has taken over, under the same name. */
  | { readonly type: 'worker-restored' }
  /** The thread died too often. */
  | { readonly type: 'worker-given-up'; readonly detail: string }
  /** Another node of the same name won the vote. */
  | { readonly type: 'name-lost'; readonly detail: string }
  /** The user wants the end now, without leave. */
  | { readonly type: 'shutdown' };

// Never read: XState takes the types from it.
const types = {} as {
  context: LocalNodeContext;
  events: LocalNodeEvent;
  output: LocalNodeEnd | undefined;
};

/** Every end, whatever the state was; a `started` that comes too late finds nobody. */
const ends = {
  shutdown: { target: '.shutdown', actions: 'end' },
  'name-lost': { target: '.shutdown', actions: 'end' },
  'worker-given-up': { target: '.shutdown', actions: 'end' },
} as const;

/**
 * starting → alive → leaving → left → shutdown, with `restarting` between the loss of the thread and
 * the next. A node that has left is not restarted: it would have to join again to answer anybody.
 * The output is the {@link LocalNodeEnd}.
 */
export const localNodeMachine = setup({
  types,
  guards: { isLeaving: ({ context }) => context.isLeaving },
  actions: {
    beginLeave: assign({ isLeaving: true }),
    end: assign(({ event }) => ({ end: endOf(event) })),
  },
}).createMachine({
  id: 'local-node',
  initial: 'starting',
  context: { isLeaving: false, end: undefined },
  output: ({ context }) => context.end,
  on: ends,
  states: {
    starting: {
      on: {
        started: 'alive',
        'start-failed': { target: 'shutdown', actions: 'end' },
      },
    },
    alive: {
      on: {
        leave: { target: 'leaving', actions: 'beginLeave' },
        'worker-lost': 'restarting',
      },
    },
    leaving: {
      on: {
        'leave-finished': 'left',
        'worker-lost': 'restarting',
      },
    },
    left: {
      on: {
        'worker-lost': { target: 'shutdown', actions: 'end' },
      },
    },
    restarting: {
      on: {
        leave: { actions: 'beginLeave' },
        'worker-restored': [{ guard: 'isLeaving', target: 'leaving' }, { target: 'alive' }],
      },
    },
    shutdown: { type: 'final' },
  },
});

function endOf(event: LocalNodeEvent): LocalNodeEnd | undefined {
  switch (event.type) {
    case 'shutdown':
      return { reason: 'requested', detail: 'shut down by its user' };
    case 'start-failed':
      return { reason: 'start-failed', detail: event.detail };
    case 'name-lost':
      return { reason: 'name-lost', detail: event.detail };
    case 'worker-given-up':
      return { reason: 'worker-lost', detail: event.detail };
    case 'worker-lost':
      return { reason: 'worker-lost', detail: 'the thread died after the node had left' };
    case 'started':
    case 'leave':
    case 'leave-finished':
    case 'worker-restored':
      return undefined;
    default:
      return event satisfies never;
  }
}
