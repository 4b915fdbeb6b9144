/** A thread that waits for a disk: it cannot be ended, and nobody waits for it without end. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { closeTimeoutMs } from '../../../src/workers/worker-host.ts';
import { builtWorkerHost } from '../support/built.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';

const entry = new URL('../support/stuck-thread.mjs', import.meta.url);

it('a runtime whose disk does not answer is closed all the same, and its port is free', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'folkmoot-pipe-'));
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const { startWorker } = await builtWorkerHost();
  const options = runtimeOptions({ name: 'a', engine: { tags: new Map([['pipe', pipe]]) } });
  const stuck = await startWorker(options, new RuntimeRecorder(), { entry });
  const begun = performance.now();
  await stuck.close();
  expect(performance.now() - begun).toBeLessThan(2 * closeTimeoutMs);
  const next = await startWorker({ ...options, bind: stuck.bound }, new RuntimeRecorder());
  await next.close();
  // Somebody writes: now it can end. Opened for both, which waits for nobody if it has ended already.
  await (await open(pipe, 'r+')).close();
  rmSync(folder, { recursive: true });
});
