/**
 * What must hold for one node after each step, whatever the network does. Facts are folded into a
 * second view, so the checks see each record before and after, and the two views must stay the same.
 */

import type { EngineOptions } from '../core/options.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import type { OpenedPacket } from '../wire/packet.ts';
import type { SimulatedEngine } from './world.ts';

/** Every so many steps the whole view is compared, not only what facts spoke of. */
const stepsPerFullCheck = 512;
/** Every so many steps the queues are measured: `stats()` is not free. */
const stepsPerStats = 64;
/** A checksum is added after the packet was filled, as memberlist does. */
const checksumBytes = 5;

export class NodeChecker {
  readonly #options: EngineOptions;
  readonly #engine: SimulatedEngine;
  readonly #folded: Members | undefined;
  readonly #touched: string[] = [];
  #steps = 0;
  #problem: string | undefined;

  /** `isFull`: also fold the facts; costs a second view. */
  constructor(options: EngineOptions, engine: SimulatedEngine, isFull: boolean) {
    this.#options = options;
    this.#engine = engine;
    this.#folded = isFull ? new Map(engine.members) : undefined;
  }

  /** The first thing found wrong. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** A fact the engine has told of. */
  fact(fact: Fact): void {
    if (this.#folded === undefined) return;
    const before = this.#folded.get(fact.name);
    evolve(this.#folded, fact);
    const after = this.#folded.get(fact.name);
    this.#touched.push(fact.name);
    if (before !== undefined && after !== undefined) this.#compare(fact, before, after);
  }

  /** The engine has finished a step. */
  stepped(): void {
    this.#steps += 1;
    if (this.#folded !== undefined) {
      for (const name of this.#touched) this.#checkRecord(name, this.#folded);
      this.#touched.length = 0;
      if (this.#steps % stepsPerFullCheck === 0) this.#checkView(this.#folded);
    }
    if (this.#steps % stepsPerStats === 0) this.#checkQueues();
  }

  /** Everything at once, however long it takes. */
  complete(): void {
    if (this.#folded !== undefined) this.#checkView(this.#folded);
    this.#checkQueues();
  }

  /** A packet that this node sends, sealed as `bytes`. */
  sent(packet: OpenedPacket, bytes: Uint8Array): void {
    if (packet.drops.length > 0) this.#fail(`sent a packet that drops ${packet.drops.join(', ')}`);
    if (packet.messages.length === 0) this.#fail('sent a packet without a message');
    const bytesMax = this.#options.packetBytesMax + checksumBytes;
    // One message alone may be larger: there is no other way to send it.
    if (packet.messages.length > 1 && bytes.length > bytesMax) {
      this.#fail(`sent ${bytes.length} B with ${packet.messages.length} messages`);
    }
  }

  #compare(fact: Fact, before: Member, after: Member): void {
    const told = `${fact.kind} of ${fact.name}`;
    if (after.statusTime < before.statusTime && fact.kind !== 'member-reaped') {
      this.#fail(`${told}: Lamport time fell from ${before.statusTime} to ${after.statusTime}`);
    }
    if (fact.kind === 'node-forgotten' || before.nodeState === 'unknown') return;
    const hasMoved = before.ip !== after.ip || before.port !== after.port;
    const mayMove = before.nodeState === 'left' || before.nodeState === 'failed';
    if (after.incarnation < before.incarnation && !(hasMoved && mayMove)) {
      this.#fail(`${told}: incarnation fell from ${before.incarnation} to ${after.incarnation}`);
    }
    if (
      before.nodeState === 'left' &&
      after.nodeState === 'alive' &&
      after.incarnation === before.incarnation &&
      !hasMoved
    ) {
      this.#fail(`${told}: came back from left at the same incarnation ${after.incarnation}`);
    }
  }

  #checkRecord(name: string, folded: Members): void {
    const seen = this.#engine.members.get(name);
    const told = folded.get(name);
    if (!sameMember(seen, told)) {
      this.#fail(`${name} is ${describe(seen)}, but its facts make it ${describe(told)}`);
    }
  }

  #checkView(folded: Members): void {
    for (const name of this.#engine.members.keys()) this.#checkRecord(name, folded);
    for (const name of folded.keys()) this.#checkRecord(name, folded);
  }

  #checkQueues(): void {
    const stats = this.#engine.stats();
    const { broadcastQueueMax, membersMax } = this.#options;
    for (const queue of ['nodeQueue', 'intentQueue', 'eventQueue', 'queryQueue'] as const) {
      if (stats[queue] > broadcastQueueMax) this.#fail(`${queue} has ${stats[queue]} broadcasts`);
    }
    if (this.#engine.members.size > membersMax) {
      this.#fail(`knows ${this.#engine.members.size} members`);
    }
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
  }
}

/** Whether two records say the same. */
export function sameMember(a: Member | undefined, b: Member | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return (
    a.name === b.name &&
    a.status === b.status &&
    a.nodeState === b.nodeState &&
    a.memberState === b.memberState &&
    a.incarnation === b.incarnation &&
    a.statusTime === b.statusTime &&
    a.ip === b.ip &&
    a.port === b.port &&
    a.nodeStateSince === b.nodeStateSince &&
    a.goneSince === b.goneSince &&
    sameTags(a.tags, b.tags)
  );
}

/** Whether two sets of tags are the same, in whatever order. */
export function sameTags(a: Member['tags'], b: Member['tags']): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}

function describe(member: Member | undefined): string {
  if (member === undefined) return 'not known';
  const { nodeState, memberState, incarnation, statusTime, ip, port } = member;
  return `${nodeState}/${memberState} #${incarnation} @${statusTime} at ${ip}:${port}`;
}
