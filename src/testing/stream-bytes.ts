/** Streams as bytes: what one side writes is what the other reads, in pieces as a network brings them. */

import type { DropReason } from '../core/codec.ts';
import type { ExchangeFailure } from '../core/input.ts';
import { StreamReader } from '../wire/stream.ts';
import type { StreamRead } from '../wire/stream.ts';
import type { Security } from '../wire/security.ts';

/** Everything that arrived on a stream before its writer was done. */
export interface StreamBytes {
  readonly bytes: Uint8Array;
  /** Where the network cut the bytes in two; 0: not at all. */
  readonly cutAt: number;
  readonly security: Security;
  /** Whether the reader is who dialled. */
  readonly isDialer: boolean;
}

/** Reads the one message of a stream; ends it if the bytes hold none. */
export function readStream(stream: StreamBytes): Exclude<StreamRead, { kind: 'more' }> {
  const { bytes, cutAt, security, isDialer } = stream;
  const reader = new StreamReader({ security, isDialer });
  const first = reader.push(bytes.subarray(0, cutAt));
  if (first.kind !== 'more') return first;
  const second = reader.push(bytes.subarray(cutAt));
  if (second.kind !== 'more') return second;
  const end = reader.end();
  if (end.kind !== 'more') return end;
  return { kind: 'failed', reason: 'truncated', text: 'the stream ended early', answer: false };
}

/** What the dialler's engine is told of a reply that could not be read. */
export function unreadable(reason: DropReason, text: string): ExchangeFailure {
  const isSecret =
    reason === 'undecryptable' || reason === 'not-encrypted' || reason === 'encrypted';
  return { reason: isSecret ? 'undecryptable' : 'unreadable', text };
}
