/** What Serf agents say to each other inside memberlist's user messages, as values. */

import type { Bytes, Uint64 } from './message.ts';

/** "`node` has joined" (or: is not leaving), at `time` of the member clock. */
export interface JoinIntent {
  readonly kind: 'join-intent';
  readonly time: Uint64;
  readonly node: string;
}

/** "`node` is leaving", or is made to leave; `prune` forgets it as well. */
export interface LeaveIntent {
  readonly kind: 'leave-intent';
  readonly time: Uint64;
  readonly node: string;
  readonly prune: boolean;
}

/** The user events of one Lamport time, as a push/pull replays them. */
export interface EventSlot {
  readonly time: Uint64;
  readonly events: readonly { readonly name: string; readonly payload: Bytes | null }[] | null;
}

/** Serf's part of a push/pull. */
export interface SerfState {
  readonly kind: 'serf-state';
  readonly time: Uint64;
  readonly statusTimes: ReadonlyMap<string, Uint64> | null;
  readonly leftMembers: readonly string[] | null;
  readonly eventTime: Uint64;
  readonly events: readonly (EventSlot | null)[] | null;
  readonly queryTime: Uint64;
}

/** A user event at `time` of the event clock. */
export interface UserEvent {
  readonly kind: 'user-event';
  readonly time: Uint64;
  readonly name: string;
  readonly payload: Bytes | null;
  readonly coalesce: boolean;
}

/** A question to the cluster at `time` of the query clock. `timeoutNs` counts from receipt. */
export interface Query {
  readonly kind: 'query';
  readonly time: Uint64;
  readonly id: number;
  readonly address: Bytes;
  readonly port: number;
  readonly sourceNode: string;
  readonly filters: readonly Bytes[] | null;
  readonly flags: number;
  readonly relayFactor: number;
  readonly timeoutNs: Uint64;
  readonly name: string;
  readonly payload: Bytes | null;
}

/** An answer to a query (or its acknowledgement, by flag), sent straight to the asker. */
export interface QueryResponse {
  readonly kind: 'query-response';
  readonly time: Uint64;
  readonly id: number;
  readonly from: string;
  readonly flags: number;
  readonly payload: Bytes | null;
}

/** Bits of a query's and a response's `flags`. */
export const queryFlags = { ack: 1, noBroadcast: 2 } as const;

/** A member as a node knows it: the answer in a name conflict. `status`: 0 none … 4 failed. */
export interface ConflictMember {
  readonly name: string;
  readonly address: Bytes | null;
  readonly port: number;
  readonly tags: ReadonlyMap<string, string> | null;
  readonly status: number;
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly protocolCurrent: number;
  readonly delegateMin: number;
  readonly delegateMax: number;
  readonly delegateCurrent: number;
}

/** The answer to `_serf_conflict`; `null` if the name is unknown. */
export interface ConflictResponse {
  readonly kind: 'conflict-response';
  readonly member: ConflictMember | null;
}

/** The payload of a key query. */
export interface KeyRequest {
  readonly kind: 'key-request';
  readonly key: Bytes | null;
}

/** The answer to a key query; keys are base64. */
export interface KeyResponse {
  readonly kind: 'key-response';
  readonly result: boolean;
  readonly message: string;
  readonly keys: readonly string[] | null;
  readonly primaryKey: string;
}

/** "Pass this message on": `message` is a whole Serf message, forwarded as it is. */
export interface Relay {
  readonly kind: 'relay';
  readonly destinationAddress: Bytes | null;
  readonly destinationPort: number;
  readonly destinationZone: string;
  readonly destinationName: string;
  readonly message: Bytes;
}

export type SerfMessage =
  | JoinIntent
  | LeaveIntent
  | SerfState
  | UserEvent
  | Query
  | QueryResponse
  | ConflictResponse
  | KeyRequest
  | KeyResponse
  | Relay;

/** A query's condition on who should answer: all filters must hold. */
export type QueryFilter =
  | { readonly kind: 'nodes'; readonly names: readonly string[] }
  | { readonly kind: 'tag'; readonly tag: string; readonly expression: string };
