/** Steady traffic: what is sent at a pace, which is the test's input and no waiting for anything. */

import { setTimeout as delay } from 'node:timers/promises';

/** Traffic that runs until it is stopped. */
export interface Traffic {
  /** Resolves to how often something was sent, when the last of it is on its way. */
  stop(): Promise<number>;
}

/** Calls `send` with 0, 1, 2 … every `everyMs`, one after the other. */
export function startTraffic(everyMs: number, send: (count: number) => Promise<unknown>): Traffic {
  const stopping = new AbortController();
  const running = run(Infinity, { everyMs, send, signal: stopping.signal });
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** Calls `send` so many times at that pace. */
export async function sendAtPace(
  times: number,
  everyMs: number,
  send: (count: number) => Promise<unknown>,
): Promise<void> {
  await run(times, { everyMs, send, signal: new AbortController().signal });
}

async function run(
  times: number,
  traffic: {
    readonly everyMs: number;
    send(count: number): Promise<unknown>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const startedAt = performance.now();
  for (let count = 0; count < times; count += 1) {
    if (traffic.signal.aborted) return count;
    await traffic.send(count);
    const nextAt = startedAt + (count + 1) * traffic.everyMs;
    await delay(Math.max(0, nextAt - performance.now()));
  }
  return times;
}
