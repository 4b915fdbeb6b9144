/** The flight recorder of running nodes: what it holds, and what a replay makes of it. */

import { FolkmootError } from 'folkmoot';
import { replay } from 'folkmoot/testing';
import { describe, expect, it } from 'vitest';

import { RecordedEngine } from '../../../src/recorder/recorded-engine.ts';
import { recorderDefaults } from '../../../src/recorder/bounds.ts';
import { codec } from '../../../src/wire/codec.ts';
import { startInline } from '../../../src/workers/inline-host.ts';
import type { Runtime, RuntimeListener, RuntimeOptions } from '../../../src/workers/runtime.ts';
import { waitFor } from '../../support/wait-for.ts';
import { builtWorkerHost } from '../support/built.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';
import { at, embed, runtimes } from './embedded.ts';

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return FolkmootError.is(error) ? error.code : error;
  }
}

describe.each(runtimes)('the recording of a node with the %s runtime', (runtime) => {
  it('replays to what the node saw: a member came and failed', async () => {
    await using a = await embed('a', { runtime, recorder: true });
    const b = await embed('b', { runtime });
    await b.join([at(a)]);
    await waitFor(() => a.members.get('b')?.status === 'alive', { describe: 'a sees b' });
    await b.shutdown();
    await waitFor(() => a.members.get('b')?.status === 'failed', { describe: 'a misses b' });
    const facts = a.history().map(({ fact }) => fact);
    const result = replay(await a.recording());
    expect(result).toMatchObject({ by: 'engine', mismatchAt: undefined, error: undefined });
    expect(result.facts.slice(0, facts.length)).toEqual(facts);
    expect(result.members.get('b')?.status).toBe('failed');
    expect(result.members).toEqual(a.at(Date.now()));
  });

  it('has the latest only within its bounds, and the members all the same', async () => {
    await using a = await embed('a', { runtime, recorder: { inputsMax: 5 } });
    await using b = await embed('b', { runtime });
    await b.join([at(a)]);
    await waitFor(async () => replay(await a.recording()).by === 'facts', {
      describe: 'the beginning was dropped',
    });
    const result = replay(await a.recording());
    expect(result.inputs).toBe(5);
    expect([...result.members.keys()].sort()).toEqual(['a', 'b']);
  });

  it('has no key in it, also when the keys were changed', async () => {
    const [one, other] = [Buffer.alloc(32, 'one key'), Buffer.alloc(32, 'another')];
    const options = { runtime, recorder: true, encryptKey: one };
    await using a = await embed('a', options);
    await using b = await embed('b', options);
    await b.join([at(a)]);
    await b.keys.install(other);
    await b.keys.use(other);
    await b.keys.remove(one);
    for (const node of [a, b]) {
      const recording = Buffer.from(await node.recording());
      for (const key of [one, other]) {
        expect(recording.includes(key)).toBe(false);
        expect(recording.includes(key.toString('base64'))).toBe(false);
      }
      expect(replay(recording).mismatchAt).toBeUndefined();
    }
  });

  it('is refused if nothing is recorded, if no engine was lost, and after shutdown', async () => {
    await using a = await embed('a', { runtime });
    expect(await codeOf(a.recording())).toBe('ERR_OPTION');
    const b = await embed('b', { runtime, recorder: true });
    expect(await codeOf(b.recording({ of: 'lost' }))).toBe('ERR_STATE');
    await b.shutdown();
    expect(await codeOf(b.recording())).toBe('ERR_STATE');
  });
});

it('options of the recorder that make no sense are refused', async () => {
  for (const recorder of [{ inputsMax: 0 }, { bytesMax: 10 }, { inputs: 5 }, 'on']) {
    expect(await codeOf(embed('a', { recorder: recorder as never }))).toBe('ERR_OPTION');
  }
});

describe.each(runtimes)('an engine that throws, with the %s runtime,', (kind) => {
  it('leaves its recording behind, up to the input at which it threw', async () => {
    const listener = new RuntimeRecorder();
    const options = { ...runtimeOptions({ name: 'a' }), recorder: recorderDefaults };
    const runtime = await (kind === 'inline' ? inline : threaded)(options, listener);
    try {
      expect(await runtime.recording('lost')).toBeUndefined();
      const command = runtime.command({ kind: 'set-tags', tags: new Map([['fault', 'now']]) });
      await expect(command).rejects.toThrow('the engine was lost');
      await waitFor(() => listener.supervisions.some(({ kind: event }) => event === 'restored'), {
        describe: 'another engine runs',
      });
      const lastWords = (await runtime.recording('lost')) ?? new Uint8Array();
      const inputs: string[] = [];
      const result = replay(lastWords, { onStep: ({ input }) => inputs.push(input.kind) });
      // Its fault was in a codec that the replay does not have: the replay gets over that input.
      expect(result).toMatchObject({ by: 'engine', mismatch: 'error', mismatchAt: inputs.length });
      expect(inputs.at(-1)).toBe('command');
      const present = (await runtime.recording('present')) ?? lastWords;
      expect(replay(present)).toMatchObject({ by: 'engine', mismatchAt: undefined });
    } finally {
      await runtime.close();
    }
  });
});

type Start = (options: RuntimeOptions, listener: RuntimeListener) => Promise<Runtime>;

const supervision = { backoffMsMin: 1, backoffMsMax: 1 };

const threaded: Start = async (options, listener) => {
  const { startWorker } = await builtWorkerHost();
  const entry = new URL('recorder-thread.mjs', import.meta.url);
  return startWorker(options, listener, { entry, supervision });
};

const inline: Start = (options, listener) =>
  startInline(options, listener, {
    supervision,
    createEngine: (engineOptions, now) =>
      new RecordedEngine({
        bounds: recorderDefaults,
        seed: 1,
        options: engineOptions,
        dependencies: { codec: faulty },
        now,
      }),
  });

const faulty: typeof codec = {
  ...codec,
  encodeTags: (tags) => {
    if (tags.has('fault')) throw new Error('a bug in the codec');
    return codec.encodeTags(tags);
  },
};
