/** The signals that end a daemon, each counted once. */

/** What a command listens to. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Signals {
  /** Calls `listener` for each signal until the returned function is called. */
  readonly listen: (listener: (signal: StopSignal) => void) => () => void;
}

/**
 * A terminal sends an interrupt to all its processes, and npm passes on the one that it got itself: we
 * hear one key press twice. Nobody presses it twice this quickly.
 */
const echoMs = 400;

/** The signals of this process. `now` is in milliseconds. */
export function processSignals(now: () => number = () => performance.now()): Signals {
  return {
    listen: (listener) => {
      const heardAt = { SIGINT: -Infinity, SIGTERM: -Infinity };
      const onSignal = (signal: NodeJS.Signals): void => {
        if (signal !== 'SIGINT' && signal !== 'SIGTERM') return;
        const isEcho = now() - heardAt[signal] < echoMs;
        heardAt[signal] = now();
        if (!isEcho) listener(signal);
      };
      process.on('SIGINT', onSignal);
      process.on('SIGTERM', onSignal);
      return () => {
        process.off('SIGINT', onSignal);
        process.off('SIGTERM', onSignal);
      };
    },
  };
}
