/** Go agents and nodes of ours in one cluster, and what each of them hears of user events. */

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { FolkmootNode, NodeOptions } from 'folkmoot';
import { at, embed, observers } from '../integration/node/embedded.ts';
import type { Crew } from './crew.ts';
import { startGoAgent } from './go-agent.ts';
import type { GoAgent } from './go-agent.ts';
import type { Peer } from './peers.ts';
import { aliveView, allSee } from './view.ts';
import { waitFor } from './wait-for.ts';

/** Somebody who hears user events. */
export interface Hearer {
  readonly name: string;
  /** What it has heard, as `name payload`. */
  readonly heard: () => readonly string[];
}

export interface MixedClusterOptions {
  readonly peer: Peer;
  /** Base64 key. */
  readonly encrypt?: string;
  /** Further handlers of the first Go agent, such as `query:load=echo 1`. */
  readonly handlers?: readonly string[];
  readonly node?: NodeOptions;
}

export interface MixedCluster {
  readonly agents: readonly [GoAgent, GoAgent];
  readonly ours: readonly [FolkmootNode, FolkmootNode];
  readonly hearers: readonly Hearer[];
}

/**
 * Two of each (`go-1`, `go-2` with role go, `our-1`, `our-2` with role our), all of whom see each other.
 * With the lan profile: the local one sends news twice only, so that of four nodes one misses every
 * tenth message, which for a query is not made up for.
 */
export async function startMixedCluster(
  crew: Crew,
  options: MixedClusterOptions,
): Promise<MixedCluster> {
  const { handlers = [], ...common } = options;
  const go1 = await startGoHearer(crew, 'go-1', { ...common, handlers });
  const our1 = await startOurHearer(crew, 'our-1', common);
  await our1.node.join([go1.agent.address]);
  const go2 = await startGoHearer(crew, 'go-2', { ...common, join: [at(our1.node)] });
  const our2 = await startOurHearer(crew, 'our-2', common);
  await our2.node.join([go2.agent.address]);
  const everybody = [go1.agent, go2.agent, ...observers(our1.node, our2.node)];
  await allSee(everybody, aliveView(everybody), 60_000);
  return {
    agents: [go1.agent, go2.agent],
    ours: [our1.node, our2.node],
    hearers: [go1, go2, our1, our2],
  };
}

/** A Go agent whose handler writes down every event that it is told. */
export async function startGoHearer(
  crew: Crew,
  name: string,
  options: MixedClusterOptions & { readonly join?: readonly string[] },
): Promise<Hearer & { readonly agent: GoAgent }> {
  const { peer, encrypt, handlers = [], join: joined = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'folkmoot-heard-'));
  crew.add({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
  const file = join(folder, 'events');
  const write = `user=printf '%s %s\\n' "$SERF_USER_EVENT" "$(cat)" >> ${file}`;
  const agent = await startGoAgent({
    peer,
    name,
    profile: 'lan',
    tags: { role: 'go' },
    join: joined,
    config: { event_handlers: [write, ...handlers] },
    ...(encrypt !== undefined && { encrypt }),
  });
  return { name, heard: () => linesOf(file), agent: crew.add(agent) };
}

/** A node of ours, in this process, and what it is told from its start on. */
export async function startOurHearer(
  crew: Crew,
  name: string,
  { encrypt, node: options = {} }: Pick<MixedClusterOptions, 'encrypt' | 'node'>,
): Promise<Hearer & { readonly node: FolkmootNode }> {
  const own = { profile: 'lan', tags: { role: 'our' }, encryptKey: encrypt, ...options } as const;
  const node = crew.add(await embed(name, own));
  const lines: string[] = [];
  node.event$.subscribe((event) => {
    lines.push(`${event.name} ${Buffer.from(event.payload).toString()}`);
  });
  return { name, heard: () => lines, node };
}

/** Waits until each has heard all of `sent`; it must have been once each. */
export async function expectAllHear(
  hearers: readonly Hearer[],
  sent: readonly string[],
  deadlineMs = 60_000,
): Promise<void> {
  for (const { name, heard } of hearers) {
    await waitFor(() => heard().length >= sent.length, {
      describe: `${name} hears all ${sent.length} events`,
      deadlineMs,
    }).catch((error: unknown) => {
      const lines = new Set(heard());
      const missing = sent.filter((line) => !lines.has(line));
      throw new Error(`${name} misses ${missing.join(', ')}`, { cause: error });
    });
    const [surplus] = doubled(heard());
    if (surplus !== undefined) throw new Error(`${name} heard '${surplus}' twice`);
    const unknown = heard().filter((line) => !sent.includes(line));
    if (unknown.length > 0) throw new Error(`${name} heard ${unknown.join(', ')}`);
  }
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return []; // Nothing was heard yet.
  }
}

function doubled(lines: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    const isKnown = seen.has(line);
    seen.add(line);
    return isKnown;
  });
}
