/** AES-GCM envelopes: version, nonce, ciphertext, tag. */

import { createCipheriv, createDecipheriv } from 'node:crypto';

import { nonceBytes } from './keyring.ts';
import type { Keyring } from './keyring.ts';
import { assertSendable, wireErrors } from './wire-error.ts';

/** 0 pads the text by PKCS#7 (memberlist protocol 1), 1 does not. */
export type EncryptionVersion = 0 | 1;

const tagBytes = 16;
const blockBytes = 16;
const headerBytes = 1 + nonceBytes;

/** Version, nonce and tag: what version 1 adds to a text. */
export const envelopeBytes = headerBytes + tagBytes;

export interface EnvelopeOptions {
  readonly version: EncryptionVersion;
  /** 12 bytes, never used before with this key. */
  readonly nonce: Uint8Array;
  /** Authenticated beside the text: what the receiver knows without being told. */
  readonly associated: Uint8Array;
}

/** The size of the envelope around a text. */
export function sealedBytes(textBytes: number, version: EncryptionVersion): number {
  return envelopeBytes + textBytes + (version === 0 ? paddingBytes(textBytes) : 0);
}

/**
 * Writes the envelope of a text (given in parts) to `out` at `start`, and returns its end. Throws a
 * `RangeError` on an empty text: it ends older Go processes.
 */
export function seal(
  key: Uint8Array,
  text: readonly Uint8Array[],
  out: { readonly bytes: Uint8Array; readonly start: number },
  options: EnvelopeOptions,
): number {
  const { version, nonce, associated } = options;
  assertSendable(nonce.length === nonceBytes, `a nonce of ${nonce.length} bytes`);
  const cipher = createCipheriv(algorithmOf(key), key, nonce);
  cipher.setAAD(associated);
  out.bytes[out.start] = version;
  out.bytes.set(nonce, out.start + 1);
  let at = out.start + headerBytes;
  let textBytes = 0;
  for (const part of text) {
    at = append(out.bytes, at, cipher.update(part));
    textBytes += part.length;
  }
  assertSendable(textBytes > 0, 'an encrypted nothing');
  if (version === 0) {
    const padding = paddingBytes(textBytes);
    at = append(out.bytes, at, cipher.update(new Uint8Array(padding).fill(padding)));
  }
  at = append(out.bytes, at, cipher.final());
  return append(out.bytes, at, cipher.getAuthTag());
}

/**
 * The text of the envelope `bytes[start, end)`, trying the keys in order. Throws a `WireError` if it
 * is none, or none of the keys fits.
 */
export function open(
  keyring: Keyring,
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number },
  associated: Uint8Array,
): Uint8Array {
  const { start, end } = range;
  const version = bytes[start];
  if (version !== 0 && version !== 1) throw wireErrors.undecryptable;
  // A padded text has a whole block at least.
  const bytesMin = version === 1 ? envelopeBytes : envelopeBytes + blockBytes;
  if (end - start < bytesMin) throw wireErrors.truncated;
  for (const key of keyring.all) {
    const text = tryOpen(key, bytes.subarray(start, end), associated);
    if (text !== undefined) return version === 1 ? text : unpad(text);
  }
  throw wireErrors.undecryptable;
}

function tryOpen(
  key: Uint8Array,
  envelope: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv(algorithmOf(key), key, envelope.subarray(1, headerBytes));
  decipher.setAAD(associated);
  decipher.setAuthTag(envelope.subarray(envelope.length - tagBytes));
  const text = decipher.update(envelope.subarray(headerBytes, envelope.length - tagBytes));
  try {
    decipher.final();
  } catch {
    // The tag does not fit: another key, or tampered with.
    return undefined;
  }
  return text;
}

function unpad(text: Uint8Array): Uint8Array {
  const padding = text.at(-1) ?? 0;
  if (padding < 1 || padding > blockBytes || padding > text.length) throw wireErrors.undecryptable;
  return text.subarray(0, text.length - padding);
}

function paddingBytes(textBytes: number): number {
  return blockBytes - (textBytes % blockBytes);
}

function append(bytes: Uint8Array, at: number, part: Uint8Array): number {
  bytes.set(part, at);
  return at + part.length;
}

function algorithmOf(key: Uint8Array): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  if (key.length === 16) return 'aes-128-gcm';
  return key.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
}
