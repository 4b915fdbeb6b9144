/** What an engine is told once. Resolved and validated before it gets here. */

import type { Address, Cidr } from '../model/address.ts';
import type { Member, Tags } from '../model/member.ts';
import type { LamportTime } from '../model/lamport.ts';
import type { ConsultOptions } from './consults.ts';

/** The timing and fan-out of the protocol: what a profile (lan, wan, local) sets. */
export interface ProtocolTiming {
  /** A random member is probed every interval, scaled by local health. */
  readonly probeIntervalMs: number;
  /** How long to wait for the direct ack before asking others. */
  readonly probeTimeoutMs: number;
  /** How many others are asked to probe in our place. */
  readonly indirectChecks: number;
  /** Gossip goes out every interval … */
  readonly gossipIntervalMs: number;
  /** … to this many members. */
  readonly gossipNodes: number;
  /** How long the failed still hear gossip, and are remembered by SWIM. */
  readonly gossipToTheDeadMs: number;
  /** A broadcast is sent `retransmitMult × ceil(log10(n + 1))` times. */
  readonly retransmitMult: number;
  /** Suspicion lasts at least `suspicionMult × max(1, log10 n) × probeIntervalMs` … */
  readonly suspicionMult: number;
  /** … and at most this many times that, until others confirm it. */
  readonly suspicionMaxTimeoutMult: number;
  /** Full state exchange with a random member, stretched in clusters over 32; 0 turns it off. */
  readonly pushPullIntervalMs: number;
  /** For dialling and for each exchange on a stream. */
  readonly streamTimeoutMs: number;
}

/** What is left to decide beside the timing. Every field has a default in `profiles`. */
export interface ProtocolLimits {
  /** Local health is 0 … awarenessMax − 1 and scales the probe interval by one more than that. */
  readonly awarenessMax: number;
  /** Whether an unanswered probe also tries a stream, for networks that lose UDP only. */
  readonly streamProbes: boolean;
  /** A failed name may come back at another address after this long; 0: not before it is forgotten. */
  readonly deadNodeReclaimMs: number;
  /** Addresses that may be members; empty: all. */
  readonly allowedCidrs: readonly Cidr[];
  /** Target size of a packet. */
  readonly packetBytesMax: number;
  /** Bytes that label and encryption add to a packet. */
  readonly packetOverheadBytes: number;
  /** How long leave, force-leave and tag changes wait for their broadcast. */
  readonly broadcastTimeoutMs: number;
  /** How long a leaving node stays to answer after its broadcast. */
  readonly leavePropagateDelayMs: number;
  readonly reapIntervalMs: number;
  readonly reconnectIntervalMs: number;
  /** How long a failed member is kept. */
  readonly reconnectTimeoutMs: number;
  /** How long a left member is kept. */
  readonly tombstoneTimeoutMs: number;
  /** How long an intent for an unknown member is kept. */
  readonly recentIntentTimeoutMs: number;
  /** Lamport slots remembered for duplicates and replay. */
  readonly eventSlots: number;
  readonly querySlots: number;
  /** A query lasts `gossipIntervalMs × queryTimeoutMult × ceil(log10(n + 1))` by default. */
  readonly queryTimeoutMult: number;
  /** Largest encoded user event; Serf allows up to 9,216, and what fits into a packet is gossiped. */
  readonly userEventBytesMax: number;
  /** Largest encoded query. */
  readonly queryBytesMax: number;
  /** Largest encoded query response that is sent. */
  readonly queryResponseBytesMax: number;
  /** Broadcasts queued at once, for each of the four queues; the most-sent go first. */
  readonly broadcastQueueMax: number;
  /** Members known at once, dead ones included. */
  readonly membersMax: number;
  /** Whether acks carry this node's network coordinate, and others' are learnt from theirs. */
  readonly coordinates: boolean;
  /** Whether two nodes of one name are settled by a vote. */
  readonly nameConflictResolution: boolean;
  /** Which decisions are the user's. */
  readonly consults: ConsultOptions;
}

/** The Lamport clocks of a node: of intents, of user events, of queries. */
export interface Clocks {
  readonly memberTime: LamportTime;
  readonly eventTime: LamportTime;
  readonly queryTime: LamportTime;
}

/** What an engine needs to take up where another left off. */
export interface Checkpoint extends Clocks {
  readonly members: readonly Member[];
}

export interface EngineOptions extends ProtocolTiming, ProtocolLimits {
  readonly name: string;
  /** Where others reach this node. */
  readonly advertise: Address;
  readonly tags: Tags;
  /** After a crash of the driver: the last known state. The engine then starts above its incarnation. */
  readonly resume?: Checkpoint;
  /** Where the clocks stood in an earlier life of this node; they start there or later. */
  readonly startClocks?: Clocks;
}
