/** UDP packets, from the outside in: label, encryption, checksum, then compression and compounds freely. */

import { crc32 } from 'node:zlib';

import type { DropReason } from '../core/codec.ts';
import type { PacketMessage } from '../model/message.ts';
import { readCompound } from './compound.ts';
import { compressIfShorter, decompress } from './compression.ts';
import { open, seal, sealedBytes } from './encryption.ts';
import type { EncryptionVersion } from './encryption.ts';
import { labelBytes, labelledBytes, readLabel, writeLabel } from './label.ts';
import { limits } from './limits.ts';
import { readPacketMessage } from './memberlist-reader.ts';
import { messageTypes } from './message-types.ts';
import type { Security } from './security.ts';
import { encodeText } from './text.ts';
import { assertSendable, dropReasonOf, wireErrors } from './wire-error.ts';

export interface SealPacketOptions {
  readonly security: Security;
  /** Compress where that makes it shorter. */
  readonly compression: boolean;
  /** Add a CRC-32: only towards peers known to speak protocol 5. */
  readonly checksum: boolean;
  /** 12 bytes, for tests; random otherwise. */
  readonly nonce?: Uint8Array;
  /** What Serf sends is 1. */
  readonly encryptionVersion?: EncryptionVersion;
}

/** What was in a packet, in order, and why some of it was dropped. */
export interface OpenedPacket {
  readonly messages: readonly PacketMessage[];
  readonly drops: readonly DropReason[];
}

const checksumBytes = 5;

/** Wraps an encoded message for the network. Throws a `RangeError` on an empty one. */
export function sealPacket(message: Uint8Array, options: SealPacketOptions): Uint8Array {
  assertSendable(message.length > 0, 'an empty packet');
  const { security } = options;
  const body = (options.compression ? compressIfShorter(message) : undefined) ?? message;
  const text = options.checksum ? [checksumOf(body), body] : [body];
  const label = labelBytes(security.label);
  const textBytes = body.length + (options.checksum ? checksumBytes : 0);
  if (security.keyring === undefined) return joinText(label, text, textBytes);
  const version = options.encryptionVersion ?? 1;
  const nonce = options.nonce ?? security.keyring.nonce();
  const bytes = new Uint8Array(labelledBytes(label) + sealedBytes(textBytes, version));
  const start = writeLabel(bytes, label);
  seal(security.keyring.primary, text, { bytes, start }, { version, nonce, associated: label });
  return bytes;
}

/**
 * Unwraps what the network brought. Never throws: what cannot be read is dropped for a reason, and
 * of a compound only that part.
 */
export function openPacket(bytes: Uint8Array, security: Security): OpenedPacket {
  const unfolding = new Unfolding();
  try {
    const text = readEnvelope(bytes, security);
    const start = readChecksum(text.bytes, text.start);
    unfolding.unfold(text.bytes, start, text.bytes.length, 0);
  } catch (error) {
    unfolding.drops.push(dropReasonOf(error));
  }
  return unfolding;
}

function joinText(label: Uint8Array, text: readonly Uint8Array[], textBytes: number): Uint8Array {
  const [only] = text;
  if (label.length === 0 && text.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(labelledBytes(label) + textBytes);
  let at = writeLabel(bytes, label);
  for (const part of text) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function checksumOf(body: Uint8Array): Uint8Array {
  const crc = crc32(body);
  return Uint8Array.of(messageTypes.checksum, crc >>> 24, crc >>> 16, crc >>> 8, crc);
}

interface Text {
  readonly bytes: Uint8Array;
  readonly start: number;
}

function readEnvelope(bytes: Uint8Array, security: Security): Text {
  if (bytes.length === 0) throw wireErrors.empty;
  if (bytes.length > limits.packetBytesMax) throw wireErrors.tooLarge;
  const start = readLabel(bytes, bytes.length, security.label);
  if (security.keyring === undefined) return { bytes, start };
  // An envelope begins with 0 or 1; of the plain messages, only pings do.
  if ((bytes[start] ?? 0) > 1) throw wireErrors.notEncrypted;
  const range = { start, end: bytes.length };
  return { bytes: open(security.keyring, bytes, range, encodeText(security.label)), start: 0 };
}

/** Checks the checksum if there is one and returns where the message begins. */
function readChecksum(bytes: Uint8Array, start: number): number {
  const bodyStart = start + checksumBytes;
  if (bytes[start] !== messageTypes.checksum || bodyStart > bytes.length) return start;
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getUint32(start + 1);
  if (crc32(bytes.subarray(bodyStart)) !== stated) throw wireErrors.checksum;
  return bodyStart;
}

/** Takes a message apart down to the plain messages, within one packet's budget. */
class Unfolding implements OpenedPacket {
  readonly messages: PacketMessage[] = [];
  readonly drops: DropReason[] = [];
  #budget: number = limits.packetDecompressedBytesMax;
  #parts = 0;

  unfold(bytes: Uint8Array, start: number, end: number, nesting: number): void {
    if (this.#parts >= limits.packetPartsMax) {
      // Said once. What else there is in this packet is not even looked at.
      if (this.#parts === limits.packetPartsMax) this.drops.push('too-large');
      this.#parts = limits.packetPartsMax + 1;
      return;
    }
    this.#parts += 1;
    try {
      this.#read(bytes, start, end, nesting);
    } catch (error) {
      this.drops.push(dropReasonOf(error));
    }
  }

  #read(bytes: Uint8Array, start: number, end: number, nesting: number): void {
    const type = start < end ? bytes[start] : undefined;
    if (type !== messageTypes.compound && type !== messageTypes.compress) {
      this.messages.push(readPacketMessage(bytes, start, end));
      return;
    }
    if (nesting >= limits.packetNestingMax) throw wireErrors.tooNested;
    if (type === messageTypes.compress) {
      const inner = decompress(bytes, { start, end, bytesMax: this.#budget });
      this.#budget -= inner.length;
      this.unfold(inner, 0, inner.length, nesting + 1);
      return;
    }
    const lost = readCompound(bytes, { start, end }, (partStart, partEnd) => {
      this.unfold(bytes, partStart, partEnd, nesting + 1);
    });
    if (lost > 0) throw wireErrors.truncated;
  }
}
