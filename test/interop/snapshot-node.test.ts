/** One snapshot file under running nodes, ours and Go agents in turn: each takes the place of the other. */

import { expect, it } from 'vitest';
import type { NodeOptions } from 'folkmoot';
import { Program, makePlace, untilFileSays } from '../integration/node/snapshot-place.ts';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { describeWithPeers } from '../support/peers.ts';
import type { Peer } from '../support/peers.ts';
import { freePort } from '../support/ports.ts';
import { allSeeStatus } from '../support/view.ts';
import { waitFor } from '../support/wait-for.ts';

describeWithPeers('a snapshot file of a running node', (peer) => {
  it('of ours, killed, brings a Go agent back in its place, and the agent’s ours: no event comes twice', async () => {
    await using crew = new Crew();
    const world = await makeWorld(crew, peer);
    const { one, place } = world;
    const ours = crew.add(new Program(world.ours, { join: [one.address] }));
    await ours.says('up');
    await one.serf('event', '-coalesce=false', 'first');
    await waitFor(() => ours.events.length === 1, { describe: 'our node hears the event' });
    await untilFileSays(place, ({ nodes, clocks }) => {
      expect(Object.keys(nodes).toSorted()).toEqual(['n', 'one']);
      expect(clocks[1]).toBe(timeOf(ours.events[0]));
    });
    await ours.kill();
    await one.serf('event', '-coalesce=false', 'second');

    const go = crew.add(await startGoAgent(world.go));
    await allSeeStatus([one, go], 'n', 'alive');
    await allSeeStatus([go], 'one', 'alive');
    await hears(go, 'second');
    expect(go.log).not.toContain('user-event: first');
    await one.serf('event', '-coalesce=false', 'third');
    await hears(go, 'third');
    // A Go agent writes only when something happens half a second after its last write.
    await waitFor(
      async () => {
        await one.serf('event', '-coalesce=false', 'tick');
        return (place.state.clocks[1] ?? 0) > 3;
      },
      { describe: 'the Go agent has written', everyMs: 300 },
    );
    await go.kill();
    await allSeeStatus([one], 'n', 'failed');
    await one.serf('event', '-coalesce=false', 'fourth');

    const back = crew.add(new Program(world.ours));
    await back.says('member-join one');
    await allSeeStatus([one], 'n', 'alive');
    await waitFor(() => names(back).includes('fourth'), {
      describe: 'our node hears what it missed',
    });
    await one.serf('event', '-coalesce=false', 'fifth');
    await waitFor(() => names(back).includes('fifth'), { describe: 'our node hears what is new' });
    // What the Go agent had not written yet when it was killed may come again, nothing older.
    expect(names(back).filter((name) => name !== 'tick')).toEqual(['fourth', 'fifth']);
  });

  it('of a node that left, ours or a Go agent, brings the other back nowhere', async () => {
    await using crew = new Crew();
    const world = await makeWorld(crew, peer);
    const { one, place } = world;
    const ours = crew.add(new Program(world.ours, { join: [one.address], onSignal: 'leave' }));
    await ours.says('up');
    ours.signal('SIGUSR2');
    await ours.ended;
    await allSeeStatus([one], 'n', 'left');
    expect(place.state.nodes).toEqual({});

    const go = crew.add(await startGoAgent(world.go));
    expect(Object.keys(await go.view())).toEqual(['n']);
    expect(go.log).not.toContain('Attempting re-join');
    await go.join(one.address);
    await allSeeStatus([one], 'n', 'alive');
    await go.leave();
    await allSeeStatus([one], 'n', 'left');

    const back = crew.add(new Program(world.ours));
    await back.says('up');
    await one.serf('event', '-coalesce=false', 'unheard');
    expect(back.lines).not.toContain('member-join one');
    expect((await one.view())['n']?.status).toBe('left');
  });

  it('of a node that left brings the other back if that rejoins after a leave', async () => {
    await using crew = new Crew();
    const world = await makeWorld(crew, peer, true);
    const { one } = world;
    const ours = crew.add(new Program(world.ours, { join: [one.address], onSignal: 'leave' }));
    await ours.says('up');
    ours.signal('SIGUSR2');
    await ours.ended;
    await allSeeStatus([one], 'n', 'left');

    const go = crew.add(await startGoAgent(world.go));
    await allSeeStatus([go], 'one', 'alive');
    await allSeeStatus([one], 'n', 'alive');
    await go.leave();
    await allSeeStatus([one], 'n', 'left');

    const back = crew.add(new Program(world.ours));
    await back.says('member-join one');
    await allSeeStatus([one], 'n', 'alive');
  });
});

/** A Go agent that stays, and the same name, port and file for whoever takes the other place. */
async function makeWorld(crew: Crew, peer: Peer, rejoinAfterLeave = false) {
  const place = crew.add(await makePlace());
  const one = crew.add(await startGoAgent({ peer, name: 'one' }));
  const port = await freePort('127.0.0.1');
  const snapshot = { path: place.path, rejoinAfterLeave };
  const ours: NodeOptions = { name: 'n', bind: `127.0.0.1:${port}`, snapshot };
  const config = { snapshot_path: place.path, rejoin_after_leave: rejoinAfterLeave };
  return { place, one, ours, go: { peer, name: 'n', port, config } };
}

async function hears(go: GoAgent, event: string): Promise<void> {
  await waitFor(() => go.log.includes(`user-event: ${event}`), {
    describe: `the Go agent hears of ${event}`,
  });
}

function names({ events }: Program): readonly string[] {
  return events.map((event) => event.split(' ')[0] ?? '');
}

function timeOf(event = ''): number {
  return Number(event.split(' ')[1]);
}
