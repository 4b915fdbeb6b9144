/** Chooses where the engine runs. */

import type { Runtime, RuntimeListener, RuntimeOptions } from '../workers/runtime.ts';
import { startWorker } from '../workers/worker-host.ts';
import type { ResolvedOptions } from './options.ts';

/** Starts a runtime; resolves when it listens. Rejects with a `FolkmootError`. */
export type StartRuntime = (options: RuntimeOptions, listener: RuntimeListener) => Promise<Runtime>;

/** How to start what the options ask for. */
export function runtimeStarter({ runtimeKind, transport }: ResolvedOptions): StartRuntime {
  switch (runtimeKind) {
    case 'worker':
      return (options, listener) => startWorker(options, listener);
    case 'inline':
      return async (options, listener) => {
        // Brings the whole engine along, which a main thread beside a worker never needs.
        const { startInline } = await import('../workers/inline-host.ts');
        return startInline(options, listener, transport === undefined ? {} : { transport });
      };
    default:
      return runtimeKind satisfies never;
  }
}
