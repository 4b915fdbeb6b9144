/** One keyring file, read and written by Go agents and by ours. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadKeyringFile, saveKeyringFile } from '../../src/workers/keyring-file.ts';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import { describeWithPeers } from '../support/peers.ts';
import { aliveView, allSee } from '../support/view.ts';

const first = new Uint8Array(32).fill(1);
const second = new Uint8Array(24).fill(2);
const third = new Uint8Array(16).fill(3);

describeWithPeers('a keyring file', (peer) => {
  it('of ours is one that a Go agent starts with, and one that it rewrites is ours to read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'folkmoot-keyring-'));
    try {
      await using crew = new Crew();
      const path = join(folder, 'keyring.json');
      saveKeyringFile(path, [first, second]);
      const config = { keyring_file: path };
      const one = crew.add(await startGoAgent({ peer, name: 'go-1', config }));
      const encrypt = base64(first);
      const two = crew.add(
        await startGoAgent({ peer, name: 'go-2', encrypt, join: [one.address] }),
      );
      await allSee([one, two], aliveView([one, two]));
      await two.leave();
      await one.serf('keys', `-install=${base64(third)}`);
      await one.serf('keys', `-use=${base64(third)}`);
      await one.serf('keys', `-remove=${base64(second)}`);
      expect(loadKeyringFile(path)).toEqual([third, first]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function base64(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}
