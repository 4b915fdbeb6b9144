import { afterEach, describe, expect, it } from 'vitest';

import type { Verdict } from '../../../src/core/consults.ts';
import { Engine } from '../../../src/core/engine.ts';
import type { Input } from '../../../src/core/input.ts';
import type { EngineOptions } from '../../../src/core/options.ts';
import type { Output, ReceivedEvent, ReceivedQuery } from '../../../src/core/output.ts';
import { codec } from '../../../src/wire/codec.ts';
import { startInline } from '../../../src/workers/inline-host.ts';
import { memoryNetwork } from '../../../src/workers/memory-transport.ts';
import type { Runtime } from '../../../src/workers/runtime.ts';
import { runtimeOptions } from '../support/runtime-options.ts';
import { RuntimeRecorder } from '../support/runtime-recorder.ts';
import { waitFor } from '../support/wait-for.ts';

const question: Output = {
  kind: 'consult',
  id: 7,
  consultation: { kind: 'merge', candidates: [], via: '10.0.0.9:1' },
};

/** A fact, an event, a fact, a query, a fact; then what else there is. */
function talk(at: number, rest: readonly Output[]): readonly Output[] {
  const payload = new Uint8Array(0);
  const event = { time: 1, name: 'e', payload, coalesce: false, at } as const;
  const query = { id: 1, time: 1, name: 'q', payload, from: 'b', deadlineAt: at } as const;
  const fact: Output = {
    kind: 'fact',
    fact: { kind: 'node-forgotten', name: 'nobody', at, cause: { kind: 'consequence' } },
  };
  return [fact, { kind: 'user-event', event }, fact, { kind: 'query', query }, fact, ...rest];
}

/** The real engine, but for what it is told by a tag. */
class FaultyEngine extends Engine {
  readonly verdicts: Verdict[] = [];

  constructor(options: EngineOptions, now: number) {
    super(options, { codec, random: Math.random }, now);
  }

  override step(input: Input, now: number): readonly Output[] {
    if (input.kind === 'command' && input.command.kind === 'set-tags') {
      if (input.command.tags.has('fault')) throw new Error('a bug in the engine');
      if (input.command.tags.has('impostor')) {
        return [{ kind: 'name-lost', matching: 1, responses: 3 }];
      }
      if (input.command.tags.has('talk')) return talk(now, super.step(input, now));
      if (input.command.tags.has('ask')) return [question, ...super.step(input, now)];
    }
    if (input.kind === 'verdict') this.verdicts.push(input.verdict);
    return super.step(input, now);
  }
}

describe('an inline engine', () => {
  const running: Runtime[] = [];

  afterEach(async () => {
    await Promise.all(running.splice(0).map((runtime) => runtime.close()));
  });

  it('that throws is started again at the same address, and its caller goes on', async () => {
    const network = memoryNetwork();
    const start = async (
      name: string,
    ): Promise<{ runtime: Runtime; recorder: RuntimeRecorder }> => {
      const recorder = new RuntimeRecorder();
      const runtime = await startInline(
        runtimeOptions({ name, bind: { ip: '10.0.0.1', port: 0 } }),
        recorder,
        {
          transport: () => network.transport(),
          createEngine: (options, now) => new FaultyEngine(options, now),
          supervision: { backoffMsMin: 1 },
        },
      );
      running.push(runtime);
      return { runtime, recorder };
    };
    const [a, b] = [await start('a'), await start('b')];
    await a.runtime.command({ kind: 'join', targets: [b.runtime.bound], ignoreOld: false });
    await waitFor(() => b.recorder.named('alive').length === 2);
    const before = a.recorder.members.get('a')?.incarnation ?? 0;

    const fatal = a.runtime.command({ kind: 'set-tags', tags: new Map([['fault', '']]) });
    await expect(fatal).rejects.toMatchObject({ code: 'ERR_WORKER' });
    await waitFor(() => a.recorder.supervisions.at(-1)?.kind === 'restored');
    expect(a.recorder.supervisions[0]).toMatchObject({
      kind: 'lost',
      reason: 'a bug in the engine',
    });
    expect(a.recorder.named('alive')).toEqual(['a', 'b']);
    await waitFor(() => (b.recorder.members.get('a')?.incarnation ?? 0) > before);
    expect(b.recorder.story).not.toContain('node-failed');
  });

  it('that lost its name tells so, and is closed', async () => {
    const network = memoryNetwork();
    const recorder = new RuntimeRecorder();
    const runtime = await startInline(
      runtimeOptions({ name: 'a', bind: { ip: '10.0.0.1', port: 0 } }),
      recorder,
      {
        transport: () => network.transport(),
        createEngine: (options, now) => new FaultyEngine(options, now),
      },
    );
    running.push(runtime);
    const last = runtime.command({ kind: 'set-tags', tags: new Map([['impostor', '']]) });
    await expect(last).rejects.toMatchObject({ code: 'ERR_STATE' });
    expect(recorder.namesLost).toEqual([{ matching: 1, responses: 3 }]);
    await expect(runtime.stats()).rejects.toMatchObject({ details: { state: 'shutdown' } });
  });

  it('carries a question to the user and the verdict back, and notes a delegate that fails', async () => {
    const network = memoryNetwork();
    const verdict: Verdict = { accept: false, reason: 'not these' };
    let asked = 0;
    const recorder = Object.assign(new RuntimeRecorder(), {
      consult: () => {
        asked += 1;
        return asked === 1 ? Promise.resolve(verdict) : Promise.reject(new Error('no idea'));
      },
    });
    let engine: FaultyEngine | undefined;
    const runtime = await startInline(
      runtimeOptions({ name: 'a', bind: { ip: '10.0.0.1', port: 0 } }),
      recorder,
      {
        transport: () => network.transport(),
        createEngine: (options, now) => (engine = new FaultyEngine(options, now)),
      },
    );
    running.push(runtime);
    const tags = new Map([['ask', '']]);
    await runtime.command({ kind: 'set-tags', tags });
    await waitFor(() => engine?.verdicts.length === 1);
    expect(engine?.verdicts).toEqual([verdict]);
    await runtime.command({ kind: 'set-tags', tags });
    await waitFor(() => recorder.notes.some(({ text }) => text.includes('delegate')));
  });

  it('tells facts, user events and queries in the order in which they came', async () => {
    const network = memoryNetwork();
    const recorder = new RuntimeRecorder();
    const { story } = recorder;
    const listener = Object.assign(recorder, {
      userEvent: ({ name }: ReceivedEvent) => story.push(`event ${name}`),
      query: ({ name }: ReceivedQuery) => story.push(`query ${name}`),
    });
    const runtime = await startInline(
      runtimeOptions({ name: 'a', bind: { ip: '10.0.0.1', port: 0 } }),
      listener,
      {
        transport: () => network.transport(),
        createEngine: (options, now) => new FaultyEngine(options, now),
      },
    );
    running.push(runtime);
    await runtime.command({ kind: 'set-tags', tags: new Map([['talk', '']]) });
    expect(story.slice(3)).toEqual([
      'node-forgotten',
      'event e',
      'node-forgotten',
      'query q',
      'node-forgotten',
      'node-refreshed',
      'member-updated',
    ]);
  });

  it('gives commands their answers in the order in which they were asked', async () => {
    const network = memoryNetwork();
    const recorder = new RuntimeRecorder();
    const runtime = await startInline(
      runtimeOptions({ name: 'a', bind: { ip: '10.0.0.1', port: 0 } }),
      recorder,
      { transport: () => network.transport() },
    );
    running.push(runtime);
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async (at) => {
        await runtime.command({ kind: 'set-tags', tags: new Map([['at', String(at)]]) });
        order.push(at);
      }),
    );
    expect(order).toEqual([1, 2, 3]);
    expect(recorder.members.get('a')?.tags.get('at')).toBe('3');
  });

  it('refuses a command too many instead of queueing without end', async () => {
    const network = memoryNetwork();
    const runtime = await startInline(
      runtimeOptions({ name: 'a', bind: { ip: '10.0.0.1', port: 0 } }),
      new RuntimeRecorder(),
      { transport: () => network.transport() },
    );
    running.push(runtime);
    const asked = Array.from({ length: 1_100 }, () => runtime.stats());
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1_100 - 1_024);
    expect(refused[0]).toMatchObject({ reason: { code: 'ERR_STATE', details: { state: 'busy' } } });
  });
});
