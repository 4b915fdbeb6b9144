/**
 * Keeps encryption keys out of recordings. Key queries carry keys through the engine; wherever one is
 * seen, a stand-in of the same length takes its place, always the same one, so that a replay takes the
 * same course.
 */

import { createHmac, randomBytes } from 'node:crypto';

import type { Codec } from '../core/codec.ts';
import type { Input } from '../core/input.ts';
import type { PacketMessage, StreamMessage } from '../model/message.ts';
import { isKeyQuery, serfTypes } from '../wire/message-types.ts';

/** Secrets known at once; beyond it the oldest is forgotten, and learnt anew when it comes again. */
export const guardedKeysMax = 256;

/** Shorter texts and byte strings are no keys, and would be found everywhere. */
const keyBytesMin = 8;

interface Secret {
  readonly bytes: Buffer;
  readonly standIn: Buffer;
}

export class KeyGuard {
  readonly #codec: Codec;
  /** Known to nobody and never recorded: stand-ins cannot be tried against guessed keys. */
  readonly #salt = randomBytes(32);
  /** Raw keys and base64 texts, by their base64. */
  readonly #secrets = new Map<string, Secret>();

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** From now on this key is replaced, and its base64 text. */
  learn(key: Uint8Array): void {
    if (key.length < keyBytesMin) return;
    const standIn = this.#standIn(key);
    this.#remember(Buffer.from(key), standIn);
    const text = Buffer.from(key).toString('base64');
    this.#remember(Buffer.from(text), Buffer.from(standIn.toString('base64')));
  }

  /** The same bytes with stand-ins for the known keys; the very same if there is none in them. */
  bytes<T extends Uint8Array>(bytes: T): T | Buffer {
    let copy: Buffer | undefined;
    for (const { bytes: secret, standIn } of this.#secrets.values()) {
      const text = copy ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
        copy ??= Buffer.from(bytes);
        standIn.copy(copy, at);
      }
    }
    return copy ?? bytes;
  }

  /** As {@link KeyGuard.bytes}. */
  text(text: string): string {
    if (this.#secrets.size === 0 || text.length < keyBytesMin) return text;
    const bytes = Buffer.from(text);
    const guarded = this.bytes(bytes);
    return guarded === bytes ? text : guarded.toString();
  }

  /**
   * Learns the keys in an input; returns it as it may be kept, if {@link KeyGuard.bytes} replaces the
   * keys in it before anybody sees it. What should carry keys and cannot be read is blanked out.
   */
  inspect(input: Input): Input {
    switch (input.kind) {
      case 'packet':
        return { ...input, messages: input.messages.map((message) => this.#message(message)) };
      case 'stream-request':
      case 'exchange-replied':
        return { ...input, message: this.#message(input.message) };
      case 'command':
        if (input.command.kind === 'keys') this.learn(input.command.key);
        return input;
      case 'start':
      case 'timer':
      case 'exchange-failed':
      case 'verdict':
      case 'paused':
        return input;
      default:
        return input satisfies never;
    }
  }

  #message<T extends PacketMessage | StreamMessage>(message: T): T {
    if (message.kind !== 'user' || !mayCarryKeys(message.payload)) return message;
    return { ...message, payload: this.#serf(message.payload) };
  }

  #serf(payload: Uint8Array): Uint8Array {
    const decoded = this.#codec.decodeSerf(payload);
    if (!decoded.ok) return replaced(payload, payload.subarray(1));
    const message = decoded.value;
    if (message.kind === 'query' && isKeyQuery(message.name)) {
      return this.#carried(payload, message.payload);
    }
    if (message.kind === 'query-response' && message.payload?.[0] === serfTypes.keyResponse) {
      return this.#carried(payload, message.payload);
    }
    if (message.kind === 'relay' && mayCarryKeys(message.message)) {
      return replaced(payload, message.message, this.#serf(message.message));
    }
    return payload;
  }

  #carried(payload: Uint8Array, carried: Uint8Array | null): Uint8Array {
    if (carried === null) return payload;
    const decoded = this.#codec.decodeSerf(carried);
    if (!decoded.ok) return replaced(payload, carried);
    if (decoded.value.kind === 'key-request') {
      if (decoded.value.key !== null) this.learn(decoded.value.key);
    } else if (decoded.value.kind === 'key-response') {
      const { keys, primaryKey } = decoded.value;
      for (const text of [...(keys ?? []), primaryKey]) this.#learnText(text);
    }
    return payload;
  }

  #learnText(text: string): void {
    const key = Buffer.from(text, 'base64');
    if (key.toString('base64') === text) return this.learn(key);
    // Not as we write base64, so it would not be found as the text of a key.
    const bytes = Buffer.from(text);
    if (bytes.length >= keyBytesMin) this.#remember(bytes, this.#standIn(bytes));
  }

  #standIn(secret: Uint8Array): Buffer {
    const blocks: Buffer[] = [];
    for (let length = 0; length < secret.length; length += 32) {
      const block = createHmac('sha256', this.#salt).update(`${length}/`).update(secret).digest();
      blocks.push(block);
    }
    return Buffer.concat(blocks, secret.length);
  }

  #remember(bytes: Buffer, standIn: Buffer): void {
    const id = bytes.toString('base64');
    if (this.#secrets.has(id)) return;
    if (this.#secrets.size >= 2 * guardedKeysMax) {
      for (const oldest of this.#secrets.keys()) {
        this.#secrets.delete(oldest);
        break;
      }
    }
    this.#secrets.set(id, { bytes, standIn });
  }
}

const carriers: ReadonlySet<number | undefined> = new Set([
  serfTypes.query,
  serfTypes.queryResponse,
  serfTypes.relay,
]);

function mayCarryKeys(payload: Uint8Array): boolean {
  return carriers.has(payload[0]);
}

/** The bytes with `other`, of the same length (by default zeros), where `part` is in them. */
function replaced(
  bytes: Uint8Array,
  part: Uint8Array,
  other: Uint8Array = new Uint8Array(part.length),
): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(part);
  if (at >= 0) copy.set(other, at);
  return copy;
}
