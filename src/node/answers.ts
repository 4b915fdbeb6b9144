/** Queries that others ask: told raw, and answered by handlers, on the main thread. */

import { map } from 'rxjs';
import type { Observable } from 'rxjs';

import type { ReceivedQuery } from '../core/output.ts';
import { FolkmootError } from '../model/error.ts';
import type { Commander } from './pending-commands.ts';
import type { QueryDefinition } from './definitions.ts';
import type { Inbox } from './inbox.ts';
import type { NodeLogger } from './logger.ts';
import { optionError } from './option-values.ts';
import { encodeFor, payloadBytes } from './payload-codec.ts';
import type { PayloadInput } from './payload-codec.ts';

/** Queries that handlers are at work on; further ones are not answered, and counted. */
export const answersRunningMax = 1_024;

/** A query that this node is asked. */
export interface IncomingQuery<T = Uint8Array> extends Omit<ReceivedQuery, 'id' | 'payload'> {
  readonly payload: T;
  /**
   * Answers, once.
   *
   * @throws FolkmootError `ERR_QUERY_CLOSED` if it was answered before or its deadline is past;
   *   `ERR_RESPONSE_SIZE` over `queryResponseBytesMax` encoded: another answer may be tried.
   */
  respond(payload: PayloadInput): Promise<void>;
}

/** A handler in force. */
export interface AnswerHandle extends Disposable {
  /** Takes it back. What is being answered will still be. */
  unsubscribe(): void;
}

/** The part of a node that answers. Guarantees: docs/MESSAGING.md. */
export interface AnswerApi {
  /** Every query from now on that this node is meant by, this node's own included. Completes at shutdown. */
  readonly query$: Observable<IncomingQuery>;
  /**
   * Answers the queries of one name from now on. What the handler returns, or resolves to, is the answer;
   * `undefined` is none. What it throws is logged and counted, and the asker hears nothing.
   *
   * Called on the main thread: a blocked one answers late, or not at all. Acks do not wait for it.
   *
   * @throws FolkmootError `ERR_OPTION` if the name has a handler already: a query has one answer.
   */
  answer<RequestOut, ResponseIn>(
    query: QueryDefinition<never, RequestOut, ResponseIn, unknown>,
    handler: (
      request: RequestOut,
      query: IncomingQuery<RequestOut>,
    ) => ResponseIn | undefined | Promise<ResponseIn | undefined>,
  ): AnswerHandle;
  answer(
    query: string,
    handler: (request: Uint8Array, query: IncomingQuery) => PayloadInput | Promise<PayloadInput>,
  ): AnswerHandle;
}

type AnyQuery = QueryDefinition<never, unknown, never, unknown>;
type AnyHandler = (request: never, query: IncomingQuery<never>) => unknown;

interface Answerer {
  decode(request: Uint8Array): unknown;
  encode(response: unknown): Uint8Array;
  readonly handler: (request: unknown, query: IncomingQuery<unknown>) => unknown;
}

export class Answers {
  readonly #commander: Commander;
  readonly #inbox: Inbox;
  readonly #log: NodeLogger;
  readonly #answerers = new Map<string, Answerer>();
  #running = 0;
  readonly query$: Observable<IncomingQuery>;

  constructor(commander: Commander, inbox: Inbox, log: NodeLogger) {
    this.#commander = commander;
    this.#inbox = inbox;
    this.#log = log;
    this.query$ = inbox.query$.pipe(map((query) => this.#incoming(query, query.payload)));
    inbox.query$.subscribe((query) => void this.#answer(query)); // Hears of all failures itself.
  }

  answer(query: AnyQuery | string, handler: AnyHandler): AnswerHandle {
    const name = typeof query === 'string' ? query : query.name;
    if (typeof handler !== 'function') throw optionError('handler', handler, 'Give a function.');
    if (this.#answerers.has(name)) {
      throw optionError('query', name, 'It has a handler already; unsubscribe that one first.');
    }
    // The overloads of AnswerApi hold definition and handler together.
    const answerer = answererOf(query, handler as Answerer['handler']);
    this.#answerers.set(name, answerer);
    const unsubscribe = (): void => {
      if (this.#answerers.get(name) === answerer) this.#answerers.delete(name);
    };
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  async #answer(query: ReceivedQuery): Promise<void> {
    const answerer = this.#answerers.get(query.name);
    if (answerer === undefined) return;
    if (query.deadlineAt < now()) return this.#inbox.count('answersLate');
    if (this.#running >= answersRunningMax) return this.#inbox.count('answersDropped');
    this.#running += 1;
    try {
      await this.#run(query, answerer);
    } catch (error) {
      this.#failed(query, error);
    } finally {
      this.#running -= 1;
    }
  }

  async #run(query: ReceivedQuery, answerer: Answerer): Promise<void> {
    const { name, payload, from } = query;
    const { life } = this.#inbox;
    let value: unknown;
    try {
      value = answerer.decode(payload);
    } catch (error) {
      return this.#inbox.undecodable({ kind: 'query', name, payload, from }, error);
    }
    const response = await answerer.handler(value, this.#incoming(query, value));
    if (response !== undefined) await this.#respond(query, life, answerer.encode(response));
  }

  #failed({ name, from }: ReceivedQuery, error: unknown): void {
    if (FolkmootError.is(error) && error.code === 'ERR_QUERY_CLOSED') {
      this.#inbox.count('answersLate');
      this.#log.debug({ query: name, from }, 'a query was answered too late');
      return;
    }
    this.#inbox.count('answersFailed');
    this.#log.warn(
      { query: name, from, err: error },
      'a query was not answered: its handler failed',
    );
  }

  #incoming<T>(query: ReceivedQuery, payload: T): IncomingQuery<T> {
    const { id: _id, ...rest } = query;
    const { life } = this.#inbox;
    const respond = async (response: PayloadInput): Promise<void> =>
      this.#respond(query, life, payloadBytes(response));
    return { ...rest, payload, respond };
  }

  async #respond({ id, name }: ReceivedQuery, life: number, payload: Uint8Array): Promise<void> {
    // Another engine has other queries under these numbers.
    if (life !== this.#inbox.life) {
      const message = `The query ${name} came before the thread of this node was restarted, and cannot be answered any more.`;
      throw new FolkmootError('ERR_QUERY_CLOSED', message, { id });
    }
    await this.#commander.run({ kind: 'respond', query: id, payload });
  }
}

function answererOf(query: AnyQuery | string, handler: Answerer['handler']): Answerer {
  if (typeof query === 'string') {
    return { decode: (payload) => payload, encode: payloadBytes, handler };
  }
  const { name, request, response } = query;
  const what = `the answer to query ${name}`;
  return {
    decode: (payload) => request.decode(payload),
    encode: (value) => encodeFor<unknown>(what, response, value),
    handler,
  };
}

/** The clock of `deadlineAt`. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
