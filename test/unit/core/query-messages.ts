/** Queries and answers as others would send them. */

import type { Query } from '../../../src/model/serf-message.ts';
import { codec } from '../../../src/wire/codec.ts';
import type { Harness } from './harness.ts';

const bytes = (text: string): Uint8Array => codec.encodeText(text);

/** The first query that the engine gossips. */
export function asked(node: Harness): Query {
  node.advance(1000, () => node.sentSerf('query').length > 0);
  const query = node.sentSerf('query')[0];
  if (query === undefined) throw new Error('no query was sent');
  return query;
}

/** An ack (no payload) or answer to it. */
export function reply(query: Query, from: string, payload: string | undefined) {
  const { time, id } = query;
  return {
    kind: 'query-response',
    time,
    id,
    from,
    flags: payload === undefined ? 1 : 0,
    payload: payload === undefined ? null : bytes(payload),
  } as const;
}

/** A query as node `b` asks it. */
export const heard = (changes: Partial<Query> = {}): Query => ({
  kind: 'query',
  time: 5,
  id: 99,
  address: Uint8Array.of(127, 0, 0, 2),
  port: 7946,
  sourceNode: 'b',
  filters: null,
  flags: 0,
  relayFactor: 0,
  timeoutNs: 1_000_000_000,
  name: 'load',
  payload: bytes('cpu'),
  ...changes,
});
