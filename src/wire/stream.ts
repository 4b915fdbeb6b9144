/** Messages on streams: one each way on a connection, compressed, encrypted and labelled. */

import type { StreamMessage } from '../model/message.ts';
import { compress } from './compression.ts';
import { seal, sealedBytes } from './encryption.ts';
import type { EncryptionVersion } from './encryption.ts';
import { labelBytes, labelledBytes, writeLabel } from './label.ts';
import { limits } from './limits.ts';
import { encodeStreamMessage } from './memberlist-writer.ts';
import type { Security } from './security.ts';
import { envelopeHeaderBytes, streamAssociated, writeEnvelopeHeader } from './stream-envelope.ts';
import { assertSendable } from './wire-error.ts';

export { StreamReader } from './stream-reader.ts';
export type { StreamRead } from './stream-reader.ts';

export interface SealStreamOptions {
  readonly security: Security;
  /** Unlike in packets, everything is compressed, even where that makes it longer. */
  readonly compression: boolean;
  /** Only who opened the connection writes the label header; the reply is bound to it all the same. */
  readonly isDialer: boolean;
  /** 12 bytes, for tests; random otherwise. */
  readonly nonce?: Uint8Array;
  /** What Serf sends is 1. */
  readonly encryptionVersion?: EncryptionVersion;
}

/** A message as it goes over a connection. Throws a `RangeError` on what no peer would take. */
export function sealStream(message: StreamMessage, options: SealStreamOptions): Uint8Array {
  return sealStreamBytes(encodeStreamMessage(message), options);
}

/** The same for a message that is encoded already, type byte first. */
export function sealStreamBytes(message: Uint8Array, options: SealStreamOptions): Uint8Array {
  const { security, compression, isDialer } = options;
  assertSendable(message.length > 0, 'nothing on a stream');
  assertSendable(message.length <= limits.streamBytesMax, `${message.length} bytes on a stream`);
  const body = compression ? compress(message) : message;
  const header = isDialer ? labelBytes(security.label) : labelBytes('');
  const headerBytes = labelledBytes(header);
  if (security.keyring === undefined) {
    const bytes = new Uint8Array(headerBytes + body.length);
    bytes.set(body, writeLabel(bytes, header));
    return bytes;
  }
  const version = options.encryptionVersion ?? 1;
  const nonce = options.nonce ?? security.keyring.nonce();
  const length = sealedBytes(body.length, version);
  assertSendable(length <= limits.streamEncryptedBytesMax, `${length} encrypted bytes on a stream`);
  const bytes = new Uint8Array(headerBytes + envelopeHeaderBytes + length);
  const start = writeEnvelopeHeader(bytes, writeLabel(bytes, header), length);
  const associated = streamAssociated(length, security.label);
  seal(security.keyring.primary, [body], { bytes, start }, { version, nonce, associated });
  return bytes;
}
