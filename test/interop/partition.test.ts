/** A network that breaks in two for so long that each half has forgotten the other, and mends. */

import { expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import { createNetwork } from '../support/namespaces.ts';
import { startOurNode } from '../support/our-host.ts';
import type { OurNode } from '../support/our-host.ts';
import { describeWithPeers, hasNamespaces } from '../support/peers.ts';
import { aliveView, allSee, allSeeStatus } from '../support/view.ts';
import { waitFor } from '../support/wait-for.ts';

const often = { go: { reconnect_interval: '1s' }, our: { reconnectIntervalMs: 1_000 } };
const never = { go: { reconnect_interval: '10h' }, our: { reconnectIntervalMs: 36_000_000 } };

const port = 7_946;

describeWithPeers('two Go agents and two nodes of ours in network namespaces', (peer) => {
  it.skipIf(!hasNamespaces).each([
    { who: 'the Go agents', go: often.go, our: never.our },
    { who: 'nodes of ours', go: never.go, our: often.our },
  ])('become one again after a long partition when $who reconnect', async ({ go, our }) => {
    await using network = await createNetwork(4);
    await using crew = new Crew();
    const [h0, h1, h2, h3] = network.hosts;
    if (!h0 || !h1 || !h2 || !h3) throw new Error('four hosts');
    const [go1, go2] = [
      crew.add(await startGoAgent({ ...h0, peer, port, name: 'go-1', config: go })),
      crew.add(await startGoAgent({ ...h1, peer, port, name: 'go-2', config: go })),
    ];
    const [our1, our2] = [
      crew.add(await startOurNode({ ip: h2.ip, port, name: 'our-1', limits: our }, h2)),
      crew.add(await startOurNode({ ip: h3.ip, port, name: 'our-2', limits: our }, h3)),
    ];
    const everybody = [go1, go2, our1, our2];
    for (const member of [go2, our1, our2]) await member.join(go1.address);
    await allSee(everybody, aliveView(everybody));

    await network.split([h1, h3]);
    await Promise.all([
      ...['go-2', 'our-2'].map((name) => allSeeStatus([go1, our1], name, 'failed', 90_000)),
      ...['go-1', 'our-1'].map((name) => allSeeStatus([go2, our2], name, 'failed', 90_000)),
    ]);
    // Long: gossip has forgotten the other half, and only Serf remembers it.
    await Promise.all([forgets(our1, ['go-2', 'our-2']), forgets(our2, ['go-1', 'our-1'])]);

    await network.heal([h1, h3]);
    await allSee(everybody, aliveView(everybody), 60_000);
    for (const node of [our1, our2]) expect(await node.state()).toBe('alive');
  });
});

async function forgets(our: OurNode, names: readonly string[]): Promise<void> {
  await waitFor(
    async () => {
      const members = await our.members();
      const remembered = members.filter(({ name }) => names.includes(name));
      return remembered.every(({ nodeState }) => nodeState === 'unknown');
    },
    { describe: `${our.name} forgets ${names.join(' and ')}`, deadlineMs: 60_000 },
  );
}
