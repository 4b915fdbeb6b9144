/** Go agents and nodes of ours in one cluster: everybody sees everybody, whoever joined whom. */

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { startHost } from '../support/our-host.ts';
import type { OurNode } from '../support/our-host.ts';
import { describeWithPeers } from '../support/peers.ts';
import type { Peer } from '../support/peers.ts';
import { aliveView, allSee } from '../support/view.ts';

interface Setting {
  readonly profile: 'lan' | 'local';
  readonly ip: '127.0.0.1' | '::1';
  /** Bytes of the key; 0: no encryption. */
  readonly keyBytes: 0 | 16 | 24 | 32;
  readonly joins: keyof typeof joinOrders;
}

/** Who joins whom: pairs of joiner and joined. */
const joinOrders = {
  'ours join the Go agents': [
    ['go-2', 'go-1'],
    ['go-3', 'go-1'],
    ['our-1', 'go-1'],
    ['our-2', 'go-2'],
    ['our-3', 'go-3'],
  ],
  'the Go agents join ours': [
    ['our-2', 'our-1'],
    ['our-3', 'our-1'],
    ['go-1', 'our-1'],
    ['go-2', 'our-2'],
    ['go-3', 'our-3'],
  ],
  'they join in turn': [
    ['our-1', 'go-1'],
    ['go-2', 'our-1'],
    ['our-2', 'go-2'],
    ['go-3', 'our-2'],
    ['our-3', 'go-3'],
  ],
  'two clusters become one': [
    ['go-2', 'go-1'],
    ['go-3', 'go-2'],
    ['our-2', 'our-1'],
    ['our-3', 'our-2'],
    ['our-3', 'go-3'],
  ],
} as const;

const inTurn = 'they join in turn';

const settings: readonly Setting[] = [
  { profile: 'lan', ip: '127.0.0.1', keyBytes: 0, joins: 'ours join the Go agents' },
  { profile: 'lan', ip: '127.0.0.1', keyBytes: 0, joins: 'the Go agents join ours' },
  { profile: 'lan', ip: '127.0.0.1', keyBytes: 0, joins: 'two clusters become one' },
  { profile: 'lan', ip: '127.0.0.1', keyBytes: 32, joins: inTurn },
  { profile: 'lan', ip: '::1', keyBytes: 0, joins: inTurn },
  { profile: 'lan', ip: '::1', keyBytes: 16, joins: 'the Go agents join ours' },
  { profile: 'local', ip: '127.0.0.1', keyBytes: 0, joins: inTurn },
  { profile: 'local', ip: '127.0.0.1', keyBytes: 24, joins: 'the Go agents join ours' },
  { profile: 'local', ip: '::1', keyBytes: 0, joins: 'ours join the Go agents' },
  { profile: 'local', ip: '::1', keyBytes: 32, joins: inTurn },
];

/** What the newer agent is tested with: the ends of the matrix. */
const newerSettings = settings.filter(
  ({ profile, keyBytes }) => (profile === 'lan') === (keyBytes === 0),
);

describeWithPeers('three Go agents and three nodes of ours', (peer) => {
  it.each(peer.id === 'debian' ? settings : newerSettings)(
    'all see all six: $profile, $ip, key of $keyBytes bytes, $joins',
    async (setting) => {
      const encrypt = setting.keyBytes === 0 ? undefined : newKey(setting.keyBytes);
      await using crew = new Crew();
      const host = crew.add(await startHost());
      const agents: GoAgent[] = [];
      const ours: OurNode[] = [];
      for (const index of [1, 2, 3]) {
        agents.push(crew.add(await startGo(peer, `go-${index}`, setting, encrypt)));
        const { profile, ip } = setting;
        const name = `our-${index}`;
        const options = { name, ip, profile, tags: tagsOf(name), encryptKey: encrypt };
        ours.push(await host.createNode(options));
      }
      const everybody = [...agents, ...ours];
      const named = new Map(everybody.map((member) => [member.name, member]));
      for (const [joiner, joined] of joinOrders[setting.joins]) {
        await named.get(joiner)?.join(named.get(joined)?.address ?? '');
      }
      // Gossip that a member missed waits for a push/pull, with Go agents alone too.
      await allSee(everybody, aliveView(everybody), 90_000);
      for (const our of ours) {
        expect((await our.events()).filter((event) => !event.startsWith('member-join'))).toEqual(
          [],
        );
        expect(await our.stats()).toMatchObject({ encrypted: encrypt !== undefined, failed: 0 });
      }
      for (const go of agents) expect(go.log).not.toMatch(/EventMemberFailed|onflict/);
    },
  );
});

describe('nodes of ours with a label', { concurrent: true }, () => {
  it.each([
    { encrypted: false, ip: '127.0.0.1' },
    { encrypted: true, ip: '127.0.0.1' },
    { encrypted: true, ip: '::1' },
  ])('see each other: encrypted $encrypted, $ip', async ({ encrypted, ip }) => {
    await using host = await startHost();
    const security = { label: 'blue', ...(encrypted ? { encryptKey: newKey(32) } : {}) };
    const nodes = [];
    for (const index of [1, 2, 3]) {
      const name = `our-${index}`;
      nodes.push(await host.createNode({ name, ip, tags: tagsOf(name), ...security }));
    }
    const [first, ...others] = nodes;
    for (const node of others) await node.join(first?.address ?? '');
    await allSee(nodes, aliveView(nodes));
  });
});

function startGo(
  peer: Peer,
  name: string,
  { profile, ip }: Setting,
  encrypt: string | undefined,
): Promise<GoAgent> {
  const key = encrypt === undefined ? {} : { encrypt };
  return startGoAgent({ peer, name, profile, ip, tags: tagsOf(name), ...key });
}

/** Tags that a careless codec would spoil. */
function tagsOf(name: string): Readonly<Record<string, string>> {
  return { role: name.startsWith('go') ? 'go' : 'our', 'größe ☃': 'a=b, c', empty: '' };
}

function newKey(bytes: number): string {
  return randomBytes(bytes).toString('base64');
}
