/** One snapshot file, written by Go agents and by ours in turn: each finds its cluster again from it. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAddress } from '../../src/snapshot/snapshot-line.ts';
import { nodeDisk } from '../../src/snapshot/node-disk.ts';
import { openSnapshot } from '../../src/snapshot/snapshot-file.ts';
import type { SnapshotClocks } from '../../src/snapshot/snapshot-fold.ts';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import type { GoAgent, GoAgentOptions } from '../support/go-agent.ts';
import { describeWithPeers } from '../support/peers.ts';
import { aliveView, allSee, allSeeStatus } from '../support/view.ts';
import { waitFor } from '../support/wait-for.ts';
import { joined, replayOptions, replayed } from '../unit/snapshot/world.ts';
import type { PlainState } from '../unit/snapshot/world.ts';

describeWithPeers('a snapshot file', (peer) => {
  it('of ours brings a Go agent back into its cluster, with its clocks', async () => {
    await using crew = new Crew();
    await using place = await makePlace();
    const one = crew.add(await startGoAgent({ peer, name: 'go one' }));
    await write(place.path, [one], { memberTime: 70, eventTime: 80, queryTime: 90 });
    const two = crew.add(await startGoAgent({ peer, name: 'go-2', ...snapshotAt(place.path) }));
    await allSee([one, two], aliveView([one, two]));
    const { members: m, events: e, queries: q } = await clocksOf(two);
    expect([m, e, q].map((time, index) => time > 70 + 10 * index)).toEqual([true, true, true]);
    expect(two.log).not.toContain('Unrecognized snapshot line');
  });

  it('of a Go agent says to us who was there and what was heard, while it runs and when it is killed', async () => {
    await using crew = new Crew();
    await using place = await makePlace();
    const one = crew.add(await startGoAgent({ peer, name: 'go one' }));
    const options = { peer, name: 'go-2', join: [one.address], ...snapshotAt(place.path) };
    const two = crew.add(await startGoAgent(options));
    const both = { 'go one': one.address, 'go-2': two.address };
    await untilFileSays(place.path, one, ({ nodes, clocks }) => {
      expect(nodes).toEqual(both);
      expect(clocks[1]).toBeGreaterThan(2);
    });
    await two.kill();
    expect((await read(place.path)).nodes).toEqual(both);
  });

  it('of a Go agent that left tells us nobody, unless we rejoin after a leave', async () => {
    await using crew = new Crew();
    await using place = await makePlace();
    const one = crew.add(await startGoAgent({ peer, name: 'go one' }));
    const options = { peer, name: 'go-2', join: [one.address], ...snapshotAt(place.path) };
    const two = crew.add(await startGoAgent(options));
    await allSee([one, two], aliveView([one, two]));
    await two.leave();
    expect((await read(place.path)).nodes).toEqual({});
    expect((await read(place.path, true)).nodes).toMatchObject({ 'go one': one.address });
  });

  it('of ours that left brings a Go agent back nowhere', async () => {
    await using crew = new Crew();
    await using place = await makePlace();
    const one = crew.add(await startGoAgent({ peer, name: 'go one' }));
    await write(place.path, [one], { memberTime: 70, eventTime: 80, queryTime: 90 }, 'leaves');
    const two = crew.add(await startGoAgent({ peer, name: 'go-2', ...snapshotAt(place.path) }));
    expect(Object.keys(await two.view())).toEqual(['go-2']);
    expect(two.log).not.toContain('Attempting re-join');
    expect((await clocksOf(two)).events).toBe(1);
  });

  it('of a Go agent that was killed, gone on with by ours, brings the Go agent back', async () => {
    await using crew = new Crew();
    await using place = await makePlace();
    const one = crew.add(await startGoAgent({ peer, name: 'go one' }));
    const options = { peer, name: 'go-2', join: [one.address], ...snapshotAt(place.path) };
    const two = crew.add(await startGoAgent(options));
    await untilFileSays(place.path, one, ({ nodes }) => {
      expect(Object.keys(nodes)).toContain('go one');
    });
    await two.kill();
    await allSeeStatus([one], 'go-2', 'failed');
    await one.kill();
    const three = crew.add(await startGoAgent({ peer, name: 'go-3' }));
    await write(place.path, [three], { memberTime: 70, eventTime: 80, queryTime: 90 });
    const again = { peer, name: 'go-2', port: two.port, ...snapshotAt(place.path) };
    const back = crew.add(await startGoAgent(again));
    await allSee([back, three], aliveView([back, three]));
    expect((await clocksOf(back)).events).toBeGreaterThan(80);
  });
});

interface Place extends AsyncDisposable {
  readonly path: string;
}

async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'folkmoot-snapshot-'));
  return {
    path: join(folder, 'serf.snapshot'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function snapshotAt(path: string): Pick<GoAgentOptions, 'config'> {
  return { config: { snapshot_path: path } };
}

/** Lets a node of ours live for a moment, in which it sees these members and hears of these times. */
async function write(
  path: string,
  members: readonly GoAgent[],
  clocks: SnapshotClocks,
  end: 'leaves' | 'is shut down' = 'is shut down',
): Promise<void> {
  const file = await openSnapshot({
    ...replayOptions,
    path,
    disk: nodeDisk,
    now: () => performance.now(),
    note: () => undefined,
    clocks: () => (end === 'leaves' ? undefined : clocks),
  });
  for (const { name, address } of members) {
    const place = parseAddress(address);
    if (place === undefined) throw new Error(`${address} is no address`);
    for (const fact of joined(name, place)) file.fact(fact);
  }
  if (end === 'leaves') file.leave();
  await file.close();
}

async function read(path: string, rejoinAfterLeave = false): Promise<PlainState> {
  return replayed(await readFile(path), rejoinAfterLeave);
}

/** A Go agent only writes when something happens after half a second of its last write: so it does. */
async function untilFileSays(
  path: string,
  agent: GoAgent,
  check: (state: PlainState) => void,
): Promise<void> {
  await waitFor(
    async () => {
      await agent.serf('event', '-coalesce=false', 'tick');
      check(await read(path));
      return true;
    },
    { describe: 'the file says what is expected', everyMs: 300 },
  );
}

interface AgentClocks {
  readonly members: number;
  readonly events: number;
  readonly queries: number;
}

async function clocksOf(agent: GoAgent): Promise<AgentClocks> {
  const info = await agent.serf('info');
  const [members = 0, events = 0, queries = 0] = ['member', 'event', 'query'].map((clock) =>
    Number(new RegExp(String.raw`${clock}_time = (\d+)`).exec(info)?.[1]),
  );
  return { members, events, queries };
}
