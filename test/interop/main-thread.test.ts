/** What happens to the threads of one process stays there: nobody else in the cluster notices. */

import { expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { startOurNode } from '../support/our-host.ts';
import type { OurNode } from '../support/our-host.ts';
import { describeWithPeers } from '../support/peers.ts';
import type { Peer } from '../support/peers.ts';
import { aliveView, allSee, allSeeStatus } from '../support/view.ts';
import { waitFor } from '../support/wait-for.ts';

const blockMs = 20_000;

describeWithPeers('a node of ours among Go agents', (peer) => {
  it('is suspected by nobody while its main thread is blocked three times, and misses nothing', async () => {
    await using crew = new Crew();
    const { go1, go2, watcher, subject } = await startCluster(crew, peer);
    const go3 = await startGoAgent({ peer, profile: 'lan', name: 'go-3', join: [go1.address] });
    crew.add(go3);
    const everybody = [go1, go2, go3, watcher, subject];
    await allSee(everybody, aliveView(everybody));

    // Each block hides something that the others see: new tags; a crash; a return and a leave.
    await duringBlock(subject, async () => {
      await go2.setTags({ role: 'changed' });
      await watcher.setTags({ role: 'changed too' });
      await allSee([go1, watcher], aliveView(everybody));
    });
    await duringBlock(subject, async () => {
      await go3.kill();
      await allSeeStatus([go1, watcher], 'go-3', 'failed', blockMs - 2_000);
    });
    await duringBlock(subject, async () => {
      await go3.start();
      await go3.join(go1.address);
      await allSee([go1, watcher], aliveView(everybody));
      await go2.leave();
      await allSeeStatus([go1, watcher], 'go-2', 'left');
    });

    const left = { ...aliveView([go1, go3, watcher, subject]), 'go-2': gone(go2) };
    await allSee([go1, go3, watcher, subject], left);
    await expectNeverSuspected(subject.name, { agents: [go1, go2, go3], ours: [watcher] });
    for (const name of ['go-2', 'go-3']) {
      expect(await story(subject, name), name).toEqual(await story(watcher, name));
    }
    expect(await story(subject, 'watcher')).toEqual(['member-join', 'member-update']);
    expect(await story(subject, 'go-2')).toEqual(['member-join', 'member-update', 'member-leave']);
    expect(await story(subject, 'go-3')).toEqual(['member-join', 'member-failed', 'member-join']);
  });

  it.each(['exit', 'throw'] as const)(
    'is seen failed by nobody when its worker dies by %s from inside, and goes on under its name',
    async (how) => {
      await using crew = new Crew();
      const { go1, go2, watcher, subject } = await startCluster(crew, peer);
      const everybody = [go1, go2, watcher, subject];
      const before = (await subject.member('subject'))?.incarnation ?? 0;
      await subject.host.killWorkers(how);
      await waitFor(async () => (await subject.stats()).restarts === 1, {
        describe: 'the worker is restarted once',
        deadlineMs: 60_000,
      });
      expect((await subject.member('subject'))?.incarnation).toBeGreaterThan(before);
      // It takes part again: what it says from now on is heard, and what the others say too.
      await subject.setTags({ role: 'restarted' });
      await go1.setTags({ role: 'after' });
      await allSee(everybody, aliveView(everybody));
      expect(await subject.state()).toBe('alive');
      expect(await watcher.events()).not.toContainEqual('member-failed subject');
      for (const go of [go1, go2]) expect(go.log).not.toContain('EventMemberFailed');
      expect(await story(subject, 'go-1')).toEqual(['member-join', 'member-update']);
      expect(await story(subject, 'go-2')).toEqual(['member-join']);
      expect(await story(subject, 'watcher')).toEqual(['member-join']);
    },
  );
});

interface Cluster {
  readonly go1: GoAgent;
  readonly go2: GoAgent;
  /** One of ours that nothing happens to. */
  readonly watcher: OurNode;
  readonly subject: OurNode;
}

async function startCluster(crew: Crew, peer: Peer): Promise<Cluster> {
  const profile = 'lan';
  const go1 = crew.add(await startGoAgent({ peer, profile, name: 'go-1' }));
  const watcher = crew.add(await startOurNode({ profile, name: 'watcher' }));
  const subject = crew.add(await startOurNode({ profile, name: 'subject' }));
  await watcher.join(go1.address);
  await subject.join(go1.address);
  await allSee([go1, watcher, subject], aliveView([go1, watcher, subject]));
  // The last to come, so that both of ours see the whole story of it.
  const go2 = crew.add(await startGoAgent({ peer, profile, name: 'go-2', join: [go1.address] }));
  await allSee([go1, go2, watcher, subject], aliveView([go1, go2, watcher, subject]));
  return { go1, go2, watcher, subject };
}

/** Blocks the main thread of a node in one go, and lets `act` happen meanwhile. */
async function duringBlock(subject: OurNode, act: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const blocked = subject.host.block(blockMs);
  await act();
  expect(performance.now() - startedAt).toBeLessThan(blockMs);
  await blocked;
}

async function expectNeverSuspected(
  name: string,
  { agents, ours }: { readonly agents: readonly GoAgent[]; readonly ours: readonly OurNode[] },
): Promise<void> {
  for (const go of agents) expect(go.log).not.toContain(`Suspect ${name} has failed`);
  for (const our of ours) {
    expect(await our.suspicions()).not.toContainEqual(`member-suspect ${name}`);
    expect(await our.events()).not.toContainEqual(`member-failed ${name}`);
  }
}

/** What `member$` told about one member, in order. */
async function story(our: OurNode, name: string): Promise<readonly string[]> {
  const events = await our.events();
  return events
    .filter((event) => event.endsWith(` ${name}`))
    .map((event) => event.split(' ')[0] ?? '');
}

function gone(go: GoAgent): { address: string; tags: GoAgent['tags']; status: string } {
  return { address: go.address, tags: go.tags, status: 'left' };
}
