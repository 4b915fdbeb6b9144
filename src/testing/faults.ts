/** What can go wrong in a simulated world: the network, the clocks, and processes that stand still. */

import type { Cluster } from './cluster.ts';
import type { LinkConditions, Protocol } from './link.ts';
import { FolkmootError } from '../model/error.ts';
import { linkRulesMax } from './network.ts';
import type { SimulatedNode } from './simulated-node.ts';

export interface CutOptions {
  /** What no longer passes. Default `all`. */
  readonly protocol?: Protocol;
  /** Only from the first group to the second; the way back stays open. Default false. */
  readonly isOneWay?: boolean;
}

export class Faults {
  readonly #cluster: Cluster;
  readonly #node: (id: string) => SimulatedNode;

  /** Made by the simulation. */
  constructor(cluster: Cluster, node: (id: string) => SimulatedNode) {
    this.#cluster = cluster;
    this.#node = node;
  }

  /** Changes the network for everybody; rules for single links stay. */
  network(conditions: Partial<LinkConditions>): void {
    this.#cluster.network.change(conditions);
    this.#trace('network', JSON.stringify(conditions));
  }

  /** Lets nothing pass between two groups of nodes (ids), until {@link heal}. */
  partition(from: readonly string[], to: readonly string[], options: CutOptions = {}): void {
    const protocol = options.protocol ?? 'all';
    this.#addRule(from, to, protocol, { isBlocked: true });
    if (options.isOneWay !== true) this.#addRule(to, from, protocol, { isBlocked: true });
  }

  /** Cuts nodes off from all others that there are now. */
  isolate(ids: readonly string[], options: CutOptions = {}): void {
    const protocol = options.protocol ?? 'all';
    const others = [...this.#cluster.nodes.keys()].filter((id) => !ids.includes(id));
    this.partition(ids, others, { ...options, protocol });
  }

  /** Changes the conditions from one group of nodes to another; `undefined` is everybody. */
  link(
    from: readonly string[] | undefined,
    to: readonly string[] | undefined,
    conditions: Partial<LinkConditions>,
    protocol: Protocol = 'all',
  ): void {
    this.#addRule(from, to, protocol, conditions);
  }

  /** Removes all partitions; other changed conditions stay. */
  heal(): void {
    this.#cluster.network.removeRules((rule) => rule.conditions.isBlocked === true);
    this.#trace('heal', '');
  }

  /** Removes every rule for single links, partitions included. */
  clearLinks(): void {
    this.#cluster.network.removeRules(() => true);
    this.#trace('heal', 'all links');
  }

  /**
   * Stops a process as SIGSTOP would: its sockets fill, its timers stand. It goes on after `forMs`,
   * or when told to {@link resume}.
   */
  pause(id: string, forMs?: number): void {
    const node = this.#node(id);
    node.pause();
    if (forMs === undefined) return;
    const time = this.#cluster.now + forMs;
    this.#cluster.schedule({ kind: 'resume', node, life: node.life, time, sequence: 0 });
  }

  resume(id: string): void {
    this.#node(id).resume();
  }

  /** Moves a machine's clock. Back, it stands still for its process until it has caught up. */
  jumpClock(id: string, byMs: number): void {
    const node = this.#node(id);
    this.#cluster.trace.add(this.#cluster.now, id, 'clock', `${byMs} ms`);
    node.clock.jump(byMs, this.#cluster.now);
    node.rearm();
  }

  /** Lets a machine's clock run at another rate: 1.01 gains a hundredth. Throws `ERR_OPTION` if ≤ 0. */
  setClockRate(id: string, rate: number): void {
    if (!(rate > 0)) {
      throw new FolkmootError('ERR_OPTION', `rate ${rate} is not positive`, {
        option: 'rate',
        value: rate,
      });
    }
    const node = this.#node(id);
    this.#cluster.trace.add(this.#cluster.now, id, 'clock', `rate ${rate}`);
    node.clock.setRate(rate, this.#cluster.now);
    node.rearm();
  }

  #addRule(
    from: readonly string[] | undefined,
    to: readonly string[] | undefined,
    protocol: Protocol,
    conditions: Partial<LinkConditions>,
  ): void {
    const rule = { from: this.#indexes(from), to: this.#indexes(to), protocol, conditions };
    if (this.#cluster.network.addRule(rule) === undefined) {
      throw new FolkmootError('ERR_OPTION', `more than ${linkRulesMax} rules for links`, {
        option: 'link',
        value: linkRulesMax,
      });
    }
    const names = (ids: readonly string[] | undefined): string => ids?.join(',') ?? 'all';
    this.#trace('link', `${names(from)} -> ${names(to)} ${protocol} ${JSON.stringify(conditions)}`);
  }

  #indexes(ids: readonly string[] | undefined): ReadonlySet<number> | undefined {
    return ids === undefined ? undefined : new Set(ids.map((id) => this.#node(id).index));
  }

  #trace(verb: string, detail: string): void {
    this.#cluster.trace.add(this.#cluster.now, '*', verb, detail);
  }
}
