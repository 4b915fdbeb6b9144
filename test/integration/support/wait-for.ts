/** Waiting without sleeping: for a condition, with a deadline. */

import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** What is waited for, for the message of the failure; a function may say how things stand. */
  readonly what?: string | (() => string);
}

const pollMs = 5;

/** Resolves to the first value of `condition` that is neither `undefined` nor `false`; rejects at the deadline. */
export async function waitFor<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  { timeoutMs = 10_000, what = 'the condition' }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      const text = typeof what === 'string' ? what : what();
      throw new Error(`not within ${timeoutMs} ms: ${text}`);
    }
    await delay(pollMs);
  }
}
