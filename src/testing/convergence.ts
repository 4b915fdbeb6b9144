/** Whether all live nodes see the same cluster, and if not, one difference in words. */

import { formatAddress, sameAddress } from '../model/address.ts';
import type { Member } from '../model/member.ts';
import { describeTags } from './describe.ts';
import { sameTags } from './node-checker.ts';
import type { SimulatedNode } from './simulated-node.ts';

/**
 * How members that are not there any more must be seen. `not-alive`: as failed or left, or not at
 * all. `agreed`: alike by all who know them (who joins later is not told of them, as in Serf).
 * `same`: alike by everybody.
 */
export interface ConvergenceRules {
  readonly gone: 'not-alive' | 'agreed' | 'same';
}

/** Whether a node takes part now: it runs, is not paused, and has not begun to leave. */
export function isLive(node: SimulatedNode): boolean {
  return node.isUp && !node.isPaused && node.localState === 'alive';
}

/** Finds differences; remembers where the last one was, because that is where the next will be. */
export class ConvergenceCheck {
  #laggard: SimulatedNode | undefined;

  /** One difference between what is and what a live node sees, or `undefined`. */
  difference(
    nodes: Iterable<SimulatedNode>,
    rules: ConvergenceRules = { gone: 'not-alive' },
  ): string | undefined {
    const truth = truthOf(nodes);
    if (typeof truth === 'string') return truth;
    const laggard = this.#laggard;
    if (laggard !== undefined && truth.live.get(laggard.name) === laggard) {
      const difference = differenceOf(laggard, truth);
      if (difference !== undefined) return difference;
    }
    for (const node of truth.live.values()) {
      const difference = differenceOf(node, truth);
      if (difference === undefined) continue;
      this.#laggard = node;
      return difference;
    }
    return rules.gone === 'not-alive' ? undefined : differenceOfGone(truth, rules.gone);
  }
}

interface Truth {
  readonly live: ReadonlyMap<string, SimulatedNode>;
  /** The tags that each live node says it has. */
  readonly own: ReadonlyMap<string, Member>;
  /** Names of nodes that may be seen in any way: paused ones. */
  readonly open: ReadonlySet<string>;
}

function truthOf(nodes: Iterable<SimulatedNode>): Truth | string {
  const live = new Map<string, SimulatedNode>();
  const own = new Map<string, Member>();
  const open = new Set<string>();
  for (const node of nodes) {
    if (node.isPaused) open.add(node.name);
    if (!isLive(node)) continue;
    const other = live.get(node.name);
    if (other !== undefined) return `${other.id} and ${node.id} are both named ${node.name}`;
    live.set(node.name, node);
    const self = node.members.get(node.name);
    if (self === undefined) return `${node.id} does not know itself`;
    own.set(node.name, self);
  }
  return { live, own, open };
}

function differenceOf(node: SimulatedNode, truth: Truth): string | undefined {
  const { members } = node;
  for (const [name, self] of truth.own) {
    const seen = members.get(name);
    if (seen === undefined || seen.memberState === 'none')
      return `${node.id} does not know ${name}`;
    const said = describeDifference(seen, self);
    if (said !== undefined) return `${node.id} sees ${name} ${said}`;
  }
  // Only gone members are left to look at; with none, the sizes tell.
  if (members.size === truth.own.size) return undefined;
  for (const [name, seen] of members) {
    if (seen.memberState === 'none' || truth.own.has(name) || truth.open.has(name)) continue;
    if (seen.status === 'left' || seen.status === 'failed') continue;
    return `${node.id} sees ${name} ${seen.status}, which is gone`;
  }
  return undefined;
}

function describeDifference(seen: Member, self: Member): string | undefined {
  if (seen.status !== 'alive') return `${seen.status}, expected alive`;
  if (!sameAddress(seen, self)) {
    return `at ${formatAddress(seen)}, expected ${formatAddress(self)}`;
  }
  if (!sameTags(seen.tags, self.tags)) {
    return `with tags ${describeTags(seen.tags)}, expected ${describeTags(self.tags)}`;
  }
  return undefined;
}

function differenceOfGone(truth: Truth, rule: 'agreed' | 'same'): string | undefined {
  const agreed = new Map<string, { readonly id: string; readonly status: string }>();
  const live = [...truth.live.values()];
  for (const node of live) {
    for (const [name, status] of goneOf(node, truth)) {
      const first = agreed.get(name) ?? { id: node.id, status };
      agreed.set(name, first);
      if (first.status !== status) {
        return `${node.id} remembers ${name} as ${status}, ${first.id} as ${first.status}`;
      }
    }
  }
  if (rule === 'agreed') return undefined;
  for (const [name, { id }] of agreed) {
    const other = live.find((node) => !goneOf(node, truth).has(name));
    if (other !== undefined) return `${id} remembers ${name}, ${other.id} does not`;
  }
  return undefined;
}

function goneOf(node: SimulatedNode, truth: Truth): ReadonlyMap<string, string> {
  const gone = new Map<string, string>();
  for (const [name, seen] of node.members) {
    if (seen.memberState === 'none' || truth.own.has(name) || truth.open.has(name)) continue;
    gone.set(name, seen.status);
  }
  return gone;
}
