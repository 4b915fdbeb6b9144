/** User events over the death of the thread: none is told twice, and those of the gap come after all. */

import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { ReceivedEvent } from '../../../src/core/output.ts';
import type { Runtime } from '../../../src/workers/runtime.ts';
import { builtWorkerHost } from '../support/built.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';
import { waitFor } from '../support/wait-for.ts';

const faultyThread = new URL('../support/faulty-thread.mjs', import.meta.url);

class EventRecorder extends RuntimeRecorder {
  readonly heard: string[] = [];

  userEvent({ name }: ReceivedEvent): void {
    this.heard.push(name);
  }
}

describe('a node whose thread dies among events', () => {
  let host: Awaited<ReturnType<typeof builtWorkerHost>>;
  const running: Runtime[] = [];

  beforeAll(async () => {
    host = await builtWorkerHost();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((runtime) => runtime.close()));
  });

  async function start(name: string, backoffMs: number) {
    const recorder = new EventRecorder();
    const runtime = await host.startWorker(runtimeOptions({ name }), recorder, {
      entry: faultyThread,
      supervision: { backoffMsMin: backoffMs, backoffMsMax: backoffMs },
    });
    running.push(runtime);
    return { runtime, recorder };
  }

  it('tells none twice when it is back, and misses none of those that came meanwhile', async () => {
    const a = await start('a', 1);
    const b = await start('b', 500);
    await b.runtime.command({ kind: 'join', targets: [a.runtime.bound], ignoreOld: false });
    const sent: string[] = [];
    const emit = async (name: string): Promise<void> => {
      sent.push(name);
      const payload = new Uint8Array(0);
      await a.runtime.command({ kind: 'user-event', name, payload, coalesce: false });
    };
    const hasAll = (): boolean => b.recorder.heard.length >= sent.length;
    for (let count = 0; count < 20; count += 1) await emit(`before-${count}`);
    await waitFor(hasAll, { what: 'b heard the first events', timeoutMs: 30_000 });
    const fault = new Map([['fault', 'exit']]);
    const died = b.runtime.command({ kind: 'set-tags', tags: fault });
    await expect(died).rejects.toMatchObject({ code: 'ERR_WORKER' });
    for (let count = 0; count < 5; count += 1) await emit(`meanwhile-${count}`);
    await waitFor(() => b.recorder.supervisions.at(-1)?.kind === 'restored');
    await emit('after');
    // The next push/pull hands over everything once more, old and new.
    await waitFor(hasAll, { what: 'b heard the others', timeoutMs: 60_000 });
    expect([...b.recorder.heard].sort()).toEqual([...sent].sort());
  });
});
