/** Who was told of which user event, in which life: what must never happen, and what must in the end. */

import type { Simulation } from '../../../src/testing/index.ts';
import { codec } from '../../../src/wire/codec.ts';

/** One life of a node, from its start; one with memory goes on in the next process. */
export interface Life {
  readonly node: string;
  /** Event → the Lamport time it was told with, in the order of telling. */
  readonly told: Map<string, number>;
  /** Those that its present process was told of, and so can hand on to who missed them. */
  readonly held: Set<string>;
  /** No time below this may be told any more: the own clock has left it behind. */
  floor: number;
  /** Times below this were old when it joined ignoring what is old: none may be told from then on. */
  ignoredBelow: number;
  /** From this time on nothing may be missing in the end. */
  completeFrom: number;
}

export class Deliveries {
  readonly #simulation: Simulation;
  readonly #windowSize: number;
  readonly #lives = new Map<string, Life>();
  /** Event → the Lamport time that its sender was given. */
  readonly #assigned = new Map<string, number>();
  #sent = 0;

  constructor(simulation: Simulation, windowSize: number) {
    this.#simulation = simulation;
    this.#windowSize = windowSize;
  }

  get lives(): ReadonlyMap<string, Life> {
    return this.#lives;
  }

  /** A node that was just started for the first time. */
  follow(node: string): Life {
    this.#simulation.node(node).onTold((told) => {
      if (told.kind === 'user-event') this.#take(node, told.event);
    });
    return this.begin(node);
  }

  /** A node starts from nothing: what it was told before does not count. */
  begin(node: string): Life {
    const told = new Map<string, number>();
    const life = {
      node,
      told,
      held: new Set<string>(),
      floor: 0,
      ignoredBelow: 0,
      completeFrom: 0,
    };
    this.#lives.set(node, life);
    return life;
  }

  /**
   * A node goes on from its checkpoint: all before the clock in it counts as told. The events
   * themselves are not in a checkpoint, so it hands none of them on.
   */
  resume(node: string, eventTime: number): void {
    const life = this.#lifeOf(node);
    life.held.clear();
    life.floor = Math.max(life.floor, eventTime);
    life.completeFrom = Math.max(life.completeFrom, eventTime);
  }

  /** Sends an event and returns its name. */
  send(node: string): string {
    this.#sent += 1;
    const name = `e${this.#sent}`;
    const payload = codec.encodeText(`${name} from ${node}`);
    const command = { kind: 'user-event', name, payload, coalesce: false } as const;
    const { result } = this.#simulation.command(node, command);
    if (result?.ok !== true || result.value.kind !== 'user-event') {
      return this.#simulation.fail(`${node} could not send ${name}`);
    }
    this.#assigned.set(name, result.value.time);
    return name;
  }

  /** Notes how far the clocks are: what is told from now on must be within their windows. */
  noteClocks(): void {
    for (const { id } of this.#simulation.liveNodes) {
      const life = this.#lifeOf(id);
      life.floor = Math.max(life.floor, this.#oldest(this.#simulation.node(id).stats().eventTime));
    }
  }

  /**
   * What a live node should have been told and was not, in words. Wanted is every event that a live
   * process was told of and that the newest clock still has in its window.
   */
  missing(): string | undefined {
    const live = this.#simulation.liveNodes.map(({ id }) => this.#lifeOf(id));
    const clocks = this.#simulation.liveNodes.map((node) => node.stats().eventTime);
    const oldest = this.#oldest(Math.max(...clocks));
    const wanted = new Set(live.flatMap(({ held }) => [...held]));
    for (const name of wanted) {
      const time = this.#assigned.get(name) ?? 0;
      if (time < oldest) continue;
      const life = live.find((each) => time >= each.completeFrom && !each.told.has(name));
      if (life !== undefined) return `${life.node} was never told of ${name} @${time}`;
    }
    return undefined;
  }

  /** Something that was told and should not have been, in words. */
  wrong(): string | undefined {
    for (const { node, told } of this.#lives.values()) {
      for (const [name, time] of told) {
        const assigned = this.#assigned.get(name);
        if (time !== assigned) return `${node} was told of ${name} @${time}, sent @${assigned}`;
      }
    }
    return undefined;
  }

  #take(
    node: string,
    event: { readonly name: string; readonly time: number; readonly payload: Uint8Array },
  ): void {
    const { name, time, payload } = event;
    const life = this.#lifeOf(node);
    const problem = (text: string): never =>
      this.#simulation.fail(`${node} was told of ${name} @${time} ${text}`);
    if (life.told.has(name)) problem('twice');
    if (time < life.floor) problem(`though all before @${life.floor} is too old`);
    if (time < life.ignoredBelow) problem('from before its join');
    if (!codec.decodeText(payload).startsWith(`${name} from `)) problem('with another payload');
    life.told.set(name, time);
    life.held.add(name);
    life.floor = Math.max(life.floor, this.#oldest(time + 1));
  }

  /** The oldest time in the window of a clock. */
  #oldest(clock: number): number {
    return clock > this.#windowSize ? clock - this.#windowSize : 0;
  }

  #lifeOf(node: string): Life {
    return this.#lives.get(node) ?? this.#simulation.fail(`${node} is not followed`);
  }
}
