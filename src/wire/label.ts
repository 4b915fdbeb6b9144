/** The label in front of packets and streams, which keeps clusters on one network apart. */

import { limits } from './limits.ts';
import { messageTypes } from './message-types.ts';
import { decodeText, encodeText } from './text.ts';
import { assertSendable, wireErrors } from './wire-error.ts';

/** Type and length. */
export const labelHeaderBytes = 2;

/** The bytes of a label; without one, none. Throws a `RangeError` above 255 bytes. */
export function labelBytes(label: string): Uint8Array {
  const bytes = encodeText(label);
  assertSendable(bytes.length <= limits.labelBytesMax, `a label of ${bytes.length} bytes`);
  return bytes;
}

/** Writes the header of a label at the start of `out` and returns its end; without a label, nothing. */
export function writeLabel(out: Uint8Array, label: Uint8Array): number {
  if (label.length === 0) return 0;
  out[0] = messageTypes.label;
  out[1] = label.length;
  out.set(label, labelHeaderBytes);
  return labelHeaderBytes + label.length;
}

/** How many bytes {@link writeLabel} writes. */
export function labelledBytes(label: Uint8Array): number {
  return label.length === 0 ? 0 : labelHeaderBytes + label.length;
}

/** Whether a label header begins here. */
export function hasLabel(bytes: Uint8Array): boolean {
  return bytes[0] === messageTypes.label;
}

/** The size of the label header at the start of `bytes`, `undefined` while its length is not there. */
export function labelHeaderEnd(bytes: Uint8Array, end: number): number | undefined {
  return end < labelHeaderBytes ? undefined : labelHeaderBytes + (bytes[1] as number);
}

/**
 * Passes over the label at the start of `bytes[0, end)` and returns where the rest begins. Throws a
 * `WireError` unless it is the expected one: a node without a label takes none, as Go does.
 */
export function readLabel(bytes: Uint8Array, end: number, expected: string): number {
  if (!hasLabel(bytes)) {
    if (expected !== '') throw wireErrors.label;
    return 0;
  }
  const headerEnd = labelHeaderEnd(bytes, end);
  if (headerEnd === undefined || headerEnd > end || headerEnd === labelHeaderBytes) {
    throw wireErrors.label;
  }
  if (decodeText(bytes, labelHeaderBytes, headerEnd) !== expected) throw wireErrors.label;
  return headerEnd;
}
