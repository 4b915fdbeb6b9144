/** When the process of an embedding program may end, and when it does. */

import { describe, expect, it } from 'vitest';

import { Child } from '../../support/child.ts';
import { waitFor } from '../../support/wait-for.ts';
import { runtimes } from './embedded.ts';

describe.each(runtimes)('a program with the %s runtime', (runtime) => {
  it('ends by itself once its node is disposed of', async () => {
    const output = await run(`
      const node = await createNode(options);
      console.log(node.state);
      await node[Symbol.asyncDispose]();
      console.log('disposed');
    `);
    expect(output).toEqual(['alive', 'disposed', 'exit 0']);
  });

  it('ends by itself with a node that is unreferenced, but not before its command is done', async () => {
    const output = await run(`
      const node = await createNode(options);
      node.unref();
      await node.setTags({ a: '1' });
      console.log(node.local.tags.get('a'));
    `);
    expect(output).toEqual(['1', 'exit 0']);
  });

  it('lives as long as its node is referenced', async () => {
    await using child = program(`
      const node = await createNode(options);
      process.on('SIGUSR2', () => node.unref());
      console.log('up');
    `);
    await waitFor(() => child.lines.includes('up'), { describe: 'the program is up' });
    expect(child.hasEnded).toBe(false);
    child.signal('SIGUSR2');
    await waitFor(() => child.hasEnded, { describe: 'the program has ended' });
    expect(child.process.exitCode).toBe(0);
  });

  it('ends by itself once its node is shut down', async () => {
    const output = await run(`
      const node = await createNode(options);
      await node.shutdown();
      console.log(JSON.stringify(await node.closed));
    `);
    expect(output).toEqual(['{"kind":"shutdown","hasLeft":false}', 'exit 0']);
  });

  function program(body: string): Child {
    const options = JSON.stringify({ name: 'a', bind: '127.0.0.1:0', profile: 'local', runtime });
    const text = `import { createNode } from 'folkmoot';\nconst options = ${options};\n${body}`;
    return new Child({
      command: process.execPath,
      args: ['--input-type=module', '--eval', text],
    });
  }

  async function run(body: string): Promise<readonly string[]> {
    await using child = program(body);
    await waitFor(() => child.hasEnded, { describe: 'the program has ended' });
    return [...child.lines, `exit ${child.process.exitCode}`];
  }
});
