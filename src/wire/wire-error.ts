/** The one error of the codec: thrown inside it on bytes that are no message, caught at its border. */

import type { DropReason } from '../core/codec.ts';

/** Why bytes from the network are no message. Never leaves `wire/`. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly reason: DropReason;

  constructor(reason: DropReason, text: string) {
    super(text);
    this.reason = reason;
  }
}

/**
 * The errors that hostile packets can cause at any rate are made once: capturing a stack costs more
 * than reading a good packet.
 */
export const wireErrors = {
  empty: new WireError('empty', 'nothing inside'),
  truncated: new WireError('truncated', 'the message ends early'),
  malformed: new WireError('malformed', 'a field has a value that it cannot have'),
  unknownType: new WireError('unknown-type', 'unknown message type'),
  checksum: new WireError('checksum', 'the checksum is wrong'),
  undecryptable: new WireError('undecryptable', 'no installed key decrypts the message'),
  notEncrypted: new WireError('not-encrypted', 'the message is not encrypted, but a key is set'),
  encrypted: new WireError('encrypted', 'the message is encrypted, but no key is set'),
  label: new WireError('label', 'the label is not the expected one'),
  compression: new WireError('compression', 'the compressed data cannot be read'),
  tooLarge: new WireError('too-large', 'the message is larger than the limit'),
  tooNested: new WireError('too-nested', 'the message is nested too deeply'),
} as const;

/** The reason behind an error of the codec; anything else is a bug of ours and is thrown on. */
export function dropReasonOf(error: unknown): DropReason {
  if (error instanceof WireError) return error.reason;
  throw error;
}

/** Refuses to encode what must never be sent: our mistake, not the network's. */
export function assertSendable(claim: boolean, text: string): asserts claim {
  if (!claim) throw new RangeError(`not sendable: ${text}`);
}
