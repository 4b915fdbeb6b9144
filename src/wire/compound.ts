/** The compound message: up to 255 messages in one packet. All lengths come before all parts. */

import { limits } from './limits.ts';
import { messageTypes } from './message-types.ts';
import { assertSendable, wireErrors } from './wire-error.ts';

/** Type and count, then two bytes a part. */
const headerBytes = 2;
const lengthBytes = 2;

/**
 * Joins encoded messages. Throws a `RangeError` unless they are 1…255 of 1…65,535 bytes each: an
 * empty part ends older Go processes.
 */
export function encodeCompound(parts: readonly Uint8Array[]): Uint8Array {
  assertSendable(
    parts.length > 0 && parts.length <= limits.compoundPartsMax,
    `a compound of ${parts.length} parts`,
  );
  let length = headerBytes + lengthBytes * parts.length;
  for (const part of parts) {
    if (part.length === 0 || part.length > limits.compoundPartBytesMax) {
      assertSendable(false, `a part of ${part.length} bytes`);
    }
    length += part.length;
  }
  const bytes = new Uint8Array(length);
  bytes[0] = messageTypes.compound;
  bytes[1] = parts.length;
  let lengthAt = headerBytes;
  let at = headerBytes + lengthBytes * parts.length;
  for (const part of parts) {
    bytes[lengthAt] = part.length >>> 8;
    bytes[lengthAt + 1] = part.length;
    lengthAt += lengthBytes;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Calls `part` for each whole part of the compound `bytes[start, end)`, type byte first, and returns
 * how many were lost because the packet ends early. Throws a `WireError` if their lengths are cut off.
 */
export function readCompound(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  part: (start: number, end: number) => void,
): number {
  const { start, end } = range;
  if (start + headerBytes > end) throw wireErrors.truncated;
  const count = bytes[start + 1] as number;
  let at = start + headerBytes + lengthBytes * count;
  if (at > end) throw wireErrors.truncated;
  for (let index = 0; index < count; index += 1) {
    const lengthAt = start + headerBytes + lengthBytes * index;
    const next = at + (((bytes[lengthAt] as number) << 8) | (bytes[lengthAt + 1] as number));
    if (next > end) return count - index;
    part(at, next);
    at = next;
  }
  return 0;
}
