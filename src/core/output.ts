/** Everything that an engine wants done. Its driver carries them out, in order. */

import type { Address } from '../model/address.ts';
import type { ErrorRecord } from '../model/error.ts';
import type { Fact } from '../model/fact.ts';
import type { LamportTime } from '../model/lamport.ts';
import type { StreamMessage } from '../model/message.ts';
import type { QuerySummary } from './asking.ts';
import type { Consultation } from './consults.ts';
import type { ExchangeFailure, JoinTarget } from './input.ts';
import type { KeyReport } from './keys.ts';

/** One address that could not be joined. */
export interface JoinFailure extends ExchangeFailure {
  readonly target: JoinTarget;
}

/** What a command resolves to. */
export type CommandValue =
  | {
      readonly kind: 'join';
      readonly joined: readonly JoinTarget[];
      readonly failures: readonly JoinFailure[];
    }
  /** `complete`: the news was sent as often as planned; else the broadcast timeout cut it short. */
  | { readonly kind: 'leave'; readonly complete: boolean }
  /** `known`: whether a member of that name was there. */
  | { readonly kind: 'force-leave'; readonly known: boolean }
  | { readonly kind: 'set-tags' }
  | { readonly kind: 'user-event'; readonly time: LamportTime }
  | { readonly kind: 'query'; readonly summary: QuerySummary }
  | { readonly kind: 'end-query' }
  | { readonly kind: 'keep-gone' }
  | { readonly kind: 'respond' }
  | KeyReport;

/** A user event as it is told: once each, in the order in which this node heard of them. */
export interface ReceivedEvent {
  readonly time: LamportTime;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly coalesce: boolean;
  /** When it was heard, in milliseconds of the node's clock. */
  readonly at: number;
}

/** A query to be answered before `deadlineAt`. */
export interface ReceivedQuery {
  /** What to name it by in a `respond` command. */
  readonly id: number;
  readonly time: LamportTime;
  readonly name: string;
  readonly payload: Uint8Array;
  /** Who asks. */
  readonly from: string;
  readonly deadlineAt: number;
}

/** How a command ended. */
export type CommandResult =
  | { readonly ok: true; readonly value: CommandValue }
  | { readonly ok: false; readonly error: ErrorRecord };

/** Something worth a log line, at the edge. */
export interface Note {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Output =
  /**
   * Send a packet: a message or compound, still to be compressed, sealed and labelled. `checksum`:
   * the receiver is known to understand one.
   */
  | {
      readonly kind: 'send';
      readonly to: Address;
      readonly message: Uint8Array;
      readonly checksum: boolean;
    }
  /**
   * Dial, write `request`, and if `expectsReply` read one message; then report `exchange-replied` or
   * `exchange-failed` with the same number. Without a reply, success is not reported.
   */
  | {
      readonly kind: 'exchange';
      readonly exchange: number;
      readonly to: Address;
      readonly request: StreamMessage;
      readonly expectsReply: boolean;
      readonly timeoutMs: number;
    }
  /** Write the reply to a `stream-request` (`null`: none) and close. */
  | {
      readonly kind: 'stream-reply';
      readonly stream: number;
      readonly message: StreamMessage | null;
    }
  | { readonly kind: 'fact'; readonly fact: Fact }
  | { readonly kind: 'user-event'; readonly event: ReceivedEvent }
  | { readonly kind: 'query'; readonly query: ReceivedQuery }
  /** An ack (`payload` undefined) or response to the query that command `id` asked. */
  | {
      readonly kind: 'query-progress';
      readonly id: number;
      readonly from: string;
      readonly payload: Uint8Array | undefined;
    }
  | { readonly kind: 'answered'; readonly id: number; readonly result: CommandResult }
  /** This node lost its name in a vote: shut it down, without leave. */
  | {
      readonly kind: 'name-lost';
      readonly matching: number;
      readonly responses: number;
    }
  /** Ask the user; the verdict comes back as a `verdict` input of the same id. */
  | { readonly kind: 'consult'; readonly id: number; readonly consultation: Consultation }
  | { readonly kind: 'note'; readonly note: Note };
