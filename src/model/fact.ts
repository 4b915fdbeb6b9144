/**
 * Facts: what has happened to the cluster's members, past tense and complete. The engine decides them,
 * `evolve` applies them (in the worker and again on the main thread), the journal keeps them.
 */

import type { Address } from './address.ts';
import type { LamportTime } from './lamport.ts';
import type { NodeState, Tags, Versions } from './member.ts';

/** What one relay of an indirect probe did before the verdict. */
export interface RelayReport {
  readonly name: string;
  readonly outcome: 'silent' | 'nack';
}

/** The evidence behind a failed probe. */
export interface ProbeReport {
  readonly sequence: number;
  readonly startedAt: number;
  readonly timeoutMs: number;
  readonly relays: readonly RelayReport[];
  readonly stream: 'failed' | 'not-tried';
  /** Lifeguard's local health at the time: 0 is healthy. */
  readonly awareness: number;
}

/** Why a fact came to be. */
export type Cause =
  /** A packet or stream message; `via` is the sender's `ip:port`. */
  | { readonly kind: 'gossip'; readonly via: string }
  | { readonly kind: 'push-pull'; readonly via: string }
  /** An own probe went unanswered. */
  | { readonly kind: 'probe'; readonly report: ProbeReport }
  /** A suspicion ran out with these accusers; `wanted` confirmations would have shortened it. */
  | {
      readonly kind: 'suspicion-timeout';
      readonly accusers: readonly string[];
      readonly wanted: number;
      readonly suspectedAt: number;
      readonly timeoutMs: number;
      readonly awareness: number;
    }
  /** The user of this node asked for it. */
  | {
      readonly kind: 'command';
      readonly command: 'create' | 'join' | 'leave' | 'force-leave' | 'set-tags';
    }
  /** An intent, gossiped or carried by a push/pull (`via`), or buffered until the member appeared. */
  | { readonly kind: 'intent'; readonly time: LamportTime; readonly via: string }
  /** Somebody claimed something untrue about this node. */
  | { readonly kind: 'refutation'; readonly accuser: string; readonly claim: NodeState }
  /** A record outlived its time. */
  | { readonly kind: 'expiry'; readonly afterMs: number }
  /** The news itself was missed; told by the difference that a checkpoint made to what was known. */
  | { readonly kind: 'checkpoint' }
  /** Another fact of the same step, about the same node. */
  | { readonly kind: 'consequence' };

interface FactAbout {
  /** The node it is about. */
  readonly name: string;
  /** When, in milliseconds of the node's clock (Unix epoch). */
  readonly at: number;
  readonly cause: Cause;
}

/** What a node says of itself in an alive message. */
export interface NodeClaim {
  readonly incarnation: number;
  readonly address: Address;
  readonly meta: Uint8Array;
  readonly tags: Tags;
  readonly versions: Versions;
}

/** SWIM: a node came up (new, or back from failed or left). */
export interface NodeJoined extends FactAbout, NodeClaim {
  readonly kind: 'node-joined';
}

/** SWIM: a node that was alive made a newer claim. */
export interface NodeRefreshed extends FactAbout, NodeClaim {
  readonly kind: 'node-refreshed';
}

/** SWIM: a suspected node made a newer claim, so it is alive. */
export interface NodeRefuted extends FactAbout, NodeClaim {
  readonly kind: 'node-refuted';
}

/** SWIM: `from` is the first to suspect the node. */
export interface NodeSuspected extends FactAbout {
  readonly kind: 'node-suspected';
  readonly incarnation: number;
  readonly from: string;
}

/** SWIM: `from` suspects an already suspected node too. */
export interface SuspicionConfirmed extends FactAbout {
  readonly kind: 'suspicion-confirmed';
  readonly incarnation: number;
  readonly from: string;
}

/** SWIM: the node is declared failed by `from`. */
export interface NodeFailed extends FactAbout {
  readonly kind: 'node-failed';
  readonly incarnation: number;
  readonly from: string;
}

/** SWIM: the node said itself that it goes. */
export interface NodeLeft extends FactAbout {
  readonly kind: 'node-left';
  readonly incarnation: number;
}

/** SWIM: a node gone for long was dropped from the list. */
export interface NodeForgotten extends FactAbout {
  readonly kind: 'node-forgotten';
}

/** SWIM: a claim for a known name came from another address, and was not believed. */
export interface NameConflicted extends FactAbout {
  readonly kind: 'name-conflicted';
  readonly existing: Address;
  readonly other: Address;
}

/** Serf: the member is here; `memberState` is leaving if its leave intent was heard first. */
export interface MemberJoined extends FactAbout {
  readonly kind: 'member-joined';
  readonly memberState: 'alive' | 'leaving';
  readonly statusTime: LamportTime;
}

/** Serf: the member changed its tags. */
export interface MemberUpdated extends FactAbout {
  readonly kind: 'member-updated';
  readonly previousTags: Tags;
}

/** Serf: the member announced that it leaves (or is made to). */
export interface MemberLeaving extends FactAbout {
  readonly kind: 'member-leaving';
  readonly statusTime: LamportTime;
}

/** Serf: a newer join intent took the leave back. */
export interface MemberStayed extends FactAbout {
  readonly kind: 'member-stayed';
  readonly statusTime: LamportTime;
}

/** Serf: a newer intent changed nothing but the order of what may come. */
export interface MemberTimeAdvanced extends FactAbout {
  readonly kind: 'member-time-advanced';
  readonly statusTime: LamportTime;
}

/** Serf: the member has left. `forced`: it had failed, and was then removed by force-leave. */
export interface MemberLeft extends FactAbout {
  readonly kind: 'member-left';
  readonly statusTime: LamportTime;
  readonly forced: boolean;
}

/** Serf: the member has failed. */
export interface MemberFailed extends FactAbout {
  readonly kind: 'member-failed';
}

/** Serf: the record of a gone member was removed. */
export interface MemberReaped extends FactAbout {
  readonly kind: 'member-reaped';
  readonly reason: 'failed-timeout' | 'tombstone-timeout' | 'prune';
}

/** What happens to nodes, decided by the node machine. */
export type NodeFact =
  | NodeJoined
  | NodeRefreshed
  | NodeRefuted
  | NodeSuspected
  | SuspicionConfirmed
  | NodeFailed
  | NodeLeft
  | NodeForgotten
  | NameConflicted;

/** What happens to members, decided by the member machine. */
export type MemberFact =
  | MemberJoined
  | MemberUpdated
  | MemberLeaving
  | MemberStayed
  | MemberTimeAdvanced
  | MemberLeft
  | MemberFailed
  | MemberReaped;

export type Fact = NodeFact | MemberFact;
export type NodeFactKind = NodeFact['kind'];
export type MemberFactKind = MemberFact['kind'];
export type FactKind = Fact['kind'];
