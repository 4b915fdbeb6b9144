/** Wrong keys, taken names and plain junk: each is a clear error or a counter, and the node lives. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import { startGoAgent } from '../support/go-agent.ts';
import { JunkSender } from '../support/junk-sender.ts';
import { createNetwork } from '../support/namespaces.ts';
import { errorOf, startHost, startOurNode } from '../support/our-host.ts';
import type { OurNode } from '../support/our-host.ts';
import { describeWithPeers, hasNamespaces } from '../support/peers.ts';
import { freePort } from '../support/ports.ts';
import { aliveView, allSee, allSeeStatus } from '../support/view.ts';
import { waitFor } from '../support/wait-for.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const otherKey = Buffer.alloc(32, 2).toString('base64');

describeWithPeers('a node of ours that does not fit in', (peer) => {
  it.each([
    { what: 'another key', go: key, our: otherKey },
    { what: 'no key', go: key, our: undefined },
    { what: 'a key that Go has not', go: undefined, our: key },
  ])('with $what neither joins nor is joined, says so, and lives', async ({ go, our }) => {
    await using crew = new Crew();
    const encrypt = go === undefined ? {} : { encrypt: go };
    const agent = crew.add(await startGoAgent({ peer, name: 'go', ...encrypt }));
    const node = crew.add(await startOurNode({ name: 'our', encryptKey: our }));
    const error = await errorOf(node.join(agent.address));
    expect(error).toMatchObject({ code: 'ERR_JOIN' });
    expect(error.message).toContain(agent.address);
    await expect(agent.join(node.address)).rejects.toThrow(/oining/);
    await expectAlone(node);
    expect(await dropsOf(node)).toBeGreaterThan(0);
  });

  it('under the name of a Go agent does not join, and the agent stays', async () => {
    await using crew = new Crew();
    const go1 = crew.add(await startGoAgent({ peer, name: 'go-1' }));
    const go2 = crew.add(await startGoAgent({ peer, name: 'go-2', join: [go1.address] }));
    await allSee([go1, go2], aliveView([go1, go2]));
    const second = crew.add(await startOurNode({ name: 'go-2' }));
    const error = await errorOf(second.join(go1.address));
    expect(error.code).toBe('ERR_JOIN');
    expect(error.message).toMatch(/name go-2 .*another name/);
    await allSee([go1, go2], aliveView([go1, go2]));
    await expectAlone(second);
  });

  it('under the name of a Go agent, joined by others, loses the vote and shuts down', async () => {
    await using crew = new Crew();
    const go1 = crew.add(await startGoAgent({ peer, name: 'go-1' }));
    const go2 = crew.add(await startGoAgent({ peer, name: 'go-2', join: [go1.address] }));
    const our1 = crew.add(await startOurNode({ name: 'our-1' }));
    await our1.join(go1.address);
    await allSee([go1, go2, our1], aliveView([go1, go2, our1]));
    const second = crew.add(await startOurNode({ name: 'go-2' }));
    await go1.join(second.address);
    expect(await second.closed()).toMatchObject({
      kind: 'failed',
      error: { code: 'ERR_NAME_CONFLICT' },
    });
    expect(await second.state()).toBe('shutdown');
    await allSee([go1, go2, our1], aliveView([go1, go2, our1]));
  });

  it('keeps its name against a Go agent that comes later', async () => {
    await using crew = new Crew();
    const go1 = crew.add(await startGoAgent({ peer, name: 'go-1' }));
    const our1 = crew.add(await startOurNode({ name: 'our-1' }));
    const our2 = crew.add(await startOurNode({ name: 'our-2' }));
    await our1.join(go1.address);
    await our2.join(go1.address);
    await allSee([go1, our1, our2], aliveView([go1, our1, our2]));
    const second = crew.add(await startGoAgent({ peer, name: 'our-2' }));
    await second.join(go1.address);
    await waitFor(() => second.hasEnded, { describe: 'the second our-2 gives up' });
    await allSee([go1, our1, our2], aliveView([go1, our1, our2]));
    expect(await our2.state()).toBe('alive');
  });
});

describe('a node of ours', { concurrent: true }, () => {
  it.each([
    { first: 'blue', second: 'green' },
    { first: 'blue', second: '' },
    { first: '', second: 'green' },
  ])('labelled "$second" does not join one labelled "$first"', async ({ first, second }) => {
    await using crew = new Crew();
    const host = crew.add(await startHost());
    const node = await host.createNode({ name: 'first', label: first });
    const other = await host.createNode({ name: 'second', label: second });
    const error = await errorOf(other.join(node.address));
    expect(error).toMatchObject({ code: 'ERR_JOIN' });
    expect(error.message).toContain(node.address);
    await expectAlone(node);
    await expectAlone(other);
    expect(await dropsOf(node)).toBeGreaterThan(0);
  });

  it.each(['UDP', 'TCP'])('says that its port is taken on %s', async (kind) => {
    const ip = '127.0.0.1';
    const port = await freePort(ip);
    const taken = kind === 'UDP' ? createSocket('udp4') : createServer();
    if ('bind' in taken) taken.bind(port, ip);
    else taken.listen(port, ip);
    await once(taken, 'listening');
    await using host = await startHost();
    const error = await errorOf(host.createNode({ name: 'our', port }));
    expect(error.code).toBe('ERR_BIND');
    expect(error.message).toContain(`${ip}:${port}`);
    taken.close();
  });

  it('says which address could not be joined, and why', async () => {
    await using node = await startOurNode({ name: 'our' });
    const nobody = `127.0.0.1:${await freePort('127.0.0.1')}`;
    const unknown = 'no-such-host.invalid:7946';
    const error = await errorOf(node.join(nobody, unknown));
    expect(error.code).toBe('ERR_JOIN');
    expect(error.details['failures']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ address: nobody, reason: 'refused' }),
        expect.objectContaining({ address: unknown, reason: 'address-unknown' }),
      ]),
    );
    await expectAlone(node);
  });
});

/** Give FOLKMOOT_SEED to repeat a run; the seed is in the name of the test. */
const seed = Number(process.env['FOLKMOOT_SEED'] ?? 20_261);

describeWithPeers(
  'junk, in a namespace that it cannot leave',
  (peer) => {
    it.skipIf(!hasNamespaces).each([
      { what: 'plain', encryptKey: undefined, packets: 70_000, streams: 2_000 },
      { what: 'encrypted', encryptKey: key, packets: 30_000, streams: 500 },
    ])(
      `$packets packets and $streams streams to an $what node only raise counters (seed ${seed})`,
      async ({ encryptKey, packets, streams }) => {
        await using network = await createNetwork(1);
        await using crew = new Crew();
        const [host] = network.hosts;
        if (host === undefined) throw new Error('one host');
        const { ip } = host;
        const target = crew.add(
          await startOurNode({ ip, port: 7_946, name: 'target', encryptKey }, host),
        );
        const witness = crew.add(
          await startOurNode({ ip, port: 7_947, name: 'witness', encryptKey }, host),
        );
        await witness.join(target.address);
        await allSee([target, witness], aliveView([target, witness]));

        const withKey = encryptKey === undefined ? {} : { key: encryptKey };
        const sender = crew.add(new JunkSender(target, { ...host, ...withKey, seed }));
        await sender.sendPackets(packets);
        await sender.sendStreams(streams);

        expect(await dropsOf(target)).toBeGreaterThan(packets / 4);
        expect(await target.state()).toBe('alive');
        expect((await target.stats()).restarts).toBe(0);
        expect(target.host.output).toBe('');
        // It still does its work, and nothing that it took in ends a Go agent that joins it.
        const encrypt = encryptKey === undefined ? {} : { encrypt: encryptKey };
        const go = crew.add(
          await startGoAgent({ ...host, ...encrypt, peer, port: 7_948, name: 'go' }),
        );
        await go.join(target.address);
        // The junk named dozens of members that nobody ever was: what the witness and the Go agent
        // hear of each other among them is a matter of minutes, but the target knows them both.
        await allSeeStatus([target, witness, go], 'target', 'alive');
        await allSeeStatus([target, witness], 'witness', 'alive');
        await allSeeStatus([target, go], 'go', 'alive');
        expect(await witness.events()).not.toContainEqual('member-failed target');
        expect(go.hasEnded).toBe(false);
      },
    );
  },
  ['debian'],
);

async function expectAlone(node: OurNode): Promise<void> {
  expect(await node.view()).toEqual(aliveView([node]));
  expect(await node.state()).toBe('alive');
}

/** How much from the network was dropped, for whatever reason. */
async function dropsOf(node: OurNode): Promise<number> {
  const { drops, wireDrops } = await node.stats();
  return [...Object.values(drops), ...Object.values(wireDrops)].reduce(
    (sum, count) => sum + count,
    0,
  );
}
