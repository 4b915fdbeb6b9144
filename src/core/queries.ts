/** Queries, both ways: each is taken once, answered if this node is meant, and passed on. */

import type { ErrorRecord } from '../model/error.ts';
import { queryFlags } from '../model/serf-message.ts';
import type { Query, QueryResponse } from '../model/serf-message.ts';
import { Answering, acknowledge } from './answering.ts';
import { Asking, prepareQuery } from './asking.ts';
import type { QueryHandlers, Question } from './asking.ts';
import type { Context } from './context.ts';
import { gossipBytesMax } from './gossip.ts';
import { answerInternal } from './internal-queries.ts';
import { isInternalQuery } from './internal-query-names.ts';
import { LamportWindow } from './lamport-window.ts';

/** Queries of this node that run at once. */
export const runningQueriesMax = 1024;

export class Queries {
  readonly #seen: LamportWindow<number>;
  readonly #asking = new Asking();
  readonly #answering = new Answering();

  constructor(slots: number) {
    this.#seen = new LamportWindow<number>(slots, (a, b) => a === b);
  }

  /**
   * Asks the cluster; this node is asked as well, if the filters let it through.
   * @returns the number to {@link end} it by, or why it was not asked
   */
  ask(ctx: Context, question: Question, handlers: QueryHandlers): number | ErrorRecord {
    if (this.#asking.size >= runningQueriesMax) return tooMany();
    const prepared = prepareQuery(ctx, question);
    const { query } = prepared;
    const encoded = ctx.codec.encodeSerf(query);
    const bytesMax = Math.min(ctx.options.queryBytesMax, gossipBytesMax(ctx));
    if (encoded.length > bytesMax) return queryTooLarge(encoded.length, bytesMax);
    this.#asking.register(ctx, prepared, handlers);
    if (this.handle(ctx, query)) ctx.queryBroadcasts.add(encoded);
    return query.time as number;
  }

  /** The asker had enough. */
  end(query: number): void {
    this.#asking.end(query, 'ended');
  }

  /** The time of a query is over. */
  deadline(query: number): void {
    this.#asking.end(query, 'timeout');
  }

  /** Takes an answer to a query of this node. */
  respond(ctx: Context, response: QueryResponse): void {
    this.#asking.respond(ctx, response);
  }

  /** Sends the user's answer to a query; returns why not, or `undefined`. */
  answer(ctx: Context, id: number, payload: Uint8Array): ErrorRecord | undefined {
    return this.#answering.respond(ctx, id, payload);
  }

  /**
   * Takes a query.
   * @returns whether it is news to pass on
   */
  handle(ctx: Context, query: Query): boolean {
    const { time } = query;
    if (!ctx.queryClock.accepts(time)) {
      ctx.drop('bad-time');
      return false;
    }
    ctx.queryClock.witness(time);
    if (!this.#seen.add(time, query.id, ctx.queryClock.time)) return false;
    const self = { name: ctx.options.name, tags: ctx.tags };
    if (ctx.codec.matchesFilters(query.filters, self)) {
      if ((query.flags & queryFlags.ack) !== 0) acknowledge(ctx, query);
      if (isInternalQuery(query.name)) answerInternal(ctx, query);
      else this.#answering.tell(ctx, query);
    }
    // Passed on whether or not this node is meant: others may be.
    return (query.flags & queryFlags.noBroadcast) === 0;
  }

  /** From now on, queries of times below `time` count as seen. */
  ignoreBefore(time: number): void {
    this.#seen.ignoreBefore(time);
  }
}

function queryTooLarge(bytes: number, bytesMax: number): ErrorRecord {
  return {
    code: 'ERR_QUERY_SIZE',
    message: `the query takes ${bytes} bytes encoded, and at most ${bytesMax} can be asked: shorten name, payload or filters`,
    details: { bytes, bytesMax },
  };
}

function tooMany(): ErrorRecord {
  return {
    code: 'ERR_OVERLOAD',
    message: `${runningQueriesMax} queries of this node are running: wait for some to end`,
    details: { runningQueriesMax },
  };
}
