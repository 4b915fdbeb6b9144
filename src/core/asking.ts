/** Queries that this node asks: who is expected to answer, who has, and when it is over. */

import { randomInteger } from '../model/random.ts';
import { queryFlags } from '../model/serf-message.ts';
import type { Query, QueryResponse } from '../model/serf-message.ts';
import type { Context } from './context.ts';
import { isLive } from './context.ts';
import { internalQueries } from './internal-query-names.ts';
import { queryTimeoutMs } from './scaling.ts';

/** What is asked. `timeoutMs` undefined: Serf's formula. */
export interface Question {
  readonly name: string;
  readonly payload: Uint8Array | null;
  readonly filters: readonly Uint8Array[];
  readonly requestAck: boolean;
  readonly relayFactor: number;
  readonly timeoutMs: number | undefined;
}

/** How a query went. */
export interface QuerySummary {
  /** Live members that the filters let through when it was asked. */
  readonly expected: readonly string[];
  readonly acks: readonly string[];
  readonly responses: readonly string[];
  /** Answers that came twice (through relays). */
  readonly duplicates: number;
  /** `answered`: nobody expected is missing; `ended`: the asker had enough. */
  readonly end: 'answered' | 'timeout' | 'ended';
}

export interface QueryHandlers {
  onAck(from: string): void;
  onResponse(from: string, payload: Uint8Array): void;
  onDone(summary: QuerySummary): void;
}

interface Asked {
  readonly id: number;
  readonly requestAck: boolean;
  readonly wantsResponse: boolean;
  readonly expected: ReadonlySet<string>;
  readonly acks: Set<string>;
  readonly responses: Set<string>;
  readonly handlers: QueryHandlers;
  duplicates: number;
}

/** A question that is ready to go. */
export interface PreparedQuery {
  readonly query: Query;
  readonly timeoutMs: number;
}

/** Makes the query of a question, at the present query time. */
export function prepareQuery(ctx: Context, question: Question): PreparedQuery {
  const { gossipIntervalMs, queryTimeoutMult, advertise, name: sourceNode } = ctx.options;
  const timeoutMs =
    question.timeoutMs ?? queryTimeoutMs(gossipIntervalMs, queryTimeoutMult, ctx.liveNodes);
  const query: Query = {
    kind: 'query',
    time: ctx.queryClock.time,
    id: randomInteger(ctx.random, 2 ** 31),
    address: ctx.addressBytes,
    port: advertise.port,
    sourceNode,
    filters: question.filters.length === 0 ? null : question.filters,
    flags: question.requestAck ? queryFlags.ack : 0,
    relayFactor: question.relayFactor,
    timeoutNs: Math.round(timeoutMs * 1_000_000),
    name: question.name,
    payload: question.payload,
  };
  return { query, timeoutMs };
}

export class Asking {
  readonly #asked = new Map<number, Asked>();

  get size(): number {
    return this.#asked.size;
  }

  /** Registers a query before it goes out. */
  register(ctx: Context, prepared: PreparedQuery, handlers: QueryHandlers): void {
    const { query, timeoutMs } = prepared;
    const time = query.time as number;
    this.#asked.set(time, {
      id: query.id,
      requestAck: (query.flags & queryFlags.ack) !== 0,
      // Of a ping the ack is all that comes.
      wantsResponse: query.name !== internalQueries.ping,
      expected: expectedAnswers(ctx, query),
      acks: new Set(),
      responses: new Set(),
      handlers,
      duplicates: 0,
    });
    ctx.arm(timeoutMs, { kind: 'query-deadline', query: time });
  }

  /** Takes an ack or an answer: one of each a responder counts, and only while the query runs. */
  respond(ctx: Context, response: QueryResponse): void {
    const time = typeof response.time === 'number' ? response.time : -1;
    const asked = this.#asked.get(time);
    if (asked === undefined || asked.id !== response.id) return ctx.drop('late');
    const isAck = (response.flags & queryFlags.ack) !== 0;
    const heard = isAck ? asked.acks : asked.responses;
    if (heard.has(response.from)) {
      asked.duplicates += 1;
      return;
    }
    if (heard.size >= ctx.options.membersMax) return ctx.drop('overload');
    heard.add(response.from);
    if (isAck) asked.handlers.onAck(response.from);
    else asked.handlers.onResponse(response.from, response.payload ?? new Uint8Array(0));
    if (isComplete(asked)) this.#finish(time, 'answered');
  }

  /** The time of a query is over, or its asker had enough. */
  end(query: number, end: 'timeout' | 'ended'): void {
    this.#finish(query, end);
  }

  #finish(query: number, end: QuerySummary['end']): void {
    const asked = this.#asked.get(query);
    if (asked === undefined) return;
    this.#asked.delete(query);
    const { expected, acks, responses, duplicates, handlers } = asked;
    handlers.onDone({
      expected: [...expected],
      acks: [...acks],
      responses: [...responses],
      duplicates,
      end,
    });
  }
}

/** The live members that are meant, as far as this node knows their tags. */
function expectedAnswers(ctx: Context, query: Query): Set<string> {
  const names = new Set<string>();
  for (const member of ctx.members.values()) {
    if (isLive(member) && ctx.codec.matchesFilters(query.filters, member)) names.add(member.name);
  }
  return names;
}

/** Nothing more can come: at most one answer a member, and all that are meant gave theirs. */
function isComplete(asked: Asked): boolean {
  for (const name of asked.expected) {
    if (asked.wantsResponse && !asked.responses.has(name)) return false;
    if (asked.requestAck && !asked.acks.has(name)) return false;
  }
  return true;
}
