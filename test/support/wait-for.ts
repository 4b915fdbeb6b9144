/** Waiting for a condition instead of for time: what is awaited is named, and so is what came instead. */

export interface Wait {
  /** What is waited for, as a clause: "all six list all six". */
  readonly describe: string;
  readonly deadlineMs?: number;
  readonly everyMs?: number;
}

/**
 * Polls `check` until it returns something truthy, and returns that. A check that throws (a failed
 * `expect`) is tried again too; after the deadline its last error is the cause of ours.
 */
export async function waitFor<T>(check: () => T | Promise<T>, wait: Wait): Promise<NonNullable<T>> {
  const { describe, deadlineMs = 20_000, everyMs = 100 } = wait;
  const startedAt = performance.now();
  for (;;) {
    const { value, error } = await attempt(check);
    if (value) return value;
    if (performance.now() - startedAt > deadlineMs) {
      const last = error instanceof Error ? error.message : `the last answer was ${String(value)}`;
      throw new Error(`not within ${deadlineMs} ms: ${describe}\n${last}`, { cause: error });
    }
    await pause(everyMs);
  }
}

/** The only timer that tests wait for: the gap between two looks at a condition. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function attempt<T>(check: () => T | Promise<T>): Promise<{ value?: T; error?: unknown }> {
  try {
    return { value: await check() };
  } catch (error) {
    return { error };
  }
}
