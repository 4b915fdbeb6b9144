/** Queries that this node asks. */

import type { Commander } from './pending-commands.ts';
import type { QueryDefinition } from './definitions.ts';
import type { Inbox } from './inbox.ts';
import { optionError } from './option-values.ts';
import { encodeFor, payloadBytes } from './payload-codec.ts';
import type { PayloadInput } from './payload-codec.ts';
import { parseQueryOptions } from './query-options.ts';
import type { QueryOptions } from './query-options.ts';
import { AskedQuery } from './running-query.ts';
import type { RunningQuery } from './running-query.ts';

/** The part of a node that asks. Guarantees: docs/MESSAGING.md. */
export interface QueryApi {
  /**
   * Asks all members something, or those that `nodes` and `tags` let through, this node included. The
   * answers come as an async iterable, each member's once. Ends as soon as every live member that is
   * meant has answered, at the latest after `timeoutMs`; and when the loop over the answers is left,
   * `end()` is called, or `signal` is aborted.
   *
   * ```ts
   * for await (const { from, value } of node.query(load, null, { tags: { role: '^web$' } })) …
   * ```
   */
  query<RequestIn, ResponseOut>(
    query: QueryDefinition<RequestIn, unknown, never, ResponseOut>,
    request: RequestIn,
    options?: QueryOptions,
  ): RunningQuery<ResponseOut>;
  query(query: string, request?: PayloadInput, options?: QueryOptions): RunningQuery;
}

type AnyQuery<T> = QueryDefinition<never, unknown, never, T>;

export class Queries {
  readonly #commander: Commander;
  readonly #inbox: Inbox;

  constructor(commander: Commander, inbox: Inbox) {
    this.#commander = commander;
    this.#inbox = inbox;
  }

  /** `T` is what the definition says, or `Uint8Array` without one: the overloads of the interface see to it. */
  query<T>(
    query: AnyQuery<T> | string,
    request: unknown,
    options: QueryOptions = {},
  ): RunningQuery<T> {
    const asked = new AskedQuery<T>({
      decode: (payload) =>
        typeof query === 'string' ? (payload as T) : query.response.decode(payload),
      undecodable: ({ from, payload }, error) => {
        const name = nameOf(query);
        this.#inbox.undecodable({ kind: 'query-response', name, payload, from }, error);
      },
      endQuery: (id) => void this.#end(id), // Never rejects.
    });
    void this.#ask(asked, query, request, options); // Hears of all failures itself.
    return asked;
  }

  async #ask<T>(
    asked: AskedQuery<T>,
    query: AnyQuery<T> | string,
    request: unknown,
    options: QueryOptions,
  ): Promise<void> {
    const { signal } = options;
    const onAbort = (): void => asked.abort(signal?.reason);
    try {
      const name = nameOf(query);
      const payload =
        typeof query === 'string'
          ? payloadBytes(request)
          : encodeFor<unknown>(`query ${name}`, query.request, request);
      const question = await parseQueryOptions(options);
      await this.#commander.admit('ask', signal);
      signal?.addEventListener('abort', onAbort, { once: true });
      const { summary } = await this.#commander.run(
        { kind: 'query', name, payload, ...question },
        {
          asked: (id) => {
            asked.asked(id);
            // The asker was faster than the asking: the query has to be under way to be ended.
            if (asked.hasEnded) queueMicrotask(() => void this.#end(id));
          },
          progress: ({ from, payload: answer }) => this.#heard(asked, name, from, answer),
        },
      );
      asked.finish(summary);
    } catch (error) {
      asked.fail(error);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #heard(
    asked: Pick<AskedQuery<unknown>, 'heard'>,
    name: string,
    from: string,
    payload: Uint8Array | undefined,
  ): void {
    const isAnswer = payload !== undefined;
    if (isAnswer && !this.#inbox.isValid({ kind: 'query-response', name, payload, from })) return;
    asked.heard(from, payload);
  }

  async #end(id: number): Promise<void> {
    try {
      await this.#commander.run({ kind: 'end-query', command: id });
    } catch {
      // It ends by its timeout, or with the node.
    }
  }
}

function nameOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const isDefinition = typeof query === 'object' && query !== null && 'kind' in query;
  if (isDefinition && query.kind === 'query' && 'name' in query && typeof query.name === 'string') {
    return query.name;
  }
  throw optionError('query', query, 'Give a name, or what defineQuery made.');
}
