/** Everything that can happen to an engine. Its driver turns sockets, clocks and callers into these. */

import type { Address } from '../model/address.ts';
import type { Tags } from '../model/member.ts';
import type { PacketMessage, StreamMessage } from '../model/message.ts';
import type { QueryFilter } from '../model/serf-message.ts';
import type { Verdict } from './consults.ts';
import type { KeyOperation } from './keys.ts';

/** Whom to join: an address, and the name expected there if the caller gave one. */
export interface JoinTarget extends Address {
  readonly name?: string;
}

/** What the user of the node asks for. Each is answered once, by an `answered` output. */
export type Command =
  /** Exchange states with each target; resolves when all were tried. */
  | { readonly kind: 'join'; readonly targets: readonly JoinTarget[]; readonly ignoreOld: boolean }
  /** Tell everybody that this node goes; afterwards the state is `left`. */
  | { readonly kind: 'leave' }
  /** Make a failed member count as left, or forget it at once. */
  | { readonly kind: 'force-leave'; readonly name: string; readonly prune: boolean }
  /** Tell all members something. */
  | {
      readonly kind: 'user-event';
      readonly name: string;
      readonly payload: Uint8Array;
      readonly coalesce: boolean;
    }
  /** Ask all members something; acks and responses come as `query-progress` outputs of the same id. */
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly payload: Uint8Array;
      readonly filters: readonly QueryFilter[];
      readonly requestAck: boolean;
      readonly relayFactor: number;
      readonly timeoutMs: number | undefined;
    }
  /** End a running query (`command` is its id): enough was heard. */
  | { readonly kind: 'end-query'; readonly command: number }
  /** Answer a query that was told of. */
  | { readonly kind: 'respond'; readonly query: number; readonly payload: Uint8Array }
  /** Change or list the keys of all members; `key` is empty for `list`. */
  | {
      readonly kind: 'keys';
      readonly operation: KeyOperation;
      readonly key: Uint8Array;
      readonly relayFactor: number;
    }
  /** How long a gone member is kept before it is reaped, instead of the general timeout. */
  | { readonly kind: 'keep-gone'; readonly name: string; readonly forMs: number }
  /** Replace all tags. */
  | { readonly kind: 'set-tags'; readonly tags: Tags };

/** Why a stream exchange came to nothing. */
export interface ExchangeFailure {
  readonly reason:
    | 'refused'
    | 'unreachable'
    | 'timeout'
    | 'closed'
    | 'undecryptable'
    | 'unreadable'
    | 'remote-error'
    | 'overload'
    /** Reached, but its state and ours cannot be one cluster (protocol versions). */
    | 'incompatible'
    /** Reached, but a live member there already has this node's name at another address. */
    | 'name-taken'
    /** Reached, but the own merge delegate refused the nodes found there. */
    | 'vetoed';
  readonly text: string;
}

export type Input =
  /** The sockets are open: announce this node and arm the timers. Once, first. */
  | { readonly kind: 'start' }
  /** Deadlines up to now are due, and everything received before now has been handed in. */
  | { readonly kind: 'timer' }
  /** The messages of one packet, in order. */
  | {
      readonly kind: 'packet';
      readonly from: Address;
      readonly messages: readonly PacketMessage[];
    }
  /** Somebody opened a stream and sent this; answer with a `stream-reply` output of the same `stream`. */
  | {
      readonly kind: 'stream-request';
      readonly stream: number;
      readonly from: Address;
      readonly message: StreamMessage;
    }
  /** The reply to an `exchange` output. */
  | {
      readonly kind: 'exchange-replied';
      readonly exchange: number;
      readonly message: StreamMessage;
    }
  /** An `exchange` output came to nothing. */
  | {
      readonly kind: 'exchange-failed';
      readonly exchange: number;
      readonly failure: ExchangeFailure;
    }
  /** The user's verdict on a `consult` output. */
  | { readonly kind: 'verdict'; readonly consult: number; readonly verdict: Verdict }
  /** This process did not run for `forMs`: verdicts that rest on silence in that time are worth nothing. */
  | { readonly kind: 'paused'; readonly forMs: number }
  | { readonly kind: 'command'; readonly id: number; readonly command: Command };
