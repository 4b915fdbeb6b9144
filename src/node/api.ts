/** What a running node offers: the public interface. `createNode` makes one. */

import type { Observable } from 'rxjs';

import type { ExchangeFailure } from '../core/input.ts';
import type { Journal } from '../journal/journal.ts';
import type { LocalNodeState } from '../machines/local-machine.ts';
import type { Address } from '../model/address.ts';
import type { FolkmootError } from '../model/error.ts';
import type { Member } from '../model/member.ts';
import type { MemberEvent, SuspicionEvent } from '../streams/member-events.ts';
import type { RuntimeStats } from '../workers/runtime.ts';
import type { AnswerApi } from './answers.ts';
import type { EventApi } from './events.ts';
import type { MessageStats, NameConflict } from './inbox.ts';
import type { NodeKeys } from './keys.ts';
import type { ObservingApi } from './observing-node.ts';
import type { TagsInput } from './option-values.ts';
import type { PlaceApi } from './places.ts';
import type { QueryApi } from './queries.ts';

/** Why a node is shut down. */
export type CloseReason =
  /** `shutdown()` or disposal; `hasLeft`: the others were told before. */
  | { readonly kind: 'shutdown'; readonly hasLeft: boolean }
  /** The node could not go on: `ERR_NAME_CONFLICT` or `ERR_WORKER`. */
  | { readonly kind: 'failed'; readonly error: FolkmootError };

/** What waits can be given up. */
export interface WaitOptions {
  /** Ends the waiting with the signal's reason. What was begun goes on in the background. */
  readonly signal?: AbortSignal | undefined;
}

export interface JoinOptions extends WaitOptions {
  /** Do not take user events from before the join. Default false, as Serf. */
  readonly ignoreOld?: boolean | undefined;
}

export interface ForceLeaveOptions extends WaitOptions {
  /** Forget the member at once, instead of keeping it as left for a day. Default false. */
  readonly prune?: boolean | undefined;
}

/** One address that could not be joined. */
export interface FailedAddress {
  /** As it was given to `join`. */
  readonly address: string;
  /** What was dialled; `undefined` if the host is unknown. */
  readonly dialled: Address | undefined;
  readonly reason: ExchangeFailure['reason'] | 'address-unknown';
  /** What happened. */
  readonly text: string;
  /** What it most often means. */
  readonly remedy: string;
}

export interface JoinResult {
  /** The addresses that answered, in the order in which they did; several are tried at once. */
  readonly joined: readonly Address[];
  readonly failures: readonly FailedAddress[];
}

/** Whether the news of the leave was sent as often as planned, or cut short by `broadcastTimeoutMs`. */
export interface LeaveResult {
  readonly complete: boolean;
}

/** The latest facts and what was before them, for reading. */
export type JournalView = Pick<
  Journal,
  'lastIndex' | 'base' | 'entries' | 'since' | 'about' | 'replay'
>;

/** Numbers of the running node. Counters never fall. */
export interface NodeStats extends RuntimeStats, MessageStats {
  readonly state: LocalNodeState;
  readonly encrypted: boolean;
}

/**
 * A node of the cluster. All commands but `shutdown` reject with `ERR_STATE` once the node is leaving,
 * has left or is shut down, and with `ERR_NAME_CONFLICT` or `ERR_WORKER` if it could not go on.
 */
export interface FolkmootNode
  extends EventApi, QueryApi, AnswerApi, PlaceApi, ObservingApi, AsyncDisposable {
  readonly name: string;
  /** Where others reach this node. */
  readonly address: Address;
  /** Where this node listens, the real port filled in. */
  readonly bound: Address;
  /**
   * Every member by name, in any status, this node included. Always current: it is changed in the
   * same turn in which `member$` speaks, just before. A member is a value; a change makes a new one.
   */
  readonly members: ReadonlyMap<string, Member>;
  /** This node itself. */
  readonly local: Member;
  /**
   * What happens to members from now on: Serf's member-join, member-leave, member-failed,
   * member-update and member-reap. For what is now, read `members` first: both are fed in one turn,
   * so nothing falls between. Completes at shutdown.
   */
  readonly member$: Observable<MemberEvent>;
  /** Who is suspected, and who took it back: gossip's doubts, most of which come to nothing. */
  readonly suspicion$: Observable<SuspicionEvent>;
  /** Claims for names that are taken, this node's own included. Completes at shutdown. */
  readonly conflict$: Observable<NameConflict>;
  /** The keys of the whole cluster. */
  readonly keys: NodeKeys;
  /** The latest facts, each with its cause. At most `journalEntriesMax`. */
  readonly journal: JournalView;
  /** The life of this node, the present first. Completes after `'shutdown'`. */
  readonly state$: Observable<LocalNodeState>;
  readonly state: LocalNodeState;
  /** Resolves when the node is shut down, whatever did it. Never rejects. */
  readonly closed: Promise<CloseReason>;

  /**
   * Joins the cluster of whoever answers at `addresses`: `host`, `host:port`, `[v6]:port` or a bare
   * IPv6 address, each optionally after `nodename/`; without a port, the own one. All are tried, every
   * address of a host name too. Resolves if one answered, also if that was this node itself.
   *
   * @throws FolkmootError `ERR_JOIN` if none did: `details.failures` has a {@link FailedAddress} for
   *   each. `ERR_OPTION` for a text that is no address; then none was tried.
   */
  join(addresses: readonly string[], options?: JoinOptions): Promise<JoinResult>;
  /**
   * Tells everybody that this node goes. The node still answers until it is shut down. Resolves when
   * the news has spread, at the latest after twice `broadcastTimeoutMs` and `leavePropagateDelayMs`.
   * Calls after the first wait for the same leave.
   */
  leave(options?: WaitOptions): Promise<LeaveResult>;
  /** Stops at once, without leave: to the others it looks like a crash. Idempotent. */
  shutdown(): Promise<void>;
  /**
   * Makes a failed member count as left. A member that is alive takes that back by itself. `known`:
   * whether there is a member of this name; if not, the news is spread all the same, as Serf does.
   *
   * @throws FolkmootError `ERR_TIMEOUT` if the news was not sent within `broadcastTimeoutMs`.
   */
  forceLeave(name: string, options?: ForceLeaveOptions): Promise<{ readonly known: boolean }>;
  /**
   * Replaces all tags, and resolves when the news was sent.
   *
   * @throws FolkmootError `ERR_TAGS_SIZE` over 512 encoded bytes: nothing was changed. `ERR_TIMEOUT` if
   *   the news was not sent within `broadcastTimeoutMs`: the tags are changed all the same.
   */
  setTags(tags: TagsInput, options?: WaitOptions): Promise<void>;
  /** Numbers of the protocol, the sockets and the codec. */
  stats(): Promise<NodeStats>;
  /** Lets the node keep the process alive, as it does at first. A command under way always does. */
  ref(): void;
  unref(): void;
  /**
   * Leaves, within the time that `leave` may take, and shuts down. Idempotent; concurrent calls share
   * one promise. Never rejects because of the leave.
   */
  [Symbol.asyncDispose](): Promise<void>;
}
