import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import type { Runtime } from '../../../src/workers/runtime.ts';
import type { WorkerOptions } from '../../../src/workers/worker-host.ts';
import { blockFor } from '../support/busy.ts';
import { builtWorkerHost } from '../support/built.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import type { TestRuntimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';
import { waitFor } from '../support/wait-for.ts';

const faultyThread = new URL('../support/faulty-thread.mjs', import.meta.url);
const quickRestarts = { backoffMsMin: 1, backoffMsMax: 20 };

describe('an engine in a worker thread', () => {
  let host: Awaited<ReturnType<typeof builtWorkerHost>>;
  const running: Runtime[] = [];

  beforeAll(async () => {
    host = await builtWorkerHost();
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((runtime) => runtime.close()));
  });

  async function start(
    options: TestRuntimeOptions,
    workerOptions: WorkerOptions = {},
  ): Promise<{ runtime: Runtime; recorder: RuntimeRecorder }> {
    const recorder = new RuntimeRecorder();
    const runtime = await host.startWorker(runtimeOptions(options), recorder, workerOptions);
    running.push(runtime);
    return { runtime, recorder };
  }

  const startFaulty = (
    options: TestRuntimeOptions,
    workerOptions: WorkerOptions = {},
  ): ReturnType<typeof start> =>
    start(options, { entry: faultyThread, supervision: quickRestarts, ...workerOptions });

  const cause = (runtime: Runtime, fault: string): Promise<unknown> =>
    runtime.command({ kind: 'set-tags', tags: new Map([['fault', fault]]) });

  it('has told a checkpoint and its own arrival when the start resolves', async () => {
    const { runtime, recorder } = await start({ name: 'a' });
    expect(recorder.story).toEqual(['checkpoint', 'node-joined', 'member-joined']);
    expect(recorder.named('alive')).toEqual(['a']);
    expect(runtime.bound.port).toBeGreaterThan(0);
    expect(runtime.advertised).toEqual(runtime.bound);
    const { members, restarts, receiveBufferBytes } = await runtime.stats();
    expect({ members, restarts }).toEqual({ members: 1, restarts: 0 });
    expect(receiveBufferBytes).toBeGreaterThan(0);
  });

  it('rejects with ERR_BIND across the thread when the port is taken', async () => {
    const { runtime } = await start({ name: 'a' });
    const refused = await start({ name: 'b', bind: runtime.bound }).catch(
      (error: unknown) => error,
    );
    expect(FolkmootError.is(refused) && refused.toRecord()).toMatchObject({
      code: 'ERR_BIND',
      details: { reason: 'EADDRINUSE' },
    });
  });

  it('rejects with ERR_OPTION for a key of no valid size', async () => {
    const refused = await start({ name: 'a', keys: [new Uint8Array(5)] }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'ERR_OPTION' });
  });

  it('rejects with ERR_WORKER when the thread does not come up', async () => {
    const tags = new Map([['fault', 'always']]);
    const refused = await startFaulty({ name: 'a', engine: { tags } }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'ERR_WORKER' });
    expect(String(refused)).toContain('it never starts');
    const entry = new URL('./no-such-thread.js', import.meta.url);
    const missing = await start({ name: 'a' }, { entry }).catch((error: unknown) => error);
    expect(missing).toMatchObject({ code: 'ERR_WORKER' });
  });

  it('tells the facts of a command before its answer', async () => {
    const [a, b] = [await start({ name: 'a' }), await start({ name: 'b' })];
    const targets = [b.runtime.bound];
    const joined = await a.runtime.command({ kind: 'join', targets, ignoreOld: false });
    expect(joined).toMatchObject({ kind: 'join', joined: targets });
    expect(a.recorder.named('alive')).toEqual(['a', 'b']);
    await waitFor(() => b.recorder.named('alive').length === 2);
  });

  it('rejects a command that the engine refuses with its own error', async () => {
    const { runtime } = await start({ name: 'a' });
    await runtime.command({ kind: 'leave' });
    const refused = runtime.command({ kind: 'force-leave', name: 'b', prune: false });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_STATE' });
  });

  it('frees its port and ends its thread on close, which may be called again', async () => {
    const { runtime } = await start({ name: 'a' });
    await Promise.all([runtime.close(), runtime.close()]);
    await runtime.close();
    const late = runtime.command({ kind: 'leave' });
    await expect(late).rejects.toMatchObject({ code: 'ERR_STATE', details: { state: 'shutdown' } });
    await expect(runtime.stats()).rejects.toMatchObject({ code: 'ERR_STATE' });
    const again = await start({ name: 'b', bind: runtime.bound });
    expect(again.runtime.bound).toEqual(runtime.bound);
  });

  it('rejects what is still waiting when it is closed', async () => {
    const { runtime } = await start({ name: 'a' });
    const waiting = runtime.command({ kind: 'force-leave', name: 'b', prune: false });
    const outcome = waiting.catch((error: unknown) => error);
    await runtime.close();
    expect(await outcome).toMatchObject({ code: 'ERR_STATE' });
  });

  for (const fault of ['exit', 'throw', 'throw-later', 'reject-later']) {
    it(`comes back on the same port, above its incarnation, after its thread died (${fault})`, async () => {
      const { runtime, recorder } = await startFaulty({ name: 'a' });
      const other = await start({ name: 'b' });
      await runtime.command({ kind: 'join', targets: [other.runtime.bound], ignoreOld: false });
      await waitFor(() => other.recorder.named('alive').length === 2);
      const before = recorder.members.get('a')?.incarnation ?? 0;
      const bound = { ...runtime.bound };

      await expect(cause(runtime, fault)).rejects.toMatchObject({ code: 'ERR_WORKER' });
      await waitFor(() => recorder.supervisions.at(-1)?.kind === 'restored');
      expect(recorder.supervisions).toMatchObject([
        { kind: 'lost', restarts: 0 },
        { kind: 'restored', restarts: 1 },
      ]);
      expect(recorder.supervisions[0]?.reason).not.toBe('');
      expect(runtime.bound).toEqual(bound);
      expect(recorder.story.lastIndexOf('checkpoint')).toBeGreaterThan(
        recorder.story.indexOf('lost'),
      );
      expect(recorder.named('alive')).toEqual(['a', 'b']);
      expect(recorder.members.get('a')?.incarnation).toBeGreaterThan(before);
      expect((await runtime.stats()).restarts).toBe(1);

      // It works as before, and nobody noticed anything but a newer claim.
      await runtime.command({ kind: 'set-tags', tags: new Map([['role', 'back']]) });
      await waitFor(() => other.recorder.members.get('a')?.tags.get('role') === 'back');
      const kinds = new Set(other.recorder.story);
      expect(kinds.has('node-failed') || kinds.has('node-left')).toBe(false);
    });
  }

  it('survives a thread that runs out of memory', async () => {
    const { runtime, recorder } = await startFaulty(
      { name: 'a' },
      { resourceLimits: { maxOldGenerationSizeMb: 32 } },
    );
    await expect(cause(runtime, 'exhaust')).rejects.toMatchObject({ code: 'ERR_WORKER' });
    await waitFor(() => recorder.supervisions.at(-1)?.kind === 'restored', { timeoutMs: 60_000 });
    expect(recorder.supervisions[0]?.reason).toMatch(/memory/i);
  });

  it('gives up after too many deaths in the window, and says so to every caller', async () => {
    const { runtime, recorder } = await startFaulty(
      { name: 'a' },
      { supervision: { ...quickRestarts, restartsMax: 1 } },
    );
    await cause(runtime, 'exit').catch(() => undefined);
    await waitFor(() => recorder.supervisions.at(-1)?.kind === 'restored');
    await cause(runtime, 'exit').catch(() => undefined);
    await waitFor(() => recorder.supervisions.at(-1)?.kind === 'given-up');
    const refused = runtime.command({ kind: 'leave' });
    await expect(refused).rejects.toMatchObject({ code: 'ERR_WORKER', details: { restarts: 1 } });
    await runtime.close();
  });

  it('loses no fact to a main thread that is blocked while there is credit', async () => {
    const { runtime, recorder } = await startFaulty({ name: 'a' });
    const count = 3_000;
    const answered = cause(runtime, `facts ${count}`);
    blockFor(500);
    await answered;
    const told = recorder.allFacts.filter(({ kind }) => kind === 'suspicion-confirmed');
    expect(told.map((fact) => 'incarnation' in fact && fact.incarnation)).toEqual(
      Array.from({ length: count }, (_, at) => at),
    );
    expect(recorder.checkpoints).toHaveLength(1);
  });

  it('makes up with one checkpoint for what a blocked main thread had no credit for', async () => {
    const { runtime, recorder } = await startFaulty({ name: 'a' });
    const count = 200_000;
    const answered = cause(runtime, `facts ${count}`);
    blockFor(1_000);
    await answered;
    const told = recorder.allFacts.filter(({ kind }) => kind === 'suspicion-confirmed').length;
    expect(told).toBeGreaterThan(1_000);
    expect(told).toBeLessThan(count);
    expect(recorder.checkpoints).toHaveLength(2);
    // The checkpoint has what the command did, and was told before its answer.
    expect(recorder.members.get('a')?.tags.get('fault')).toBe(`facts ${count}`);
    await runtime.command({ kind: 'set-tags', tags: new Map([['role', 'after']]) });
    expect(recorder.members.get('a')?.tags.get('role')).toBe('after');
  });

  it('keeps answering probes while the main thread is blocked', async () => {
    const [a, b] = [await start({ name: 'a' }), await start({ name: 'b' })];
    await a.runtime.command({ kind: 'join', targets: [b.runtime.bound], ignoreOld: false });
    await waitFor(() => b.recorder.named('alive').length === 2);
    // Longer than a probe and its suspicion in the local profile would take.
    blockFor(5_000);
    const stats = await Promise.all([a.runtime.stats(), b.runtime.stats()]);
    expect(stats.map(({ probesFailed }) => probesFailed)).toEqual([0, 0]);
    const bad = [...a.recorder.story, ...b.recorder.story].filter((kind) =>
      /suspected|failed/.test(kind),
    );
    expect(bad).toEqual([]);
  });

  it('counts junk and lives on', async () => {
    const { runtime } = await start({ name: 'a' });
    const socket = createSocket('udp4');
    for (let sent = 0; sent < 200; sent += 1) {
      const junk = Uint8Array.from(
        { length: 1 + (sent % 60) },
        (_, at) => (sent * 37 + at * 11) % 256,
      );
      socket.send(junk, runtime.bound.port, runtime.bound.ip);
    }
    const stats = await waitFor(async () => {
      const now = await runtime.stats();
      return now.packetsReceived >= 200 && now;
    });
    socket.close();
    await once(socket, 'close');
    expect(Object.values(stats.wireDrops).length).toBeGreaterThan(0);
    expect(stats.members).toBe(1);
  });
});
