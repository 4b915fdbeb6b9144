/** Keys of a whole cluster of ours: rotated under traffic, listed, and honest about who did not do it. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FolkmootNode, NodeOptions } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { Crew } from '../../support/crew.ts';
import { startTraffic } from '../../support/traffic.ts';
import { aliveView, allSee } from '../../support/view.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, observers } from './embedded.ts';

const oldKey = Buffer.alloc(32, 1).toString('base64');
const newKey = Buffer.alloc(16, 2).toString('base64');

async function cluster(crew: Crew, ...options: readonly NodeOptions[]) {
  const nodes: FolkmootNode[] = [];
  for (const [index, each] of options.entries()) {
    nodes.push(crew.add(await embed(`n${index}`, each)));
  }
  const [first, ...others] = nodes as [FolkmootNode, ...FolkmootNode[]];
  for (const node of others) await node.join([at(first)]);
  await allSee(observers(...nodes), aliveView(observers(...nodes)));
  return nodes as [FolkmootNode, FolkmootNode, FolkmootNode];
}

describe('a rotation of keys', () => {
  it('under traffic loses no event and no member, and is what a restart begins with', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'folkmoot-rotation-'));
    try {
      await using crew = new Crew();
      const files = [0, 1].map((index) => join(folder, `n${index}.json`)) as [string, string];
      for (const file of files) writeFileSync(file, JSON.stringify([oldKey]));
      const [a, b, c] = await cluster(
        crew,
        { keyringFile: files[0] },
        { keyringFile: files[1], runtime: 'inline' },
        { encryptKey: oldKey },
      );
      const heard = [a, b, c].map((node) => {
        const lines: string[] = [];
        node.event$.subscribe(({ name, payload }) => lines.push(`${name} ${String(payload)}`));
        return lines;
      });
      const sent: string[] = [];
      const emit = async (): Promise<void> => {
        const count = sent.length;
        const payload = Uint8Array.of(count % 256);
        await [a, b, c][count % 3]?.emit(`e${count}`, payload);
        sent.push(`e${count} ${String(payload)}`);
      };
      for (const step of [
        () => a.keys.install(newKey),
        () => b.keys.use(newKey),
        () => c.keys.remove(oldKey),
      ]) {
        const traffic = startTraffic(20, emit);
        const report = await step();
        await traffic.stop();
        expect(report).toMatchObject({ nodes: 3, responses: 3, errors: 0, silent: [] });
        await emit();
        for (const lines of heard) {
          await waitFor(() => lines.length >= sent.length, {
            describe: 'every event is heard',
            deadlineMs: 60_000,
          });
          expect([...lines].sort()).toEqual([...sent].sort());
        }
      }
      expect(await a.keys.list()).toMatchObject({
        keys: new Map([[newKey, 3]]),
        primaryKeys: new Map([[newKey, 3]]),
        truncated: [],
      });
      for (const file of files) expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([newKey]);
      for (const node of [a, b, c]) expect((await node.stats()).failed).toBe(0);
      await a.shutdown();
      await using again = await embed('n0', { keyringFile: files[0], bind: at(a) });
      await again.join([at(c)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }); // TestSerf_InstallKey, TestSerf_UseKey, TestSerf_RemoveKey, TestSerf_WriteKeyringFile
});

describe('a list of keys', () => {
  it('counts on how many members each is installed, and which is primary', async () => {
    await using crew = new Crew();
    const [a] = await cluster(crew, { encryptKey: oldKey, keys: [newKey] }, { encryptKey: oldKey });
    expect(await a.keys.list()).toMatchObject({
      keys: new Map([
        [oldKey, 2],
        [newKey, 1],
      ]),
      primaryKeys: new Map([[oldKey, 2]]),
    });
  }); // TestSerf_ListKeys

  it('that does not fit into an answer is no success', async () => {
    await using crew = new Crew();
    const keys = Array.from({ length: 40 }, (_, at_) => Buffer.alloc(32, at_ + 10));
    const [a] = await cluster(crew, { encryptKey: oldKey, keys }, { encryptKey: oldKey });
    const error = await a.keys.list().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ERR_KEYS', details: { truncated: ['n0'], errors: 0 } });
    const partial = await a.keys.list({ allowPartial: true });
    // How many fit depends on the random number of the query, as in Serf.
    expect([17, 18]).toContain(partial.keys.size);
    expect(partial.messages.get('n0')).toBe(
      `truncated key list response, showing first ${partial.keys.size} of 41 keys`,
    );
  });
});

describe('a key operation that does not succeed everywhere', () => {
  it('says who refused it, and why, in the words of Serf', async () => {
    await using crew = new Crew();
    const [a] = await cluster(crew, { encryptKey: oldKey }, { encryptKey: oldKey });
    await expect(a.keys.use(newKey)).rejects.toMatchObject({
      code: 'ERR_KEYS',
      message: expect.stringContaining('n1: requested key is not in the keyring') as string,
      details: { nodes: 2, responses: 2, errors: 2 },
    });
    await expect(a.keys.remove(oldKey)).rejects.toMatchObject({
      message: expect.stringContaining('n1: removing the primary key is not allowed') as string,
    });
    await a.keys.remove(newKey);
    await using plain = await embed('plain');
    await expect(plain.keys.install(newKey)).rejects.toMatchObject({
      message: expect.stringContaining('No keyring to modify (encryption not enabled)') as string,
    });
  });

  it('says who stayed silent', async () => {
    await using crew = new Crew();
    const options = { encryptKey: oldKey, profile: 'lan' } as const;
    const [a, b] = await cluster(crew, options, options);
    await b.shutdown();
    await expect(a.keys.install(newKey)).rejects.toMatchObject({
      code: 'ERR_KEYS',
      details: { nodes: 2, responses: 1, silent: ['n1'] },
    });
  });
});
