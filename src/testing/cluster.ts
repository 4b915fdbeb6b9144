/** The simulated world: machines, the network between them, and the loop that lets time pass. */

import { Engine } from '../core/engine.ts';
import type { Output } from '../core/output.ts';
import type { StreamMessage } from '../model/message.ts';
import { unmapIp } from '../model/address.ts';
import { openPacket, sealPacket } from '../wire/packet.ts';
import { EventQueue } from './event-queue.ts';
import type { LinkConditions } from './link.ts';
import { Network } from './network.ts';
import { quantise } from './node-clock.ts';
import type { SimulatedNodeSetup } from './node-setup.ts';
import type { DownReason } from './node-view.ts';
import { drawNonce } from './nonce.ts';
import type { Datagram, Occurrence } from './occurrence.ts';
import { SimulatedNode } from './simulated-node.ts';
import { SimulationError, failureTraceLines } from './simulation-error.ts';
import { Streams } from './streams.ts';
import { Trace } from './trace.ts';
import type { TraceMode } from './trace.ts';
import type { CheckMode, DriverStyle, EngineFactory, World } from './world.ts';

/** Packets, streams and timers on their way at once; a cluster of 10,000 has some 100,000. */
export const occurrencesMax = 4_000_000;

/** What a world is made with. */
export interface ClusterOptions {
  readonly seed: number;
  readonly network: Partial<LinkConditions>;
  readonly compression: boolean;
  readonly driver: DriverStyle;
  readonly checks: CheckMode;
  readonly trace: TraceMode;
  readonly createEngine: EngineFactory | undefined;
}

/** What the network carried so far. */
export interface Traffic {
  readonly packets: number;
  readonly packetBytes: number;
  /** Packets that did not arrive, for whatever reason. */
  readonly packetsLost: number;
  readonly streams: number;
  readonly streamBytes: number;
}

export class Cluster implements World {
  readonly seed: number;
  readonly trace: Trace;
  readonly driver: DriverStyle;
  readonly checks: CheckMode;
  readonly compression: boolean;
  readonly createEngine: EngineFactory;
  readonly network: Network;
  /** The scenario as a script, for failures. */
  script: string | undefined;
  readonly #streams: Streams;
  readonly #queue = new EventQueue<Occurrence>(occurrencesMax);
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #hosts = new Map<string, SimulatedNode>();
  #now = 0;
  #steps = 0;
  #packets = 0;
  #packetBytes = 0;
  #packetsLost = 0;

  constructor(options: ClusterOptions) {
    this.seed = options.seed;
    this.trace = new Trace(options.trace);
    this.driver = options.driver;
    this.checks = options.checks;
    this.compression = options.compression;
    this.createEngine =
      options.createEngine ??
      ((engine, dependencies, now) => new Engine(engine, dependencies, now));
    this.network = new Network(options.network);
    this.#streams = new Streams({
      world: this,
      network: this.network,
      hostAt: (ip) => this.#hostAt(ip),
    });
  }

  get now(): number {
    return this.#now;
  }

  /** Occurrences handled so far. */
  get steps(): number {
    return this.#steps;
  }

  get nodes(): ReadonlyMap<string, SimulatedNode> {
    return this.#nodes;
  }

  get traffic(): Traffic {
    return {
      packets: this.#packets,
      packetBytes: this.#packetBytes,
      packetsLost: this.#packetsLost,
      streams: this.#streams.dialled,
      streamBytes: this.#streams.bytes,
    };
  }

  /** Puts a machine into the world, not running yet. */
  add(setup: Omit<SimulatedNodeSetup, 'index'>): SimulatedNode {
    const node = new SimulatedNode(this, { ...setup, index: this.#nodes.size });
    this.#nodes.set(setup.id, node);
    return node;
  }

  /** Says which machine has an IP from now on; what it had before is nobody's. */
  locate(node: SimulatedNode, ip: string): void {
    const before = node.address.ip;
    if (this.#hosts.get(before) === node) this.#hosts.delete(before);
    this.#hosts.set(ip, node);
  }

  stopped(node: SimulatedNode, reason: DownReason): void {
    this.#streams.sever(node.stop(reason));
  }

  plan(run: () => void): void {
    this.schedule({ kind: 'plan', run, time: this.#now, sequence: 0 });
  }

  schedule(occurrence: Occurrence): void {
    if (!this.#queue.push(occurrence)) this.fail(`more than ${occurrencesMax} things under way`);
  }

  /** Lets time pass until `until`, and everything happen that falls into it. */
  runTo(time: number): void {
    const queue = this.#queue;
    const until = quantise(time);
    while (queue.nextTime <= until) {
      const occurrence = queue.pop() as Occurrence;
      this.#now = occurrence.time;
      this.#steps += 1;
      this.#happen(occurrence);
    }
    this.#now = Math.max(this.#now, until);
  }

  send(node: SimulatedNode, output: Extract<Output, { kind: 'send' }>): void {
    const { security, networkRandom } = node;
    const bytes = sealPacket(output.message, {
      security,
      compression: this.compression,
      checksum: output.checksum,
      ...drawNonce(security, networkRandom),
    });
    const datagram: Datagram = { sender: node.id, from: node.address, bytes, opened: undefined };
    if (node.isFullyChecked) {
      datagram.opened = { with: security, packet: openPacket(bytes, security) };
      node.checkSent(datagram.opened.packet, bytes);
    }
    this.#packets += 1;
    this.#packetBytes += bytes.length;
    const host = this.#hostAt(output.to.ip);
    if (host === undefined || host.address.port !== output.to.port) {
      return this.#lose(node, output.to.ip, 'nobody there');
    }
    this.#carry(node, host, datagram);
  }

  dial(node: SimulatedNode, output: Extract<Output, { kind: 'exchange' }>): void {
    this.#streams.dial(node, output);
  }

  reply(node: SimulatedNode, stream: number, message: StreamMessage | null): void {
    this.#streams.reply(node, stream, message);
  }

  fail(summary: string, cause?: unknown): never {
    const trace = this.trace.lines(failureTraceLines);
    const script = this.script === undefined ? {} : { script: this.script };
    const context = { seed: this.seed, time: this.#now, trace, ...script };
    throw new SimulationError(summary, context, cause === undefined ? {} : { cause });
  }

  #carry(node: SimulatedNode, host: SimulatedNode, datagram: Datagram): void {
    const size = datagram.bytes.length;
    const route = { from: node.index, to: host.index };
    const fate = this.network.datagram(route, size, node.networkRandom);
    if (fate.kind === 'lost') return this.#lose(node, host.id, fate.reason);
    if (this.trace.isOn) this.trace.add(this.#now, node.id, 'send', `-> ${host.id} (${size} B)`);
    this.#deliver(host, datagram, fate.delayMs);
    if (fate.copyDelayMs !== undefined) this.#deliver(host, datagram, fate.copyDelayMs);
  }

  #deliver(node: SimulatedNode, datagram: Datagram, delayMs: number): void {
    this.schedule({ kind: 'datagram', node, datagram, time: this.#now + delayMs, sequence: 0 });
  }

  #lose(node: SimulatedNode, to: string, reason: string): void {
    this.#packetsLost += 1;
    if (this.trace.isOn) this.trace.add(this.#now, node.id, 'lost', `-> ${to} (${reason})`);
  }

  #hostAt(ip: string): SimulatedNode | undefined {
    return this.#hosts.get(ip) ?? this.#hosts.get(unmapIp(ip));
  }

  #happen(occurrence: Occurrence): void {
    switch (occurrence.kind) {
      case 'wake':
        if (occurrence.life === occurrence.node.life) occurrence.node.wake(occurrence.time);
        return undefined;
      case 'datagram':
        return occurrence.node.receive(occurrence.datagram);
      case 'connection':
        return this.#streams.arrive(occurrence.connection);
      case 'exchange-ended':
        if (occurrence.life !== occurrence.node.life) return undefined;
        return occurrence.node.exchangeEnded(occurrence.exchange, occurrence.outcome);
      case 'exchange-timed-out':
        if (occurrence.life !== occurrence.node.life) return undefined;
        return occurrence.node.exchangeTimedOut(occurrence.exchange);
      case 'resume':
        if (occurrence.life === occurrence.node.life) occurrence.node.resume();
        return undefined;
      case 'plan':
        return occurrence.run();
      default:
        return occurrence satisfies never;
    }
  }
}
