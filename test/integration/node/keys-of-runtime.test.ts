/** The keyring in the thread: changed at once, on disk before it is reported, and kept over a crash. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { KeyOperation } from '../../../src/core/keys.ts';
import type { CommandValue } from '../../../src/core/output.ts';
import type { Runtime } from '../../../src/workers/runtime.ts';
import { builtWorkerHost } from '../support/built.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';
import { waitFor } from '../support/wait-for.ts';

const faultyThread = new URL('../support/faulty-thread.mjs', import.meta.url);
const [first, second] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
const text = (key: Uint8Array): string => Buffer.from(key).toString('base64');

describe('the keys of a node in a worker thread', () => {
  let host: Awaited<ReturnType<typeof builtWorkerHost>>;
  let folder = '';
  const running: Runtime[] = [];

  beforeAll(async () => {
    host = await builtWorkerHost();
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'folkmoot-keys-'));
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((runtime) => runtime.close()));
    rmSync(folder, { recursive: true });
  });

  async function start(keyringFile?: string) {
    const recorder = new RuntimeRecorder();
    const options = runtimeOptions({ name: 'a', keys: [first] });
    const runtime = await host.startWorker(
      keyringFile === undefined ? options : { ...options, keyringFile },
      recorder,
      { entry: faultyThread, supervision: { backoffMsMin: 1, backoffMsMax: 20 } },
    );
    running.push(runtime);
    return { runtime, recorder };
  }

  const change = (
    runtime: Runtime,
    operation: KeyOperation,
    key: Uint8Array = new Uint8Array(0),
  ): Promise<CommandValue> => runtime.command({ kind: 'keys', operation, key, relayFactor: 0 });

  it('are still those of the last change when the thread died and came back', async () => {
    const { runtime, recorder } = await start();
    await change(runtime, 'install', second);
    await change(runtime, 'use', second);
    const died = runtime.command({ kind: 'set-tags', tags: new Map([['fault', 'exit']]) });
    await expect(died).rejects.toMatchObject({ code: 'ERR_WORKER' });
    await waitFor(() => recorder.supervisions.at(-1)?.kind === 'restored');
    await runtime.command({ kind: 'set-tags', tags: new Map() });
    expect(await change(runtime, 'list')).toMatchObject({
      errors: 0,
      keys: new Map([
        [text(second), 1],
        [text(first), 1],
      ]),
      primaryKeys: new Map([[text(second), 1]]),
    });
  });

  it('are in the file, the primary first, when a change is reported', async () => {
    const path = join(folder, 'keyring.json');
    const { runtime } = await start(path);
    const written = (): unknown => JSON.parse(readFileSync(path, 'utf8'));
    await change(runtime, 'install', second);
    expect(written()).toEqual([text(first), text(second)]);
    await change(runtime, 'use', second);
    expect(written()).toEqual([text(second), text(first)]);
    await change(runtime, 'remove', first);
    expect(written()).toEqual([text(second)]);
  }); // TestSerf_WriteKeyringFile

  it('report what the file system had against it, and are changed all the same', async () => {
    const { runtime } = await start(join(folder, 'not there', 'keyring.json'));
    const report = await change(runtime, 'install', second);
    expect(report).toMatchObject({ errors: 1, responses: 1 });
    const [message] = report.kind === 'keys' ? report.messages.values() : [];
    expect(message).toMatch(/keyring\.json cannot be written/);
    expect(await change(runtime, 'list')).toMatchObject({ keys: { size: 2 } });
  });

  it('that were asked to change in vain are told in the words of Serf', async () => {
    const { runtime } = await start();
    const said = async (operation: KeyOperation, key: Uint8Array) => {
      const report = await change(runtime, operation, key);
      return report.kind === 'keys' ? [...report.messages.values()] : [];
    };
    expect(await said('use', second)).toEqual(['requested key is not in the keyring']);
    expect(await said('remove', first)).toEqual(['removing the primary key is not allowed']);
    expect(await said('remove', second)).toEqual([]);
    expect(await said('install', new Uint8Array(5))).toEqual([
      'key size must be 16, 24 or 32 bytes',
    ]);
  });
});

describe('coordinates', () => {
  it('come over from the thread, of all members or of those that are asked for', async () => {
    const host = await builtWorkerHost();
    const runtime = await host.startWorker(runtimeOptions({ name: 'a' }), new RuntimeRecorder());
    try {
      const known = await runtime.coordinates();
      expect([...known.keys()]).toEqual(['a']);
      expect(known.get('a')).toMatchObject({ error: 1.5, height: 1e-5 });
      expect(await runtime.coordinates(['nobody'])).toEqual(new Map());
    } finally {
      await runtime.close();
    }
    await expect(runtime.coordinates()).rejects.toMatchObject({ code: 'ERR_STATE' });
  });
});
