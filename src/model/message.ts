/**
 * What memberlist nodes say to each other, as values. One interface a message; the bytes are made and
 * read in `wire/`. Fields mirror the wire: byte strings stay bytes, `null` is Go's nil.
 */

/** A byte string as it came or will go. */
export type Bytes = Uint8Array;

/** An unsigned 64-bit number: `bigint` only above the safe integers. */
export type Uint64 = number | bigint;

/** Where an answer should go instead of the packet's source. Empty and 0 mean "not given". */
export interface ReplyTo {
  readonly sourceAddress: Bytes;
  readonly sourcePort: number;
  readonly sourceNode: string;
}

/** "Are you there?" `node` is who is meant; empty means whoever hears it. */
export interface Ping extends ReplyTo {
  readonly kind: 'ping';
  readonly sequence: number;
  readonly node: string;
}

/** "Ask `node` at `target`:`port` for me, and tell me also if it stays silent (`nack`)." */
export interface IndirectPing extends ReplyTo {
  readonly kind: 'indirect-ping';
  readonly sequence: number;
  readonly target: Bytes;
  readonly port: number;
  readonly node: string;
  readonly nack: boolean;
}

/** "I am here." `payload` is the application's (network coordinates for Serf). */
export interface Ack {
  readonly kind: 'ack';
  readonly sequence: number;
  readonly payload: Bytes | null;
}

/** "I asked the node you meant, and it has not answered in time." */
export interface Nack {
  readonly kind: 'nack';
  readonly sequence: number;
}

/** "`from` suspects that `node` has failed." */
export interface Suspect {
  readonly kind: 'suspect';
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** "`node` is here": the only message that can raise a node, by a higher incarnation. */
export interface Alive {
  readonly kind: 'alive';
  readonly incarnation: number;
  readonly node: string;
  readonly address: Bytes;
  readonly port: number;
  readonly meta: Bytes | null;
  readonly versions: Bytes | null;
}

/** "`node` is gone": by itself if `from` is `node` (it left), else declared failed by `from`. */
export interface Dead {
  readonly kind: 'dead';
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** The application's bytes: for Serf, one of {@link ./serf-message.ts}. */
export interface UserMessage {
  readonly kind: 'user';
  readonly payload: Bytes;
}

/** One node in a push/pull. `state`: 0 alive, 1 suspect, 2 dead, 3 left. */
export interface NodeEntry {
  readonly name: string;
  readonly address: Bytes;
  readonly port: number;
  readonly meta: Bytes | null;
  readonly incarnation: number;
  readonly state: number;
  readonly versions: Bytes | null;
}

/** All that a node knows, exchanged over a stream in both directions. */
export interface PushPull {
  readonly kind: 'push-pull';
  readonly join: boolean;
  readonly nodes: readonly NodeEntry[];
  readonly userState: Bytes;
}

/** The listener could not read the request. */
export interface StreamError {
  readonly kind: 'error';
  readonly text: string;
}

/** What travels in packets (compounds, compression, checksums and encryption already removed). */
export type PacketMessage = Ping | IndirectPing | Ack | Nack | Suspect | Alive | Dead | UserMessage;

/** What travels on streams. */
export type StreamMessage = Ping | Ack | PushPull | UserMessage | StreamError;

/** Any memberlist message. */
export type Message = PacketMessage | StreamMessage;
