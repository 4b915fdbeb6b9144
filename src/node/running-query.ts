/** One query of this node while it runs: its answers as they come, and how it went. */

import type { QuerySummary as EngineSummary } from '../core/asking.ts';
import { BoundedQueue } from './bounded-queue.ts';

/** Answers, and acks, of one query that wait to be taken; beyond it the newest are left out. */
export const answersWaitingMax = 16_384;

/** One member's answer. */
export interface QueryAnswer<T = Uint8Array> {
  /** The member's name. */
  readonly from: string;
  /** What it said, decoded by the definition; without one, its bytes. */
  readonly value: T;
  /** Its bytes. */
  readonly payload: Uint8Array;
}

/** How a query went. */
export interface QuerySummary extends EngineSummary {
  /** Who answered what the definition could not decode: told on `invalid$`. */
  readonly invalid: readonly string[];
  /** Answers and acks that were left out, because nobody took the ones before them. */
  readonly overflowed: number;
}

/**
 * A query that was asked, whether or not anybody looks. What goes wrong rejects the iteration and
 * `summary`, never the process.
 *
 * @throws FolkmootError (by rejection) `ERR_OPTION`; `ERR_QUERY_SIZE` if it does not fit into a packet;
 *   `ERR_OVERLOAD` if too many run; `ERR_STATE` and the like as all commands; the signal's reason.
 */
export interface RunningQuery<T = Uint8Array> extends AsyncIterable<QueryAnswer<T>> {
  /**
   * The names of those who have the query, in the order of their acks; only with `requestAck`. To stop
   * listening to them does not end the query.
   */
  readonly acks: AsyncIterable<string>;
  /** Resolves when the query is over: all that are expected have answered, or its time is up, or `end()`. */
  readonly summary: Promise<QuerySummary>;
  /** Takes no more answers. Leaving the loop over the answers does the same. */
  end(): void;
}

export interface AskedQueryOptions<T> {
  /** Reads an answer; throws on one that is not right. */
  decode(payload: Uint8Array): T;
  undecodable(
    answer: { readonly from: string; readonly payload: Uint8Array },
    error: unknown,
  ): void;
  /** Ends the query of that number in the engine. */
  endQuery(id: number): void;
}

/** The node's side of a {@link RunningQuery}. */
export class AskedQuery<T> implements RunningQuery<T> {
  readonly #options: AskedQueryOptions<T>;
  readonly #answers = new BoundedQueue<QueryAnswer<T>>(answersWaitingMax, () => this.end());
  readonly #acks = new BoundedQueue<string>(answersWaitingMax, () => undefined);
  readonly #invalid: string[] = [];
  #overflowed = 0;
  #id: number | undefined;
  #hasEnded = false;
  #resolve: (summary: QuerySummary) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly summary: Promise<QuerySummary>;

  constructor(options: AskedQueryOptions<T>) {
    this.#options = options;
    this.summary = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who only iterates hears of it there.
    this.summary.catch(() => undefined);
  }

  get acks(): AsyncIterable<string> {
    return this.#acks;
  }

  [Symbol.asyncIterator](): AsyncIterator<QueryAnswer<T>> {
    return this.#answers;
  }

  /** Whether the asker has had enough, perhaps before the query was under way. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#answers.end();
    this.#acks.end();
    if (this.#id !== undefined) this.#options.endQuery(this.#id);
  }

  /** It runs in the engine, under this number. */
  asked(id: number): void {
    this.#id = id;
  }

  /** An ack, or an answer. */
  heard(from: string, payload: Uint8Array | undefined): void {
    if (this.#hasEnded) return;
    if (payload === undefined) this.#count(this.#acks.push(from));
    else this.#answered(from, payload);
  }

  finish(summary: EngineSummary): void {
    this.#hasEnded = true;
    this.#answers.end();
    this.#acks.end();
    this.#resolve({ ...summary, invalid: this.#invalid, overflowed: this.#overflowed });
  }

  fail(error: unknown): void {
    this.#hasEnded = true;
    this.#answers.fail(error);
    this.#acks.fail(error);
    this.#reject(error);
  }

  /** The asker gave up. */
  abort(reason: unknown): void {
    this.#answers.abort(reason);
    this.#acks.abort(reason);
    this.#reject(reason);
    this.end();
  }

  #answered(from: string, payload: Uint8Array): void {
    let value: T;
    try {
      value = this.#options.decode(payload);
    } catch (error) {
      this.#invalid.push(from);
      this.#options.undecodable({ from, payload }, error);
      return;
    }
    this.#count(this.#answers.push({ from, value, payload }));
  }

  #count(hadRoom: boolean): void {
    if (!hadRoom) this.#overflowed += 1;
  }
}
