/** What every runtime must do, wherever its engine runs and whatever carries its bytes. */

import { afterEach, describe, expect, it } from 'vitest';

import { FolkmootError } from '../../../src/model/error.ts';
import type { Runtime, RuntimeListener, RuntimeOptions } from '../../../src/workers/runtime.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import type { TestRuntimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';
import { waitFor } from '../support/wait-for.ts';

export interface RuntimeSubject {
  readonly start: (options: RuntimeOptions, listener: RuntimeListener) => Promise<Runtime>;
  readonly ip: string;
}

interface Started {
  readonly runtime: Runtime;
  readonly recorder: RuntimeRecorder;
}

export function describeRuntime(name: string, subjectOf: () => Promise<RuntimeSubject>): void {
  describe(`a runtime (${name})`, () => {
    const running: Runtime[] = [];
    let subject: Promise<RuntimeSubject> | undefined;

    afterEach(async () => {
      await Promise.all(running.splice(0).map((runtime) => runtime.close()));
      subject = undefined;
    });

    async function start(options: TestRuntimeOptions): Promise<Started> {
      subject ??= subjectOf();
      const { start: startIt, ip } = await subject;
      const recorder = new RuntimeRecorder();
      const runtime = await startIt(
        runtimeOptions({ bind: { ip, port: 0 }, ...options }),
        recorder,
      );
      running.push(runtime);
      return { runtime, recorder };
    }

    const join = (a: Started, b: Started): Promise<unknown> =>
      a.runtime.command({ kind: 'join', targets: [b.runtime.bound], ignoreOld: false });

    async function pair(
      options: Omit<TestRuntimeOptions, 'name'> = {},
    ): Promise<[Started, Started]> {
      const a = await start({ ...options, name: 'a' });
      const b = await start({ ...options, name: 'b' });
      await join(a, b);
      await waitFor(() => b.recorder.named('alive').length === 2);
      return [a, b];
    }

    it('tells a checkpoint, then its own arrival, then starts', async () => {
      const { runtime, recorder } = await start({ name: 'a' });
      expect(recorder.story).toEqual(['checkpoint', 'node-joined', 'member-joined']);
      expect(recorder.named('alive')).toEqual(['a']);
      expect(runtime.bound.port).toBeGreaterThan(0);
      expect(runtime.advertised).toEqual(runtime.bound);
    });

    it('joins, and both list both', async () => {
      const [a, b] = await pair();
      expect(a.recorder.named('alive')).toEqual(['a', 'b']);
      expect(b.recorder.named('alive')).toEqual(['a', 'b']);
      const { members, streamsDialled } = await a.runtime.stats();
      expect({ members, streamsDialled }).toEqual({ members: 2, streamsDialled: 1 });
      expect((await b.runtime.stats()).streamsServed).toBe(1);
    });

    it('joins under a key and a label', async () => {
      const [a] = await pair({ keys: [new Uint8Array(32).fill(7)], label: 'blue' });
      expect(a.recorder.named('alive')).toEqual(['a', 'b']);
    });

    it('reports a join that is not let in, and counts why', async () => {
      const a = await start({ name: 'a', keys: [new Uint8Array(16).fill(1)] });
      const b = await start({ name: 'b', keys: [new Uint8Array(16).fill(2)] });
      const joined = await join(a, b);
      expect(joined).toMatchObject({ joined: [], failures: [{ target: b.runtime.bound }] });
      const { wireDrops } = await b.runtime.stats();
      expect(wireDrops).toMatchObject({ undecryptable: 1 });
    });

    it('reports that nobody listens where it should join', async () => {
      const [a, b] = [await start({ name: 'a' }), await start({ name: 'b' })];
      await b.runtime.close();
      expect(await join(a, b)).toMatchObject({ failures: [{ reason: 'refused' }] });
    });

    it('spreads tags, and answers after its own view has them', async () => {
      const [a, b] = await pair();
      await a.runtime.command({ kind: 'set-tags', tags: new Map([['role', 'new']]) });
      expect(a.recorder.members.get('a')?.tags.get('role')).toBe('new');
      await waitFor(() => b.recorder.members.get('a')?.tags.get('role') === 'new');
    });

    it('leaves: the others count it as left, and it takes no more commands', async () => {
      const [a, b] = await pair();
      const left = await a.runtime.command({ kind: 'leave' });
      expect(left).toMatchObject({ kind: 'leave' });
      await waitFor(() => b.recorder.named('left').includes('a'));
      const late = a.runtime.command({ kind: 'force-leave', name: 'b', prune: false });
      await expect(late).rejects.toMatchObject({ code: 'ERR_STATE' });
    });

    it('notices that another one is gone', async () => {
      // Quick timing, so that the suspicion of a cluster of two is over soon.
      const quick = { probeIntervalMs: 100, probeTimeoutMs: 50, suspicionMult: 1 };
      const [a, b] = await pair({ engine: quick });
      await b.runtime.close();
      await waitFor(() => a.recorder.named('failed').includes('b'));
      expect(a.recorder.story).toContain('node-suspected');
    });

    it('tells facts that fold to what a checkpoint would say', async () => {
      const [a, b] = await pair();
      await Promise.all(
        [1, 2, 3].map((at) =>
          b.runtime.command({ kind: 'set-tags', tags: new Map([['at', String(at)]]) }),
        ),
      );
      await waitFor(() => a.recorder.members.get('b')?.tags.get('at') === '3');
      expect(a.recorder.members.get('b')?.incarnation).toBe(
        b.recorder.members.get('b')?.incarnation,
      );
      expect(a.recorder.checkpoints).toHaveLength(1);
    });

    it('advertises what it is told to, the bound port for port 0', async () => {
      subject ??= subjectOf();
      const { start: startIt, ip } = await subject;
      const options = runtimeOptions({ name: 'a', bind: { ip, port: 0 } });
      const recorder = new RuntimeRecorder();
      const runtime = await startIt(
        { ...options, advertise: { ip: '192.0.2.7', port: 0 } },
        recorder,
      );
      running.push(runtime);
      expect(runtime.advertised).toEqual({ ip: '192.0.2.7', port: runtime.bound.port });
      expect(recorder.members.get('a')).toMatchObject(runtime.advertised);
    });

    it('rejects with ERR_BIND when the address is taken, and with ERR_OPTION for a bad key', async () => {
      const { runtime } = await start({ name: 'a' });
      const taken = start({ name: 'b', bind: runtime.bound });
      const error = await taken.catch((thrown: unknown) => thrown);
      expect(FolkmootError.is(error) && error.code).toBe('ERR_BIND');
      const keyless = start({ name: 'b', keys: [new Uint8Array(3)] });
      await expect(keyless).rejects.toMatchObject({ code: 'ERR_OPTION' });
    });

    it('frees its address on close, which may be called again', async () => {
      const { runtime } = await start({ name: 'a' });
      await Promise.all([runtime.close(), runtime.close()]);
      await expect(runtime.command({ kind: 'leave' })).rejects.toMatchObject({ code: 'ERR_STATE' });
      const again = await start({ name: 'b', bind: runtime.bound });
      expect(again.runtime.bound).toEqual(runtime.bound);
    });

    it('is told that its name is taken when it joins with one', async () => {
      const [a, b] = await pair();
      const impostor = await start({ name: 'b' });
      expect(await join(impostor, a)).toMatchObject({ failures: [{ reason: 'name-taken' }] });
      expect(a.recorder.members.get('b')).toMatchObject(b.runtime.bound);
    });
  });
}
