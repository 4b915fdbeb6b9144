/** Leaving, being made to leave, and tags: the news of one side arrives on the other. */

import { expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { startOurNode } from '../support/our-host.ts';
import type { OurNode } from '../support/our-host.ts';
import { describeWithPeers } from '../support/peers.ts';
import type { Peer } from '../support/peers.ts';
import { aliveView, allSee, allSeeStatus } from '../support/view.ts';

describeWithPeers('in a cluster of both kinds', (peer) => {
  it('who leaves has left for all, on both sides', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await go2.leave();
    await allSeeStatus([go1, our1, our2], 'go-2', 'left');
    await our1.hears('member-leave go-2');
    await our2.leave();
    expect(await our2.state()).toBe('left');
    await our2.shutdown();
    await allSeeStatus([go1, our1], 'our-2', 'left');
    await our1.hears('member-leave our-2');
    expect(await our1.events()).not.toContainEqual(expect.stringContaining('member-failed'));
    expect(go1.log).not.toContain('EventMemberFailed');
  });

  it('who left and starts again is alive for all', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await go2.leave();
    await our2.leave();
    await our2.host.kill();
    await allSeeStatus([go1, our1], 'go-2', 'left');
    await allSeeStatus([go1, our1], 'our-2', 'left');
    await go2.start();
    await go2.join(our1.address);
    const again = crew.add(await startOurNode({ name: 'our-2', port: our2.port, tags: our2.tags }));
    await again.join(go1.address);
    await allSee([go1, go2, our1, again], aliveView([go1, go2, our1, again]));
  });

  it('a failed Go agent that ours force out has left for all', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await go2.kill();
    await allSeeStatus([go1, our1, our2], 'go-2', 'failed');
    await our1.forceLeave('go-2');
    await allSeeStatus([go1, our1, our2], 'go-2', 'left');
    await our2.hears('member-leave go-2');
  });

  it('a failed node of ours that a Go agent forces out has left for all', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await our2.host.kill();
    await allSeeStatus([go1, go2, our1], 'our-2', 'failed');
    await go1.forceLeave('our-2');
    await allSeeStatus([go1, go2, our1], 'our-2', 'left');
    await our1.hears('member-leave our-2');
  });

  it('who is pruned is gone for all, by whichever side', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await go2.kill();
    await allSeeStatus([go1, our1, our2], 'go-2', 'failed');
    await our1.forceLeave('go-2', { prune: true });
    await allSeeStatus([go1, our1, our2], 'go-2', 'none');
    await our2.host.kill();
    await allSeeStatus([go1, our1], 'our-2', 'failed');
    await go1.forceLeave('our-2', { prune: true });
    await allSeeStatus([go1, our1], 'our-2', 'none');
    await our1.hears('member-reap go-2');
    await our1.hears('member-reap our-2');
  });

  it('a live member that is forced out stays, on either side', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await our1.forceLeave('go-2');
    await go1.forceLeave('our-2');
    await allSee([go1, go2, our1, our2], aliveView([go1, go2, our1, our2]));
    expect(await our2.state()).toBe('alive');
  });

  it('new, changed and removed tags arrive on both sides', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    const everybody = [go1, go2, our1, our2];
    await our1.setTags({ role: 'changed', zone: 'nördlich', empty: '' });
    await allSee(everybody, aliveView(everybody));
    await go1.setTags({ role: 'other', added: 'x=y' });
    await allSee(everybody, aliveView(everybody));
    await our1.setTags({});
    await go1.setTags({ only: '1' });
    await allSee(everybody, aliveView(everybody));
    const updates = (await our2.events()).filter((event) => event.startsWith('member-update'));
    expect(updates.filter((event) => event.endsWith('our-1'))).toHaveLength(2);
    expect(updates.filter((event) => event.endsWith('go-1')).length).toBeGreaterThanOrEqual(2);
  });
});

interface Cluster {
  readonly go1: GoAgent;
  readonly go2: GoAgent;
  readonly our1: OurNode;
  readonly our2: OurNode;
}

// The local profile sends news to two members only, dead ones among them, and a prune that is missed
// is never told again: by any of Serf's own agents neither. The lan profile sends it to all four.
const profile = 'lan';

async function startCluster(crew: Crew, peer: Peer): Promise<Cluster> {
  const go1 = crew.add(await startGoAgent({ peer, profile, name: 'go-1', tags: { role: 'a' } }));
  const go2 = crew.add(await startGoAgent({ peer, profile, name: 'go-2', join: [go1.address] }));
  const our1 = crew.add(await startOurNode({ profile, name: 'our-1', tags: { role: 'c' } }));
  const our2 = crew.add(await startOurNode({ profile, name: 'our-2' }));
  await our1.join(go1.address);
  await our2.join(our1.address);
  await allSee([go1, go2, our1, our2], aliveView([go1, go2, our1, our2]));
  return { go1, go2, our1, our2 };
}
