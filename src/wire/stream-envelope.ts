/** The header of an encrypted stream message: a type byte and the size of what follows. */

import { messageTypes } from './message-types.ts';
import { labelBytes } from './label.ts';

/** Type and u32 length. */
export const envelopeHeaderBytes = 5;

/** What an envelope on a stream authenticates: its own header, then the label. */
export function streamAssociated(length: number, label: string): Uint8Array {
  const labelPart = labelBytes(label);
  const bytes = new Uint8Array(envelopeHeaderBytes + labelPart.length);
  writeEnvelopeHeader(bytes, 0, length);
  bytes.set(labelPart, envelopeHeaderBytes);
  return bytes;
}

/** Writes the header at `start`; returns its end. */
export function writeEnvelopeHeader(bytes: Uint8Array, start: number, length: number): number {
  bytes[start] = messageTypes.encrypt;
  bytes[start + 1] = length >>> 24;
  bytes[start + 2] = length >>> 16;
  bytes[start + 3] = length >>> 8;
  bytes[start + 4] = length;
  return start + envelopeHeaderBytes;
}
