/**
 * A cluster in one process, under one seed and a virtual clock: the way to try what a network can do
 * to a cluster, and to see it again.
 */

import type { Address } from '../model/address.ts';
import type { Command } from '../core/input.ts';
import type { EngineOptions, ProtocolTiming } from '../core/options.ts';
import { FolkmootError } from '../model/error.ts';
import type { Tags } from '../model/member.ts';
import { defaultLimits, profiles, receiveBufferBytesDefault } from '../node/profiles.ts';
import type { ProfileName } from '../node/profiles.ts';
import { Keyring } from '../wire/keyring.ts';
import { packetOverhead } from '../wire/security.ts';
import type { Security } from '../wire/security.ts';
import { Cluster } from './cluster.ts';
import type { Traffic } from './cluster.ts';
import type { PendingCommand } from './command-table.ts';
import { ConvergenceCheck, isLive } from './convergence.ts';
import type { ConvergenceRules } from './convergence.ts';
import { Faults } from './faults.ts';
import type { NodeView } from './node-view.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { RestartOptions, SimulationOptions, StartOptions } from './simulation-options.ts';

/** The longest a helper waits for a condition in virtual time, unless told otherwise. */
const withinMsDefault = 60_000;
/** How often a condition is looked at, in virtual time. */
const everyMsDefault = 100;
const portDefault = 7946;

export interface WaitOptions {
  /** Virtual ms until it is given up. Default 60,000. */
  readonly withinMs?: number;
  /** Looked at every so many virtual ms. Default 100. */
  readonly everyMs?: number;
}

/** Makes a simulation, and starts `nodes` nodes that join the first. Nothing runs until `run`. */
export function createSimulation(options: SimulationOptions = {}): Simulation {
  const simulation = new Simulation(options);
  simulation.startMany(options.nodes ?? 0);
  return simulation;
}

export class Simulation {
  readonly #options: SimulationOptions;
  readonly #cluster: Cluster;
  readonly #convergence = new ConvergenceCheck();
  readonly #security: Security;
  /** Partitions, loss, pauses, wrong clocks. */
  readonly faults: Faults;
  #hostCount = 0;

  /** Use {@link createSimulation}. */
  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#security = securityOf(options.keys, options.label);
    this.#cluster = new Cluster({
      seed: options.seed ?? 1,
      network: options.network ?? {},
      compression: options.compression ?? false,
      driver: options.driver ?? 'draining',
      checks: options.checks ?? 'all',
      trace: options.trace ?? 'hash',
      createEngine: options.createEngine,
    });
    this.faults = new Faults(this.#cluster, (id) => this.#node(id));
  }

  get seed(): number {
    return this.#cluster.seed;
  }

  /** Virtual milliseconds since the simulation began. */
  get now(): number {
    return this.#cluster.now;
  }

  /** Things that have happened so far: packets, streams, timers. */
  get steps(): number {
    return this.#cluster.steps;
  }

  get traffic(): Traffic {
    return this.#cluster.traffic;
  }

  /** Every node there ever was, by id. */
  get nodes(): ReadonlyMap<string, NodeView> {
    return this.#cluster.nodes;
  }

  /** The nodes that run, are not paused and have not begun to leave. */
  get liveNodes(): readonly NodeView[] {
    return [...this.#cluster.nodes.values()].filter(isLive);
  }

  /** Throws `ERR_OPTION` if there is no such node. */
  node(id: string): NodeView {
    return this.#node(id);
  }

  /** Starts a new node. Throws `ERR_OPTION` if its id or IP is taken. */
  start(options: StartOptions = {}): NodeView {
    const count = this.#cluster.nodes.size;
    const id = options.id ?? options.name ?? `n${count + 1}`;
    if (this.#cluster.nodes.has(id)) throw optionError('id', id, 'is taken');
    const node = this.#cluster.add({
      id,
      security: this.#securityFor(options),
      clockOffsetMs: options.clockOffsetMs ?? 0,
      receiveBufferBytes: this.#options.receiveBufferBytes ?? receiveBufferBytesDefault,
      eventsKept: this.#options.eventsKept ?? 1_000,
    });
    const advertise = { ip: options.ip ?? this.#nextIp(), port: options.port ?? portDefault };
    this.#boot(node, {
      ...timingOf(this.#options.profile),
      ...timingChanges(options.profile),
      ...defaultLimits,
      ...this.#options.limits,
      ...options.limits,
      packetOverheadBytes: packetOverhead(node.security),
      name: options.name ?? id,
      advertise,
      tags: tagsOf(options.tags),
      consults: { merge: false, alive: false, timeoutMs: 1_000, acceptOnTimeout: true },
    });
    if (options.via !== undefined) this.join(id, options.via);
    return node;
  }

  /**
   * Starts nodes that join `via` (default: the first node of the simulation), one every `everyMs`
   * (default 0: all now). Nodes that come later are started while the simulation runs.
   */
  startMany(
    count: number,
    options: { readonly via?: string; readonly everyMs?: number } = {},
  ): void {
    const everyMs = options.everyMs ?? 0;
    for (let index = 0; index < count; index += 1) {
      const begin = (): void => {
        const [first] = this.#cluster.nodes.keys();
        const via = options.via ?? first;
        this.start(via === undefined ? {} : { via: [via] });
      };
      if (everyMs === 0) begin();
      else this.at(index * everyMs, begin);
    }
  }

  /** Starts a stopped node again. Throws `ERR_STATE` if it runs. */
  restart(id: string, options: RestartOptions = {}): void {
    const node = this.#node(id);
    const before = node.options;
    if (node.isUp || before === undefined) throw stateError(id, 'runs');
    const { resume: _old, ...rest } = before;
    const resume = options.memory === 'checkpoint' ? { resume: node.checkpoint() } : {};
    this.#boot(node, {
      ...rest,
      ...resume,
      advertise: {
        ip: options.ip ?? before.advertise.ip,
        port: options.port ?? before.advertise.port,
      },
      tags: options.tags === undefined ? before.tags : tagsOf(options.tags),
    });
    if (options.via !== undefined) this.join(id, options.via);
  }

  /** Has a node join others, by id. */
  join(
    id: string,
    via: readonly string[],
    options: { readonly ignoreOld?: boolean } = {},
  ): PendingCommand {
    const targets = via.map((other): Address => this.#node(other).address);
    const ignoreOld = options.ignoreOld ?? false;
    return this.#running(id).command({ kind: 'join', targets, ignoreOld });
  }

  /** Has a node leave; its process ends when that is done, unless it is to `stay`. */
  leave(id: string, options: { readonly stay?: boolean } = {}): PendingCommand {
    const node = this.#running(id);
    const { life } = node;
    const done = (): void => {
      if (node.isUp && node.life === life) this.#cluster.stopped(node, 'stopped');
    };
    return node.command({ kind: 'leave' }, options.stay === true ? undefined : done);
  }

  /** Has node `id` declare member `name` as left; `prune`: forgotten. */
  forceLeave(id: string, name: string, options: { readonly prune?: boolean } = {}): PendingCommand {
    const prune = options.prune ?? false;
    return this.#running(id).command({ kind: 'force-leave', name, prune });
  }

  /** Replaces all tags of a node. */
  setTags(id: string, tags: Exclude<StartOptions['tags'], undefined>): PendingCommand {
    return this.#running(id).command({ kind: 'set-tags', tags: tagsOf(tags) });
  }

  /** Gives a node any command of the engine; its id for later commands is `pending.id`. */
  command(id: string, command: Command): PendingCommand {
    return this.#running(id).command(command);
  }

  /** Ends a process without a word; `host: true`: the machine as well, so nothing refuses a stream. */
  crash(id: string, options: { readonly host?: boolean } = {}): void {
    const node = this.#running(id);
    this.#cluster.stopped(node, options.host === true ? 'host-down' : 'crashed');
  }

  /** Calls `run` in `afterMs` virtual ms, between two things that happen. */
  at(afterMs: number, run: () => void): void {
    const time = this.now + Math.max(0, afterMs);
    this.#cluster.schedule({ kind: 'plan', run, time, sequence: 0 });
  }

  /** Lets `forMs` virtual ms pass. Throws {@link SimulationError} if an invariant breaks. */
  run(forMs: number): void {
    this.#cluster.runTo(this.now + forMs);
  }

  /**
   * Lets time pass until `isDone` says so, and returns how many virtual ms that took. Throws a
   * {@link SimulationError} that names `what` if it does not happen in time.
   */
  runUntil(isDone: () => boolean, options: WaitOptions & { readonly what?: string } = {}): number {
    const begin = this.now;
    const end = begin + (options.withinMs ?? withinMsDefault);
    const everyMs = options.everyMs ?? everyMsDefault;
    while (!isDone()) {
      if (this.now >= end)
        this.#fail(`${options.what ?? 'the condition'} did not come true`, begin);
      this.#cluster.runTo(Math.min(end, this.now + everyMs));
    }
    return this.now - begin;
  }

  /** Lets time pass until all live nodes see the same cluster; returns how many virtual ms it took. */
  runUntilConverged(options: WaitOptions & Partial<ConvergenceRules> = {}): number {
    const begin = this.now;
    const end = begin + (options.withinMs ?? withinMsDefault);
    const rules = { gone: options.gone ?? 'not-alive' } as const;
    for (;;) {
      const difference = this.difference(rules);
      if (difference === undefined) return this.now - begin;
      if (this.now >= end) this.#fail(`not converged: ${difference}`, begin);
      this.#cluster.runTo(Math.min(end, this.now + (options.everyMs ?? everyMsDefault)));
    }
  }

  /** One way in which the views of the live nodes differ, in words; `undefined` if they do not. */
  difference(rules?: ConvergenceRules): string | undefined {
    return this.#convergence.difference(this.#cluster.nodes.values(), rules);
  }

  /** Throws a {@link SimulationError} unless all live nodes see the same cluster. */
  assertConverged(rules?: ConvergenceRules): void {
    const difference = this.difference(rules);
    if (difference !== undefined) this.#cluster.fail(`not converged: ${difference}`);
  }

  /** Runs every check on every node, also those that are made only now and then. */
  checkAll(): void {
    for (const node of this.#cluster.nodes.values()) node.checkAll();
  }

  /** The hash of all that happened: the same for the same seed, scenario and code. */
  traceHash(): string {
    return this.#cluster.trace.hash();
  }

  /** The trace, oldest line first: all of it with `trace: 'full'`, else the last lines. */
  traceLines(): readonly string[] {
    return this.#cluster.trace.lines();
  }

  /** Ends the test here with seed, time and trace. For checks of your own. */
  fail(summary: string): never {
    return this.#cluster.fail(summary);
  }

  /** Shown when the simulation fails. */
  set script(script: string) {
    this.#cluster.script = script;
  }

  /** Nodes without keys share one record, by which packets need not be read twice. */
  #securityFor({ keys, label }: StartOptions): Security {
    if (keys === undefined && label === undefined && this.#security.keyring === undefined) {
      return this.#security;
    }
    return securityOf(keys ?? this.#options.keys, label ?? this.#options.label);
  }

  #boot(node: SimulatedNode, options: EngineOptions): void {
    this.#cluster.locate(node, options.advertise.ip);
    node.start(options);
  }

  #node(id: string): SimulatedNode {
    const node = this.#cluster.nodes.get(id);
    if (node === undefined) throw optionError('id', id, 'is no node of this simulation');
    return node;
  }

  #running(id: string): SimulatedNode {
    const node = this.#node(id);
    if (!node.isUp) throw stateError(id, 'does not run');
    return node;
  }

  #nextIp(): string {
    this.#hostCount += 1;
    const count = this.#hostCount;
    return `10.${count >> 16}.${(count >> 8) & 0xff}.${count & 0xff}`;
  }

  #fail(summary: string, begin: number): never {
    return this.#cluster.fail(`${summary} within ${this.now - begin} ms`);
  }
}

function timingOf(profile: ProfileName | Partial<ProtocolTiming> | undefined): ProtocolTiming {
  return { ...profiles.lan, ...timingChanges(profile) };
}

function timingChanges(
  profile: ProfileName | Partial<ProtocolTiming> | undefined,
): Partial<ProtocolTiming> {
  return typeof profile === 'string' ? profiles[profile] : (profile ?? {});
}

function securityOf(keys: readonly Uint8Array[] | undefined, label: string | undefined): Security {
  const keyring = keys === undefined || keys.length === 0 ? undefined : new Keyring(keys);
  return { keyring, label: label ?? '' };
}

function tagsOf(tags: StartOptions['tags']): Tags {
  if (tags === undefined) return new Map();
  return tags instanceof Map ? tags : new Map(Object.entries(tags));
}

function optionError(option: string, value: string, text: string): FolkmootError {
  return new FolkmootError('ERR_OPTION', `${option} ${value} ${text}`, { option, value });
}

function stateError(id: string, text: string): FolkmootError {
  return new FolkmootError('ERR_STATE', `${id} ${text}`, { id });
}
