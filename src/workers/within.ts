/** Waiting with an end: for what may never answer, such as a disk. */

/** Resolves when `attempt` does, but after `timeoutMs` in any case. Rejects only if it rejects before. */
export async function within(timeoutMs: number, attempt: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    await Promise.race([attempt, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
