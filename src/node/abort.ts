/** Waiting that a caller can give up. */

/**
 * The promise, or a rejection with the signal's reason as soon as that is aborted. What the promise
 * stands for is not undone: only the waiting ends.
 */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  // Whoever gave up waiting must not be told of a later failure by an unhandled rejection.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let forget = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => {
      // oxlint-disable-next-line prefer-promise-reject-errors -- The reason is the caller's own.
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    forget = () => {
      signal.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    forget();
  }
}
