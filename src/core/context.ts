/**
 * What the parts of one engine share: options, state, clocks, queues and the outputs of the current
 * step. Parts are functions over it; each writes only the fields that its file says it owns.
 */

import { Coordinates } from '../coordinates/coordinates.ts';
import type { Address } from '../model/address.ts';
import { formatAddress, ipToBytes } from '../model/address.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Cause, Fact } from '../model/fact.ts';
import { LamportClock } from '../model/lamport.ts';
import type { Member, Tags } from '../model/member.ts';
import type { Random } from '../model/random.ts';
import { Awareness } from './awareness.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import type { Codec, DropReason } from './codec.ts';
import { Consults } from './consults.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { Exchanges } from './exchanges.ts';
import { HeldEvents } from './held-events.ts';
import type { KeyringAccess } from './keys.ts';
import type { EngineOptions } from './options.ts';
import type { Output } from './output.ts';
import { EarlySync } from './early-sync.ts';
import { EventWindow } from './event-window.ts';
import { RecentIntents } from './recent-intents.ts';
import { Roster } from './roster.ts';
import { heardBefore, startTimes } from './start-times.ts';
import { Suspicions } from './suspicions.ts';
import type { Timer } from './timer.ts';
import type { HeldClaim } from './vetting.ts';

/** Where the local node is in its life. */
export type LocalState = 'idle' | 'alive' | 'leaving' | 'left';

/** How a claim reached this node. */
export interface Origin {
  readonly kind: 'gossip' | 'push-pull';
  readonly from: Address;
}

/** What an engine is given beside its options. */
export interface EngineDependencies {
  readonly codec: Codec;
  readonly random: Random;
  /** The keys that key queries change; none: encryption is off. */
  readonly keyring?: KeyringAccess;
}

export class Context {
  readonly options: EngineOptions;
  readonly codec: Codec;
  readonly random: Random;

  /** The time of the current step. */
  now: number;
  outputs: Output[] = [];
  readonly deadlines = new DeadlineQueue<Timer>();
  readonly exchanges = new Exchanges();

  readonly members: Members = new Map();
  readonly roster = new Roster();
  readonly earlySync = new EarlySync();
  readonly heldEvents = new HeldEvents();
  readonly suspicions = new Suspicions();
  readonly conflictWarnedAt = new Map<string, number>();
  readonly staleAnsweredAt = new Map<string, number>();
  readonly consults = new Consults();
  readonly heldClaims = new Map<string, HeldClaim>();
  readonly recentIntents = new RecentIntents();
  /** Members to forget as soon as SWIM agrees that they are gone. */
  readonly pendingPrunes = new Set<string>();
  /** Members that are kept for another time than the others once they are gone, in ms. */
  readonly keepGoneMs = new Map<string, number>();
  /** Nodes that SWIM counts as alive or suspect, and members that Serf knows: kept, not counted anew. */
  liveNodes = 0;
  knownMembers = 0;

  localState: LocalState = 'idle';
  tags: Tags;
  meta: Uint8Array;
  readonly addressBytes: Uint8Array;
  /** Another node claimed this node's name in the current step. */
  isNameDisputed = false;

  readonly memberClock: LamportClock;
  readonly eventClock: LamportClock;
  readonly queryClock: LamportClock;

  readonly events: EventWindow;

  /** This node's keys; `undefined`: no encryption. */
  readonly keyring: KeyringAccess | undefined;

  readonly awareness: Awareness;
  /** Where the members are; `undefined`: turned off. */
  readonly coordinates: Coordinates | undefined;
  readonly nodeBroadcasts: BroadcastQueue;
  readonly intentBroadcasts: BroadcastQueue;
  readonly queryBroadcasts: BroadcastQueue;
  readonly eventBroadcasts: BroadcastQueue;

  readonly drops: Partial<Record<DropReason, number>> = {};
  probes = 0;
  probesFailed = 0;
  refutations = 0;
  #sequence = 0;

  constructor(options: EngineOptions, dependencies: EngineDependencies, now: number) {
    this.options = options;
    this.codec = dependencies.codec;
    this.random = dependencies.random;
    this.keyring = dependencies.keyring;
    this.now = now;
    this.tags = options.tags;
    this.meta = this.codec.encodeTags(options.tags);
    this.addressBytes = ipToBytes(options.advertise.ip);
    const { memberTime, eventTime, queryTime } = startTimes(options);
    this.memberClock = new LamportClock(memberTime);
    this.eventClock = new LamportClock(eventTime);
    this.queryClock = new LamportClock(queryTime);
    this.events = new EventWindow(options.eventSlots);
    this.events.ignoreBefore(heardBefore(options).eventTime);
    this.awareness = new Awareness(options.awarenessMax);
    const { name, membersMax } = options;
    this.coordinates = options.coordinates
      ? new Coordinates({ ownName: name, peersMax: membersMax, random: this.random })
      : undefined;
    this.nodeBroadcasts = new BroadcastQueue(options.broadcastQueueMax);
    this.intentBroadcasts = new BroadcastQueue(options.broadcastQueueMax);
    this.queryBroadcasts = new BroadcastQueue(options.broadcastQueueMax);
    this.eventBroadcasts = new BroadcastQueue(options.broadcastQueueMax);
  }

  /** This node's own record; there from `start` on. */
  get self(): Member {
    return this.members.get(this.options.name) as Member;
  }

  isSelf(name: string): boolean {
    return name === this.options.name;
  }

  /** Whether any other node is thought to be up: else there is nobody to tell. */
  get hasPeers(): boolean {
    return this.liveNodes > Number(isLive(this.members.get(this.options.name)));
  }

  nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#sequence;
  }

  arm(delayMs: number, timer: Timer): void {
    this.deadlines.arm(this.now + delayMs, timer);
  }

  /** Applies a fact and tells of it. */
  emit(fact: Fact): void {
    const before = this.members.get(fact.name);
    evolve(this.members, fact);
    const after = this.members.get(fact.name);
    this.liveNodes += Number(isLive(after)) - Number(isLive(before));
    this.knownMembers += Number(isKnown(after)) - Number(isKnown(before));
    if (fact.kind === 'member-reaped') this.coordinates?.forget(fact.name);
    this.outputs.push({ kind: 'fact', fact });
  }

  /** Counts something from the network that was not taken. */
  drop(reason: DropReason): void {
    this.drops[reason] = (this.drops[reason] ?? 0) + 1;
  }

  note(
    level: 'debug' | 'info' | 'warn' | 'error',
    text: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    this.outputs.push({ kind: 'note', note: { level, text, fields } });
  }
}

export function isLive(member: Member | undefined): boolean {
  return member?.nodeState === 'alive' || member?.nodeState === 'suspect';
}

function isKnown(member: Member | undefined): boolean {
  return member !== undefined && member.memberState !== 'none';
}

/** The cause of a fact that a claim led to. */
export function causeOf(origin: Origin): Cause {
  return { kind: origin.kind, via: formatAddress(origin.from) };
}

/** `consequence` of another fact of the same step. */
export const consequence: Cause = { kind: 'consequence' };
