/** Whether a runtime keeps its process alive: seen from outside, in processes of their own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { distUrl } from '../support/built.ts';
import { runtimeOptions } from '../support/runtime-options.ts';

const { engine, ...rest } = runtimeOptions({ name: 'a' });
const options = JSON.stringify({ ...rest, engine: { ...engine, tags: undefined } });

const prologue = `
  import { startWorker } from '${distUrl}workers/worker-host.js';
  import { startInline } from '${distUrl}workers/inline-host.js';
  const silent = () => undefined;
  const listener = {
    facts: silent, checkpoint: silent, note: silent, nameLost: silent, supervision: silent,
  };
  const options = ${options};
  options.engine.tags = new Map();
  options.advertise = undefined;
  const say = (text) => process.stdout.write(text + '\\n');
`;

interface Child {
  /** What it had said when it ended, and how it ended: `running` if it had to be killed. */
  readonly said: string;
  readonly end: number | 'running';
}

/** Runs a program; kills it once it has said `until` and still runs after `graceMs`. */
async function run(program: string, until: string, graceMs: number): Promise<Child> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', prologue + program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let end: Child['end'] | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (!said.includes(until)) return;
    setTimeout(() => {
      end ??= 'running';
      child.kill('SIGKILL');
    }, graceMs).unref();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { said: said.trim(), end: end ?? code ?? 'running' };
}

describe.each(['startWorker', 'startInline'])('a process with a runtime (%s)', (starter) => {
  const start = `const runtime = await ${starter}(options, listener); say('started');`;

  it('stays alive as long as the runtime is open', async () => {
    expect(await run(start, 'started', 700)).toEqual({ said: 'started', end: 'running' });
  });

  it('ends by itself when the runtime is unreferenced', async () => {
    const child = await run(`${start} runtime.unref(); say('unreferenced');`, 'unref', 20_000);
    expect(child.end).toBe(0);
  });

  it('stays alive again when the runtime is referenced again', async () => {
    const program = `${start} runtime.unref(); runtime.ref(); say('referenced');`;
    expect((await run(program, 'referenced', 700)).end).toBe('running');
  });

  it('ends by itself when the runtime is closed', async () => {
    const child = await run(`${start} await runtime.close(); say('closed');`, 'closed', 20_000);
    expect(child).toEqual({ said: 'started\nclosed', end: 0 });
  });

  it('ends by itself when the start was refused', async () => {
    const program = `
      options.bind = { ip: '192.0.2.1', port: 0 };
      await ${starter}(options, listener).catch((error) => say(error.code));
    `;
    expect(await run(program, 'ERR', 20_000)).toEqual({ said: 'ERR_BIND', end: 0 });
  });
});

describe('a process with a worker that dies', () => {
  it('stays alive until it is back', async () => {
    const entry = new URL('../support/faulty-thread.mjs', import.meta.url).href;
    const program = `
      listener.supervision = (event) => say(event.kind);
      const runtime = await startWorker(options, listener, { entry: new URL('${entry}') });
      await runtime.command({ kind: 'set-tags', tags: new Map([['fault', 'exit']]) })
        .catch((error) => say(error.code));
    `;
    const child = await run(program, 'restored', 500);
    expect(child).toEqual({ said: 'lost\nERR_WORKER\nrestored', end: 'running' });
  });
});
