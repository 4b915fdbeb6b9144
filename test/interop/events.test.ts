/** User events between Go agents and nodes of ours: everywhere, once each. */

import { expect, it } from 'vitest';
import { at } from '../integration/node/embedded.ts';
import { Crew } from '../support/crew.ts';
import {
  expectAllHear,
  startGoHearer,
  startMixedCluster,
  startOurHearer,
} from '../support/mixed-cluster.ts';
import { describeWithPeers } from '../support/peers.ts';
import { sendAtPace } from '../support/traffic.ts';
import { waitFor } from '../support/wait-for.ts';

const eventsEach = 200;

/**
 * Thirty events a second from two senders together. A Go agent cannot take much more than fifty a second:
 * what it loses then waits for a push/pull.
 */
const everyMs = 66;

describeWithPeers('two Go agents and two nodes of ours', (peer) => {
  it('hear two hundred events in a row from each side, each once, with their payloads', async () => {
    await using crew = new Crew();
    const { agents, ours, hearers } = await startMixedCluster(crew, { peer });
    const [go1] = agents;
    const [our1] = ours;
    const sent: string[] = [];
    await Promise.all([
      sendAtPace(eventsEach, everyMs, async (count) => {
        await our1.emit('from-our', `${count} ü☃`);
        sent.push(`from-our ${count} ü☃`);
      }),
      sendAtPace(eventsEach, everyMs, async (count) => {
        await go1.serf('event', '-coalesce=false', 'from-go', `${count} ü☃`);
        sent.push(`from-go ${count} ü☃`);
      }),
    ]);
    await expectAllHear(hearers, sent);
    const fromOur = sent.filter((line) => line.startsWith('from-our'));
    const first = hearers.find(({ name }) => name === our1.name)?.heard() ?? [];
    expect(first.filter((line) => line.startsWith('from-our'))).toEqual(fromOur);
  }); // TestSerf_eventsUser

  it('hear two hundred events in a row that may be coalesced, of a name each, each once', async () => {
    await using crew = new Crew();
    const { agents, ours, hearers } = await startMixedCluster(crew, { peer });
    const [, go2] = agents;
    const [, our2] = ours;
    const coalesce: boolean[] = [];
    our2.event$.subscribe((event) => coalesce.push(event.coalesce));
    const sent: string[] = [];
    await Promise.all([
      sendAtPace(eventsEach, everyMs, async (count) => {
        await our2.emit(`our-${count}`, `${count}`, { coalesce: true });
        sent.push(`our-${count} ${count}`);
      }),
      sendAtPace(eventsEach, everyMs, async (count) => {
        await go2.serf('event', '-coalesce=true', `go-${count}`, `${count}`);
        sent.push(`go-${count} ${count}`);
      }),
    ]);
    await expectAllHear(hearers, sent);
    // What a push/pull brought after all does not say whether it may be coalesced.
    expect(coalesce.filter(Boolean).length).toBeGreaterThan(eventsEach);
  });

  it('the Go agents tell only the latest of a burst of one name that may be coalesced', async () => {
    await using crew = new Crew();
    const { ours, hearers } = await startMixedCluster(crew, { peer });
    const agents = hearers.filter(({ name }) => name.startsWith('go'));
    const told: number[] = [];
    // Of events that came by a push/pull a Go agent does not know that it may coalesce them: a burst that
    // falls into one is told in full, so there are three.
    for (const name of ['burst-1', 'burst-2', 'burst-3']) {
      for (let count = 1; count <= 20; count += 1) {
        await ours[0].emit(name, `${count}`, { coalesce: true });
      }
      for (const agent of agents) {
        await waitFor(() => agent.heard().includes(`${name} 20`), {
          describe: `${agent.name} hears the last of ${name}`,
          deadlineMs: 60_000,
        });
        told.push(agent.heard().filter((line) => line.startsWith(name)).length);
      }
    }
    expect(told).toContain(1);
    expect(hearers.find(({ name }) => name === 'our-1')?.heard()).toHaveLength(60);
  }); // TestUserEventCoalesce_Basic

  it('replay what was said before to who comes late, Go agent or ours, unless it is not wanted', async () => {
    await using crew = new Crew();
    const { agents, ours, hearers } = await startMixedCluster(crew, { peer });
    const sent = ['old 1', 'old 2', 'old 3', 'old 4'];
    for (const count of [1, 2]) await ours[0].emit('old', `${count}`);
    for (const count of [3, 4]) {
      await agents[0].serf('event', '-coalesce=false', 'old', `${count}`);
    }
    await expectAllHear(hearers, sent);
    const lateGo = await startGoHearer(crew, 'go-late', { peer });
    const late = await startOurHearer(crew, 'our-late', {});
    const fresh = await startOurHearer(crew, 'our-fresh', {});
    await lateGo.agent.serf('join', '-replay', at(ours[1]));
    await late.node.join([agents[1].address]);
    await fresh.node.join([agents[1].address], { ignoreOld: true });
    await expectAllHear([late, lateGo], sent);
    await ours[0].emit('new', '5');
    await expectAllHear([fresh], ['new 5']);
    await expectAllHear([late, lateGo, ...hearers], [...sent, 'new 5']);
  }); // TestSerf_Join_IgnoreOld
});
