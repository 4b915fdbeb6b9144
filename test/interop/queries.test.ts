/** Queries between Go agents and nodes of ours, asked and answered each way. */

import { defineQuery } from 'folkmoot';
import type { FolkmootNode, RunningQuery } from 'folkmoot';
import { expect, it } from 'vitest';
import { Crew } from '../support/crew.ts';
import type { GoAgent } from '../support/go-agent.ts';
import { startMixedCluster } from '../support/mixed-cluster.ts';
import { describeWithPeers } from '../support/peers.ts';
import type { Peer } from '../support/peers.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const shout = defineQuery('shout', {
  request: { encode: (value: string) => value, decode: text },
  response: { encode: (value: string) => value, decode: text },
});

/** What `serf query` has to say. */
interface Told {
  readonly Acks: readonly string[] | null;
  readonly Responses: Readonly<Record<string, string>>;
}

async function ask(agent: GoAgent, ...args: readonly string[]): Promise<Told> {
  const told = JSON.parse(await agent.serf('query', '-format=json', ...args)) as Told;
  return { Acks: told.Acks?.toSorted() ?? null, Responses: told.Responses };
}

async function gather(query: RunningQuery<string>): Promise<Readonly<Record<string, string>>> {
  const answers: Record<string, string> = {};
  for await (const { from, value } of query) answers[from] = value;
  return answers;
}

/** All four answer `shout`: ours by a handler, the first Go agent by a script. */
async function startAnswering(crew: Crew, peer: Peer) {
  const handlers = ["query:shout=tr '[:lower:]' '[:upper:]'"];
  const cluster = await startMixedCluster(crew, { peer, handlers });
  const answer = (node: FolkmootNode): void => {
    node.answer(shout, (words, { from }) => `${words.toUpperCase()}, ${from}`);
  };
  cluster.ours.forEach(answer);
  return cluster;
}

const everybody = ['go-1', 'go-2', 'our-1', 'our-2'];

describeWithPeers('queries among two Go agents and two nodes of ours', (peer) => {
  it('of a Go agent are acknowledged and answered by ours, as its filters have it', async () => {
    await using crew = new Crew();
    const { agents } = await startAnswering(crew, peer);
    const [go1, go2] = agents;
    expect(await ask(go2, 'shout', 'hey')).toEqual({
      Acks: everybody,
      Responses: { 'go-1': 'HEY\n', 'our-1': 'HEY, go-2', 'our-2': 'HEY, go-2' },
    });
    expect(await ask(go1, '-node=our-1', '-node=go-2', 'shout', 'hey')).toEqual({
      Acks: ['go-2', 'our-1'],
      Responses: { 'our-1': 'HEY, go-1' },
    });
    expect(await ask(go1, '-tag', 'role=^o.r$', '-no-ack', 'shout', 'hey')).toEqual({
      Acks: null,
      Responses: { 'our-1': 'HEY, go-1', 'our-2': 'HEY, go-1' },
    });
    expect(await ask(go1, '-tag', 'role=x', 'shout', 'hey')).toEqual({ Acks: null, Responses: {} });
  });

  it('of a Go agent are answered through relays, and count once', async () => {
    await using crew = new Crew();
    const { agents, ours } = await startAnswering(crew, peer);
    expect(await ask(agents[0], '-relay-factor=3', 'shout', 'hey')).toEqual({
      Acks: everybody,
      Responses: { 'go-1': 'HEY\n', 'our-1': 'HEY, go-1', 'our-2': 'HEY, go-1' },
    });
    for (const node of ours) expect((await node.stats()).drops).not.toHaveProperty('malformed');
  });

  it('of ours are acknowledged and answered by Go agents, as our filters have it', async () => {
    await using crew = new Crew();
    const { ours } = await startAnswering(crew, peer);
    const [our1, our2] = ours;
    const all = our1.query(shout, 'hey', { requestAck: true, timeoutMs: 3_000 });
    expect(await gather(all)).toEqual({
      'go-1': 'HEY\n',
      'our-1': 'HEY, our-1',
      'our-2': 'HEY, our-1',
    });
    const { expected, acks, end } = await all.summary;
    expect([expected, acks].map((names) => names.toSorted())).toEqual([everybody, everybody]);
    expect(end).toBe('timeout'); // The second Go agent has no answer.

    const some = our2.query(shout, 'hey', { tags: { role: '^g' }, nodes: ['go-1', 'our-1'] });
    expect(await gather(some)).toEqual({ 'go-1': 'HEY\n' });
    expect(await some.summary).toMatchObject({ expected: ['go-1'], acks: [], end: 'answered' });
  });

  it('of ours are answered through relays, Go agents among them, and count once', async () => {
    await using crew = new Crew();
    const { ours } = await startAnswering(crew, peer);
    const options = { relayFactor: 3, requestAck: true, timeoutMs: 3_000 };
    const query = ours[0].query(shout, 'hey', options);
    expect(Object.keys(await gather(query)).toSorted()).toEqual(['go-1', 'our-1', 'our-2']);
    const { acks, duplicates } = await query.summary;
    expect(acks.toSorted()).toEqual(everybody);
    // Two acks and answers that were relayed at least: the query ran until its time was up.
    expect(duplicates).toBeGreaterThan(2);
  });

  it('show a Go agent that ours are reachable, and ours that Go agents are', async () => {
    await using crew = new Crew();
    const { agents, ours } = await startMixedCluster(crew, { peer });
    const said = await agents[0].serf('reachability', '-verbose');
    for (const name of everybody) expect(said).toContain(`Ack from '${name}'`);
    expect(said).toContain('Successfully contacted all live nodes');
    const ping = ours[0].query('_serf_ping', undefined, { requestAck: true, timeoutMs: 30_000 });
    const { acks, end } = await ping.summary;
    expect({ acks: acks.toSorted(), end }).toEqual({ acks: everybody, end: 'answered' });
  });
});
