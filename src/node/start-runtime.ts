/** Chooses where the engine runs. */

import type { Runtime, RuntimeListener, RuntimeOptions } from '../workers/runtime.ts';
import { startInline } from '../workers/inline-host.ts';
import { startWorker } from '../workers/worker-host.ts';
import type { ResolvedOptions } from './options.ts';

/** Starts a runtime; resolves when it listens. Rejects with a `FolkmootError`. */
export type StartRuntime = (options: RuntimeOptions, listener: RuntimeListener) => Promise<Runtime>;

export function runtimeStarter({ runtimeKind }: ResolvedOptions): StartRuntime {
  switch (runtimeKind) {
    case 'worker':
      return startWorker;
    case 'inline':
      return startInline;
    default:
      return runtimeKind satisfies never;
  }
}
