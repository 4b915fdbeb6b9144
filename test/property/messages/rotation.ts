/** An operator who changes the keys of a cluster by the book, while nodes come, go and are cut off. */

import fc from 'fast-check';
import type { KeyReport } from '../../../src/core/keys.ts';
import { Deliveries } from './deliveries.ts';
import { bytesOf, isSuccess } from './key-cluster.ts';
import type { Asked, KeyCluster } from './key-cluster.ts';

/** What happens while an operation runs; nodes are numbers into those that live. */
export type Disturbance =
  | { readonly kind: 'join' }
  | { readonly kind: 'leave'; readonly node: number }
  | { readonly kind: 'cut'; readonly node: number; readonly forMs: number }
  | {
      readonly kind: 'restart';
      readonly node: number;
      readonly downMs: number;
      readonly memory: 'checkpoint' | 'none';
    };

export type Stage = 'install' | 'use' | 'remove';

/** An operation that is repeated until its report is good, from whichever node, whatever happens. */
export interface Turn {
  readonly stage: Stage;
  /** The new key, by number; for `remove` the one that it replaced. */
  readonly key: string;
  readonly asker: number;
  readonly disturbances: readonly Disturbance[];
}

const number = fc.nat(7);

export const disturbance: fc.Arbitrary<Disturbance> = fc.oneof(
  fc.constant({ kind: 'join' as const }),
  fc.record({ kind: fc.constant('leave' as const), node: number }),
  fc.record({
    kind: fc.constant('cut' as const),
    node: number,
    forMs: fc.constantFrom(300, 1_000, 2_000),
  }),
  fc.record({
    kind: fc.constant('restart' as const),
    node: number,
    downMs: fc.constantFrom(0, 1_000, 30_000),
    memory: fc.constantFrom('checkpoint' as const, 'none' as const),
  }),
);

/** Time between two events of the traffic, and between two disturbances. */
const sliceMs = 250;
const attemptsMax = 60;
/** Nobody answers for longer than this: the asker is gone. */
const reportMsMax = 15_000;
/** Fewer than this many nodes are never left. */
const nodesMin = 3;
const nodesMax = 8;
/** Who was down so lately may be found failed though it is back. */
const pardonMs = 30_000;
/** Cuts in a row must not last long enough to make somebody failed. */
const betweenCutsMs = 10_000;

export class Operator {
  readonly cluster: KeyCluster;
  readonly deliveries: Deliveries;
  readonly lossRate: number;
  /** The keys that a new node is started with, the primary first. */
  file: readonly string[];
  /** Operations that were confirmed: who was down meanwhile needs the file. */
  #confirmed = 0;
  #sent = 0;
  #cutUntil = -betweenCutsMs;
  readonly #downUntil = new Map<string, number>();
  readonly #left = new Set<string>();

  /** `lossRate` is that of the network while keys are changed. */
  constructor(cluster: KeyCluster, file: readonly string[], lossRate: number) {
    this.cluster = cluster;
    this.file = file;
    this.lossRate = lossRate;
    this.deliveries = new Deliveries(cluster.sim, 512);
    for (const id of cluster.sim.nodes.keys()) this.#watch(id);
    cluster.sim.runUntilConverged();
    cluster.sim.faults.network({ lossRate });
  }

  /** Does one operation until it is confirmed. */
  perform(turn: Turn): void {
    const { sim } = this.cluster;
    const waiting = [...turn.disturbances];
    // A new node may come before all others have the key: it has it from the start.
    if (turn.stage === 'install') this.file = [...this.file, turn.key];
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      this.#joinLonely();
      const live = sim.liveNodes;
      const by = live[(turn.asker + attempt) % live.length]?.id ?? '';
      const asked = this.cluster.ask(by, turn.stage, turn.key, attempt % 3);
      const report = this.#await(asked, waiting);
      if (report !== undefined && this.#isConfirmed(asked, report)) return this.#confirm(turn);
      this.#slice(waiting);
    }
    return sim.fail(`${turn.stage} was not confirmed in ${attemptsMax} attempts`);
  }

  /** Ends all disturbances: everybody is back, and the cluster is whole. */
  settle(): void {
    const { sim } = this.cluster;
    sim.faults.heal();
    sim.faults.network({ lossRate: 0 });
    sim.run(pardonMs);
    this.#joinLonely();
    sim.runUntilConverged({ withinMs: 60 * 60_000, everyMs: 1_000 });
    const what = 'everybody was told of every event';
    const isComplete = (): boolean => this.deliveries.missing() === undefined;
    sim.runUntil(isComplete, { withinMs: 300_000, everyMs: 1_000, what });
  }

  /**
   * What members sent to members and these had no key for, as lines of the trace. Not counted: who
   * leaves, since it is asked no more; and under loss streams, since a segment may be sent again so
   * late that its key is gone. Who dialled sees that, and tries again.
   */
  unread(): readonly string[] {
    const { lossRate } = this;
    return this.cluster.sim.traceLines().filter((line) => {
      if (!line.includes('undecryptable')) return false;
      const [, reader = '', verb, detail = ''] = /^ *[\d.]+ +(\w+) +(\w+) +(.*)$/.exec(line) ?? [];
      const [, sender = ''] = /^<- (\w+)/.exec(detail) ?? [];
      if (lossRate > 0 && (verb === 'failed' || detail.includes('stream'))) return false;
      return !this.#left.has(reader) && !this.#left.has(sender);
    });
  }

  /** A good report, and about all that run now: who is away and who is new was not asked. */
  #isConfirmed({ live }: Asked, report: KeyReport): boolean {
    return isSuccess(report) && this.cluster.sim.liveNodes.every(({ name }) => live.has(name));
  }

  #confirm({ stage, key }: Turn): void {
    this.#confirmed += 1;
    const others = this.file.filter((each) => each !== key);
    if (stage === 'use') this.file = [key, ...others];
    if (stage === 'remove') this.file = others;
  }

  #await(asked: Asked, waiting: Disturbance[]): KeyReport | undefined {
    const { sim } = this.cluster;
    while (sim.now < asked.at + reportMsMax) {
      const report = this.cluster.reportOf(asked);
      if (report !== undefined) {
        const problem = this.cluster.dishonesty(asked, report);
        return problem === undefined ? report : sim.fail(problem);
      }
      this.#slice(waiting);
    }
    return undefined;
  }

  /** Some time passes, with an event and perhaps a disturbance in it. */
  #slice(waiting: Disturbance[]): void {
    const { sim } = this.cluster;
    const next = waiting.shift();
    if (next !== undefined) this.#disturb(next);
    this.deliveries.noteClocks();
    const live = sim.liveNodes;
    this.deliveries.send(live[this.#sent % live.length]?.id ?? '');
    this.#sent += 1;
    sim.run(sliceMs);
  }

  #disturb(next: Disturbance): void {
    const { sim } = this.cluster;
    const live = sim.liveNodes;
    const via = live[0]?.id ?? '';
    if (next.kind === 'join') {
      if (live.length >= nodesMax) return;
      const { id } = sim.start({ keys: this.file.map(bytesOf), via: [via] });
      this.#watch(id);
      return;
    }
    const node = live[next.node % live.length]?.id ?? '';
    if (next.kind === 'cut') {
      if (sim.now < this.#cutUntil + betweenCutsMs) return;
      this.#cutUntil = sim.now + next.forMs;
      sim.faults.isolate([node]);
      sim.at(next.forMs, () => sim.faults.heal());
      return;
    }
    if (live.length <= nodesMin) return;
    if (next.kind === 'restart') return this.#restart(node, next);
    this.#left.add(node);
    sim.leave(node);
  }

  #restart(node: string, next: Extract<Disturbance, { kind: 'restart' }>): void {
    const { sim } = this.cluster;
    const confirmed = this.#confirmed;
    this.#downUntil.set(node, Infinity);
    sim.crash(node);
    sim.at(next.downMs, () => {
      // Its own keys are as good as the file, unless it missed something.
      if (this.#confirmed > confirmed) this.cluster.provision(node, this.file);
      if (next.memory === 'none') this.deliveries.begin(node);
      else this.deliveries.resume(node, sim.node(node).stats().eventTime);
      const via = sim.liveNodes.map(({ id }) => id);
      sim.restart(node, { memory: next.memory, ...(next.memory === 'none' ? { via } : {}) });
      this.#downUntil.set(node, sim.now + pardonMs);
    });
  }

  #joinLonely(): void {
    const { sim } = this.cluster;
    for (const { id, members } of sim.liveNodes) {
      if (members.size > 1) continue;
      const others = sim.liveNodes.map((node) => node.id).filter((other) => other !== id);
      sim.join(id, others);
    }
  }

  #watch(id: string): void {
    const { sim } = this.cluster;
    this.deliveries.follow(id);
    sim.node(id).onEvent(({ kind, name }) => {
      const isLive = sim.liveNodes.some((node) => node.name === name);
      const isPardoned = (this.#downUntil.get(name) ?? 0) > sim.now;
      if (kind === 'member-failed' && isLive && !isPardoned) sim.fail(`${id} calls ${name} failed`);
    });
  }
}
