/** The servers of the cluster, as this node sees them. */

import type { Address } from './address.ts';
import type { LamportTime } from './lamport.ts';

/** SWIM's view of a node, ordered by incarnation. `unknown`: memberlist has forgotten it. */
export type NodeState = 'unknown' | 'alive' | 'suspect' | 'failed' | 'left';

/** Serf's view of a member, ordered by Lamport time. `none`: Serf does not know it. */
export type MemberState = 'none' | 'alive' | 'leaving' | 'left' | 'failed';

/** What users see: the product of the two views. */
export type MemberStatus = 'alive' | 'suspect' | 'leaving' | 'left' | 'failed';

/** Protocol versions a node understands and speaks: memberlist's, and Serf's (the delegate's). */
export interface Versions {
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly protocolCurrent: number;
  readonly delegateMin: number;
  readonly delegateMax: number;
  readonly delegateCurrent: number;
}

/** Tags of a member. A `Map`, because the keys come from the network (`__proto__` is a valid tag). */
export type Tags = ReadonlyMap<string, string>;

/** A server of the cluster. A value: a change makes a new one. */
export interface Member extends Address {
  readonly name: string;
  readonly tags: Tags;
  readonly status: MemberStatus;
  readonly nodeState: NodeState;
  readonly memberState: MemberState;
  /** SWIM's order of claims about this node; only the node itself raises it. */
  readonly incarnation: number;
  /** Lamport time of the last accepted intent. */
  readonly statusTime: LamportTime;
  readonly versions: Versions;
  /** When `nodeState` last changed, in milliseconds of the node's clock (Unix epoch). */
  readonly nodeStateSince: number;
  /** When the member failed or left, else `undefined`. Reaping counts from here. */
  readonly goneSince: number | undefined;
  /** The encoded tags as they came, at most 512 bytes from well-behaved nodes. */
  readonly meta: Uint8Array;
}

/** memberlist's wire numbers for {@link NodeState}. */
export const nodeStateNumbers = { alive: 0, suspect: 1, failed: 2, left: 3 } as const;

/** The status that users see, from the two views. A leaving member stays leaving while suspected. */
export function memberStatus(node: NodeState, member: MemberState): MemberStatus {
  switch (member) {
    case 'none':
    case 'alive':
      return node === 'suspect' ? 'suspect' : 'alive';
    case 'leaving':
    case 'left':
    case 'failed':
      return member;
    default:
      return member satisfies never;
  }
}
