/** Nodes of the built package in the process of the test, on loopback, with a timing that does not keep it waiting. */

import type { FolkmootNode, NodeOptions } from 'folkmoot';
import { createNode, formatAddress, profiles } from 'folkmoot';

import type { Observer, View } from '../../support/view.ts';

/** Fails within seconds, yet leaves room for a busy machine. */
export const quick = {
  ...profiles.local,
  probeIntervalMs: 500,
  probeTimeoutMs: 300,
  suspicionMaxTimeoutMult: 2,
};

/** The runtimes that a node may have. */
export const runtimes = ['worker', 'inline'] as const;

/** A node on a free loopback port. */
export function embed(name: string, options: NodeOptions = {}): Promise<FolkmootNode> {
  const limits = { leavePropagateDelayMs: 300, ...options.limits };
  return createNode({
    name,
    bind: '127.0.0.1:0',
    profile: quick,
    logger: false,
    ...options,
    limits,
  });
}

/** Where a node is reached, to be joined. */
export function at(node: FolkmootNode): string {
  return formatAddress(node.address);
}

/** Nodes as the observers that views are compared of. */
export function observers(...nodes: readonly FolkmootNode[]): readonly Observer[] {
  return nodes.map((node) => ({
    name: node.name,
    address: at(node),
    tags: Object.fromEntries(node.local.tags),
    view: async () => viewOf(node),
  }));
}

/** What a node sees. */
export function viewOf(node: FolkmootNode): View {
  return Object.fromEntries(
    [...node.members.values()].map(
      ({ name, ip, port, status, tags }) =>
        [
          name,
          { address: formatAddress({ ip, port }), status, tags: Object.fromEntries(tags) },
        ] as const,
    ),
  );
}

/** What `member$` tells from now on, as `kind name` lines. */
export function heard(node: FolkmootNode): readonly string[] {
  const lines: string[] = [];
  node.member$.subscribe((event) => {
    for (const { name } of event.members) lines.push(`${event.kind} ${name}`);
  });
  return lines;
}
