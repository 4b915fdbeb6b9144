/** Keys of a cluster of Go agents and nodes of ours, rotated from either side while events flow. */

import { randomBytes } from 'node:crypto';
import { FolkmootError } from 'folkmoot';
import { expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { expectAllHear, startMixedCluster } from '../support/mixed-cluster.ts';
import type { MixedCluster } from '../support/mixed-cluster.ts';
import { describeWithPeers } from '../support/peers.ts';
import { startTraffic } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

/** Ten events a second from ours and five from a Go agent, as long as a rotation takes. */
const everyMs = { our: 100, go: 200 };

interface Rotation {
  install(key: string): Promise<unknown>;
  use(key: string): Promise<unknown>;
  remove(key: string): Promise<unknown>;
}

/** By a Go agent's own command. */
function byGo(agent: GoAgent): Rotation {
  return {
    install: (key) => agent.serf('keys', `-install=${key}`),
    use: (key) => agent.serf('keys', `-use=${key}`),
    remove: (key) => agent.serf('keys', `-remove=${key}`),
  };
}

describeWithPeers('an encrypted cluster of two Go agents and two nodes of ours', (peer) => {
  it.each(['a Go agent', 'a node of ours'] as const)(
    'changes its key at the wish of %s, and loses no event and no member',
    async (who) => {
      await using crew = new Crew();
      const [oldKey, newKey] = [newKeyText(), newKeyText()];
      const cluster = await startMixedCluster(crew, { peer, encrypt: oldKey });
      const { agents, ours, hearers } = cluster;
      const rotation = who === 'a Go agent' ? byGo(agents[0]) : ours[0].keys;
      const traffic = startEvents(cluster);
      await traffic.goesOn();
      await rotation.install(newKey);
      await traffic.goesOn();
      await rotation.use(newKey);
      await traffic.goesOn();
      await rotation.remove(oldKey);
      await traffic.goesOn();
      await expectAllHear(hearers, await traffic.stop());
      const expected = { nodes: 4, responses: 4, errors: 0, silent: [], truncated: [] };
      expect(await ours[1].keys.list()).toMatchObject({
        ...expected,
        keys: new Map([[newKey, 4]]),
        primaryKeys: new Map([[newKey, 4]]),
      });
      expect(await agents[1].serf('keys', '-list')).toMatch(
        new RegExp(`${escaped(newKey)} +\\[4/4\\]`),
      );
      for (const node of ours) {
        expect(await node.stats()).toMatchObject({ failed: 0, refutations: 0 });
      }
    },
  );

  it('tells either side who did not do it, and why', async () => {
    await using crew = new Crew();
    const key = newKeyText();
    const { agents, ours } = await startMixedCluster(crew, { peer, encrypt: key });
    const error: unknown = await ours[0].keys.remove(key).catch((reason: unknown) => reason);
    if (!FolkmootError.is(error)) throw error;
    expect(error).toMatchObject({ code: 'ERR_KEYS', details: { nodes: 4, errors: 4 } });
    const messages = error.details['messages'] as ReadonlyMap<string, string>;
    for (const text of messages.values()) {
      expect(text).toMatch(/^removing the primary key is not allowed$/i);
    }
    await expect(agents[0].serf('keys', `-remove=${key}`)).rejects.toThrow(
      /our-1.*removing the primary key is not allowed[^]*4\/4 nodes reported failure/,
    );
    await expect(agents[0].serf('keys', `-use=${newKeyText()}`)).rejects.toThrow(
      /our-2.*requested key is not in the keyring/,
    );
  });
});

interface Events {
  /** Resolves when some more have been sent. */
  goesOn(): Promise<unknown>;
  /** Resolves to all that were sent. */
  stop(): Promise<readonly string[]>;
}

/** Events from one of each, whose names tell them apart. */
function startEvents({ agents, ours }: MixedCluster): Events {
  const sent: string[] = [];
  const fromOur = startTraffic(everyMs.our, async (count) => {
    await ours[1].emit('our', `${count}`);
    sent.push(`our ${count}`);
  });
  const fromGo = startTraffic(everyMs.go, async (count) => {
    await agents[1].serf('event', '-coalesce=false', 'go', `${count}`);
    sent.push(`go ${count}`);
  });
  return {
    goesOn: () => {
      const before = sent.length;
      return waitFor(() => sent.length >= before + 20, { describe: 'events flow' });
    },
    stop: async () => {
      await Promise.all([fromOur.stop(), fromGo.stop()]);
      return sent;
    },
  };
}

function newKeyText(): string {
  return randomBytes(32).toString('base64');
}

function escaped(text: string): string {
  return text.replaceAll(/[+/=]/g, String.raw`\$&`);
}
