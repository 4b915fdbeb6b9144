/** Crashes, restarts and pauses: who dies is seen as failed by all, and who only paused by nobody. */

import { expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { startOurNode } from '../support/our-host.ts';
import type { OurNode, OurNodeOptions } from '../support/our-host.ts';
import { describeWithPeers } from '../support/peers.ts';
import type { Peer } from '../support/peers.ts';
import { aliveView, allSee, allSeeStatus } from '../support/view.ts';
import { waitFor } from '../support/wait-for.ts';

describeWithPeers('in a cluster of both kinds', (peer) => {
  it('a Go agent that is killed has failed for all, and is alive again for all once restarted', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2 } = await startCluster(crew, peer);
    await go2.kill();
    await allSeeStatus([go1, our1, our2], 'go-2', 'failed');
    await our1.hears('member-failed go-2');
    await our2.hears('member-failed go-2');

    await go2.start();
    await go2.join(our1.address);
    await allSee([go1, go2, our1, our2], aliveView([go1, go2, our1, our2]));
    await expectNoConflict([go1, go2], [our1, our2]);
    expect(await eventsAbout(our1, 'go-2')).toEqual([
      'member-join',
      'member-failed',
      'member-join',
    ]);
  });

  it('a node of ours that is killed has failed for all, and is alive again for all once restarted', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2, our2Options } = await startCluster(crew, peer);
    await our2.host.kill();
    await allSeeStatus([go1, go2, our1], 'our-2', 'failed');
    await our1.hears('member-failed our-2');

    const again = crew.add(await startOurNode(our2Options));
    await again.join(go1.address);
    await allSee([go1, go2, our1, again], aliveView([go1, go2, our1, again]));
    await expectNoConflict([go1, go2], [our1, again]);
    expect(await eventsAbout(our1, 'our-2')).toEqual([
      'member-join',
      'member-failed',
      'member-join',
    ]);
  });

  it('a node of ours that comes back without joining is found by the Go agents', async () => {
    await using crew = new Crew();
    const { go1, go2, our1, our2, our2Options } = await startCluster(crew, peer);
    await our2.host.kill();
    await allSeeStatus([go1, go2, our1], 'our-2', 'failed');
    const again = crew.add(await startOurNode(our2Options));
    await allSee([go1, go2, our1, again], aliveView([go1, go2, our1, again]), 60_000);
    await expectNoConflict([go1, go2], [our1, again]);
  });

  it.each(['go-2', 'our-2'])(
    '%s, stopped until it is suspected, refutes and never fails',
    async (name) => {
      await using crew = new Crew();
      const cluster = await startCluster(crew, peer);
      const { go1, go2, our1, our2 } = cluster;
      const paused = name === 'go-2' ? go2 : our2.host;
      paused.signal('SIGSTOP');
      await waitFor(async () => (await our1.suspicions()).includes(`member-suspect ${name}`), {
        describe: `our-1 suspects ${name}`,
        everyMs: 20,
      });
      paused.signal('SIGCONT');
      await waitFor(async () => (await our1.suspicions()).includes(`member-refuted ${name}`), {
        describe: `our-1 hears that ${name} refutes`,
      });
      await allSee([go1, go2, our1, our2], aliveView([go1, go2, our1, our2]));
      for (const our of [our1, our2]) {
        expect(await our.events()).not.toContainEqual(expect.stringContaining('member-failed'));
      }
      for (const go of [go1, go2]) expect(go.log).not.toContain('EventMemberFailed');
    },
  );
});

interface Cluster {
  readonly go1: GoAgent;
  readonly go2: GoAgent;
  readonly our1: OurNode;
  readonly our2: OurNode;
  /** What starts `our2` again: same name, address and tags. */
  readonly our2Options: OurNodeOptions;
}

async function startCluster(crew: Crew, peer: Peer): Promise<Cluster> {
  // Go agents look for failed members themselves, every so often: here often.
  const config = { reconnect_interval: '2s' };
  const go1 = crew.add(await startGoAgent({ peer, config, name: 'go-1' }));
  const go2 = crew.add(
    await startGoAgent({ peer, config, name: 'go-2', tags: { role: 'b' }, join: [go1.address] }),
  );
  const our1 = crew.add(await startOurNode({ name: 'our-1' }));
  const our2 = crew.add(await startOurNode({ name: 'our-2', tags: { role: 'd' } }));
  await our1.join(go1.address);
  await our2.join(our1.address);
  await allSee([go1, go2, our1, our2], aliveView([go1, go2, our1, our2]));
  const our2Options = { name: 'our-2', port: our2.port, tags: our2.tags };
  return { go1, go2, our1, our2, our2Options };
}

async function eventsAbout(our: OurNode, name: string): Promise<readonly string[]> {
  const events = await our.events();
  return events
    .filter((event) => event.endsWith(` ${name}`))
    .map((event) => event.split(' ')[0] ?? '');
}

async function expectNoConflict(
  agents: readonly GoAgent[],
  ours: readonly OurNode[],
): Promise<void> {
  for (const go of agents) expect(go.log).not.toMatch(/onflict/);
  for (const our of ours) {
    const texts = (await our.log()).map(({ text }) => text);
    expect(texts).not.toContainEqual(expect.stringMatching(/onflict/));
  }
}
