/** A node that saw something happen can tell when, and why. */

import { createNode, FolkmootError, formatAddress } from 'folkmoot';
import type { FolkmootNode, NodeOptions } from 'folkmoot';
import { describe, expect, it } from 'vitest';

import { MemoryNetwork } from '../../../src/workers/memory-transport.ts';
import { waitFor } from '../../support/wait-for.ts';
import { at, embed, quick } from './embedded.ts';

/** Nodes on a network in memory, each with an address of its own. */
class Nodes implements AsyncDisposable {
  readonly #network = new MemoryNetwork();
  readonly #nodes: FolkmootNode[] = [];

  async start(name: string, options: NodeOptions = {}): Promise<FolkmootNode> {
    const node = await createNode({
      name,
      bind: `10.0.0.${this.#nodes.length + 1}:7946`,
      runtime: 'inline',
      profile: quick,
      limits: { leavePropagateDelayMs: 100 },
      logger: false,
      transport: () => this.#network.transport(),
      ...options,
    });
    this.#nodes.push(node);
    return node;
  }

  /** From now on nothing passes to or from it. */
  cutOff(node: FolkmootNode): void {
    const { ip } = node.address;
    this.#network.faults = { isCut: (from, to) => from.ip === ip || to.ip === ip };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.shutdown()));
  }
}

async function seesStatus(node: FolkmootNode, name: string, status: string): Promise<void> {
  await waitFor(() => node.members.get(name)?.status === status, {
    describe: `${node.name} sees ${name} as ${status}`,
  });
}

function texts(node: FolkmootNode, name: string): readonly string[] {
  return node.why(name).chain.map(({ text }) => text);
}

describe('a node whose peer was cut off', () => {
  it('explains the failure, and shows the cluster as it was before', async () => {
    await using nodes = new Nodes();
    const a = await nodes.start('a');
    const b = await nodes.start('b');
    await b.join([formatAddress(a.address)]);
    await seesStatus(a, 'b', 'alive');
    expect(a.why('b').status).toBe('alive');
    const before = Date.now();
    nodes.cutOff(b);
    await seesStatus(a, 'b', 'failed');

    const why = a.why('b');
    expect(why).toMatchObject({ name: 'b', observer: 'a', status: 'failed', gaps: [] });
    expect(why.since).toBeGreaterThanOrEqual(before - 1_000);
    const kinds = why.chain.map(({ entries }) => entries.map(({ fact }) => fact.kind));
    expect(kinds).toEqual([
      ['node-joined', 'member-joined'],
      ['node-suspected'],
      ['node-failed', 'member-failed'],
    ]);
    const [joined, suspected, failed] = texts(a, 'b');
    expect(joined).toMatch(/^It joined at 10\.0\.0\.2:7946, heard (?:in a push\/pull|by gossip)/);
    expect(suspected).toMatch(
      /^a probed it and had no answer within .*: there was nobody else to ask; a probe over TCP failed too; local health of a: \d .*\. So a suspects it\.$/,
    );
    expect(failed).toMatch(
      /^The suspicion by a ran out after \d.* without a refutation; .* So a declared it failed; local health of a: \d/,
    );
    const lines = String(why).split('\n');
    expect(lines[0]).toMatch(/^b is failed, as a sees it, since \d{4}-.*Z \(for .*\)\.$/);
    expect(lines).toHaveLength(4);

    expect(a.at(before).get('b')?.status).toBe('alive');
    expect(a.at(new Date()).get('b')?.status).toBe('failed');
    expect(a.at(Date.now())).toEqual(new Map(a.members));
    expect(a.at(0).size).toBe(0);
    const failures = a.history({ name: 'b', since: before - 1_000, kinds: ['member-failed'] });
    expect(failures.map(({ fact }) => [fact.name, fact.kind])).toEqual([['b', 'member-failed']]);
  });

  it('says who accused, confirmed and declared, on the nodes that only heard of it', async () => {
    await using nodes = new Nodes();
    const a = await nodes.start('a');
    const others = [await nodes.start('b'), await nodes.start('c'), await nodes.start('d')];
    for (const node of others) await node.join([formatAddress(a.address)]);
    const all = [a, ...others];
    for (const node of all) await seesStatus(node, 'd', 'alive');
    const watchers = all.slice(0, 3);
    for (const node of watchers) {
      await waitFor(() => node.members.size === 4, { describe: `${node.name} sees all four` });
    }
    nodes.cutOff(others[2] ?? a);
    for (const node of watchers) await seesStatus(node, 'd', 'failed');
    for (const node of watchers) {
      const story = texts(node, 'd').join('\n');
      expect(story).toMatch(/(?:[abc] probed it|[abc] suspects it)/);
      expect(story).toMatch(/[abc] declared it failed/);
    }
  });
});

describe('a member that left', () => {
  it('is explained by its intent and its own word', async () => {
    await using nodes = new Nodes();
    const a = await nodes.start('a');
    const b = await nodes.start('b');
    await b.join([formatAddress(a.address)]);
    await b.leave();
    await seesStatus(a, 'b', 'left');
    const story = texts(a, 'b').join('\n');
    expect(story).toMatch(
      /It announced that it leaves, or was told to: leave intent at Lamport time \d+, heard from b \(10\.0\.0\.2:7946\)\./,
    );
    expect(story).toContain('It said itself that it is gone');
    expect(texts(b, 'b').join('\n')).toContain('The user of b had it leave');
  });
});

describe('a node itself', () => {
  it('explains itself, its doubles, and those that nobody knows', async () => {
    await using nodes = new Nodes();
    const a = await nodes.start('a');
    expect(a.why('a').explain()).toContain('a was started.');
    expect(a.why('nobody').explain()).toBe('a knows nothing of a member called nobody.');
    expect(a.why('nobody').status).toBe('unknown');
  });

  it('says how far back it can look, and what would reach further', async () => {
    await using nodes = new Nodes();
    const a = await nodes.start('a', { journalEntriesMax: 2 });
    const b = await nodes.start('b');
    await b.join([formatAddress(a.address)]);
    await seesStatus(a, 'b', 'alive');
    await a.setTags({ role: 'web' });
    let error: unknown;
    try {
      a.at(1_000);
    } catch (thrown) {
      error = thrown;
    }
    expect(FolkmootError.is(error) && error.code).toBe('ERR_OPTION');
    expect(String(error)).toMatch(/goes back to \d{4}-.*journalEntriesMax \(it is 2\)/);
    expect(() => a.history({ kinds: ['member-joyned' as 'member-joined'] })).toThrow('Known are');
    expect(() => a.at(Number.NaN)).toThrow('Give a Date');
  });
});

it('works with the engine in its own thread as well', async () => {
  await using a = await embed('a');
  const b = await embed('b');
  await b.join([at(a)]);
  await seesStatus(a, 'b', 'alive');
  await b.shutdown();
  await seesStatus(a, 'b', 'failed');
  expect(a.why('b').chain.at(-1)?.text).toContain('a declared it failed');
});
