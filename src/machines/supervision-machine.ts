/** When a dead worker thread is started again, after which pause, and when that is given up. */

import { assign, setup } from 'xstate';

export type SupervisionState = 'starting' | 'running' | 'backing-off' | 'given-up' | 'stopped';

/** What the supervisor is told once. */
export interface SupervisionOptions {
  /** Restarts that may begin within any `windowMs`; one loss more and it is given up. */
  readonly restartsMax: number;
  readonly windowMs: number;
  /** The pause before the first restart; it doubles with each loss in the window … */
  readonly backoffMsMin: number;
  /** … up to this. */
  readonly backoffMsMax: number;
}

export interface SupervisionContext extends SupervisionOptions {
  /** Restarts so far, in all. */
  readonly restarts: number;
  /** When the thread was lost, within the window; at most `restartsMax + 1`, oldest first. */
  readonly lostAt: readonly number[];
  /** How long to wait in `backing-off`. */
  readonly backoffMs: number;
  /** Why it was lost last; empty before. */
  readonly reason: string;
}

export type SupervisionEvent =
  /** The worker is up and listens. */
  | { readonly type: 'started' }
  /** The worker died, or did not come up, at `at` (milliseconds of any clock that never falls). */
  | { readonly type: 'lost'; readonly at: number; readonly reason: string }
  /** `backoffMs` have passed since `backing-off` was entered: the driver's timer, not the machine's. */
  | { readonly type: 'backoff-elapsed' }
  /** No more restarts: the node ends. */
  | { readonly type: 'stop' };

// Never read: XState takes the types from it.
const types = {} as {
  context: SupervisionContext;
  events: SupervisionEvent;
  input: SupervisionOptions;
};

/**
 * starting → running, and back by way of `backing-off` when the worker is lost. The very first start
 * is not repeated: what fails there (a port taken, an address that is not ours) the caller must hear.
 * The machine has no timer: its driver waits for `context.backoffMs` and sends `backoff-elapsed`.
 */
export const supervisionMachine = setup({
  types,
  guards: {
    isFirstStart: ({ context }) => context.restarts === 0,
    canRestart: ({ context, event }) =>
      event.type === 'lost' && lossesAfter(context, event.at).length <= context.restartsMax,
  },
  actions: {
    rememberLoss: assign(({ context, event }) =>
      event.type === 'lost' ? afterLoss(context, event) : {},
    ),
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
  },
}).createMachine({
  id: 'supervision',
  initial: 'starting',
  context: ({ input }) => ({ ...input, restarts: 0, lostAt: [], backoffMs: 0, reason: '' }),
  on: { stop: '.stopped' },
  states: {
    starting: {
      on: {
        started: 'running',
        lost: [
          { guard: 'isFirstStart', target: 'given-up', actions: 'rememberLoss' },
          { guard: 'canRestart', target: 'backing-off', actions: 'rememberLoss' },
          { target: 'given-up', actions: 'rememberLoss' },
        ],
      },
    },
    running: {
      on: {
        lost: [
          { guard: 'canRestart', target: 'backing-off', actions: 'rememberLoss' },
          { target: 'given-up', actions: 'rememberLoss' },
        ],
      },
    },
    'backing-off': {
      on: { 'backoff-elapsed': { target: 'starting', actions: 'countRestart' } },
    },
    'given-up': { type: 'final' },
    stopped: { type: 'final' },
  },
});

function lossesAfter(context: SupervisionContext, at: number): readonly number[] {
  const kept = context.lostAt.filter((lostAt) => at - lostAt < context.windowMs);
  return [...kept, at].slice(-(context.restartsMax + 1));
}

function afterLoss(
  context: SupervisionContext,
  loss: { readonly at: number; readonly reason: string },
): Partial<SupervisionContext> {
  const lostAt = lossesAfter(context, loss.at);
  const backoffMs = Math.min(context.backoffMsMax, context.backoffMsMin * 2 ** (lostAt.length - 1));
  return { lostAt, backoffMs, reason: loss.reason };
}
