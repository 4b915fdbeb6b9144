/** The vocabulary of a cluster: events and queries by name, with what their payloads are. */

import { jsonCodec, resolveCodec } from './payload-codec.ts';
import type { Payloads, ResolvedCodec } from './payload-codec.ts';
import { optionError } from './option-values.ts';

/** A user event as all nodes of a program know it. A value without state: any node may use it. */
export interface EventDefinition<In, Out = In> extends ResolvedCodec<In, Out> {
  readonly kind: 'event';
  readonly name: string;
}

/** A query as all nodes of a program know it: what is asked, and what is answered. */
export interface QueryDefinition<
  RequestIn,
  RequestOut = RequestIn,
  ResponseIn = unknown,
  ResponseOut = ResponseIn,
> {
  readonly kind: 'query';
  readonly name: string;
  readonly request: ResolvedCodec<RequestIn, RequestOut>;
  readonly response: ResolvedCodec<ResponseIn, ResponseOut>;
}

/** What is declared of a query; what is left out is any JSON. */
export interface QueryPayloads<RequestIn, RequestOut, ResponseIn, ResponseOut> {
  readonly request?: Payloads<RequestIn, RequestOut>;
  readonly response?: Payloads<ResponseIn, ResponseOut>;
}

/**
 * Declares a user event. Without `payloads` it carries any JSON, of unknown type.
 *
 * ```ts
 * const deploy = defineEvent('deploy', z.object({ version: z.string() }));
 * const raw = defineEvent('blob', { encode: (bytes: Uint8Array) => bytes, decode: (bytes) => bytes });
 * ```
 *
 * @throws FolkmootError `ERR_OPTION` for a name that is no text.
 */
export function defineEvent(name: string): EventDefinition<unknown>;
export function defineEvent<In, Out = In>(
  name: string,
  payloads: Payloads<In, Out>,
): EventDefinition<In, Out>;
export function defineEvent(name: string, payloads?: Payloads<unknown>): EventDefinition<unknown> {
  demandName(name);
  const codec = payloads === undefined ? jsonCodec : resolveCodec(payloads);
  return Object.freeze({ kind: 'event', name, ...codec });
}

/**
 * Declares a query, both ways.
 *
 * @throws FolkmootError `ERR_OPTION` for a name that is no text, or one of the cluster's own (`_serf_…`).
 */
export function defineQuery<
  RequestIn = unknown,
  RequestOut = RequestIn,
  ResponseIn = unknown,
  ResponseOut = ResponseIn,
>(
  name: string,
  payloads: QueryPayloads<RequestIn, RequestOut, ResponseIn, ResponseOut> = {},
): QueryDefinition<RequestIn, RequestOut, ResponseIn, ResponseOut> {
  demandName(name);
  if (name.startsWith('_serf_')) {
    throw optionError('name', name, "Names that begin with '_serf_' are the cluster's own.");
  }
  const { request, response } = payloads;
  return Object.freeze({
    kind: 'query',
    name,
    request: codecOf(request),
    response: codecOf(response),
  });
}

/** Where nothing is declared, In and Out are `unknown`, which is what JSON is. */
function codecOf<In, Out>(payloads: Payloads<In, Out> | undefined): ResolvedCodec<In, Out> {
  if (payloads !== undefined) return resolveCodec(payloads);
  return jsonCodec as ResolvedCodec<In, Out>;
}

function demandName(name: unknown): void {
  if (typeof name !== 'string') throw optionError('name', name, 'Give a text.');
}
