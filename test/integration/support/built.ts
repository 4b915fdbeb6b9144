/** The built package: a worker thread loads its module from there, so its host must come from there too. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type * as WorkerHost from '../../../src/workers/worker-host.ts';

const dist = new URL('../../../dist/', import.meta.url);

/** `startWorker` of the built package. */
export async function builtWorkerHost(): Promise<typeof WorkerHost> {
  const url = new URL('workers/worker-host.js', dist);
  if (!existsSync(fileURLToPath(url))) throw new Error('not built yet: run `npm run build` first');
  return (await import(url.href)) as typeof WorkerHost;
}

/** The directory of the built package, for processes of their own. */
export const distUrl: string = dist.href;
