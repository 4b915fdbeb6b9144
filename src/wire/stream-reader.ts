/** Reads one message from a stream that comes in any pieces. */

import type { DropReason } from '../core/codec.ts';
import type { StreamMessage } from '../model/message.ts';
import { decompress } from './compression.ts';
import { open } from './encryption.ts';
import { hasLabel, labelHeaderEnd, readLabel } from './label.ts';
import { limits } from './limits.ts';
import { messageTypes } from './message-types.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import type { Security } from './security.ts';
import { StreamBody } from './stream-body.ts';
import { envelopeHeaderBytes, streamAssociated } from './stream-envelope.ts';
import { WireError, wireErrors } from './wire-error.ts';

interface StreamReaderOptions {
  readonly security: Security;
  /** Reads a reply, which has no label header. */
  readonly isDialer: boolean;
}

export type StreamRead =
  | { readonly kind: 'more' }
  | { readonly kind: 'message'; readonly message: StreamMessage }
  | {
      readonly kind: 'failed';
      readonly reason: DropReason;
      readonly text: string;
      /** Whether Go would answer this with an error message before it closes (it is the listener). */
      readonly answer: boolean;
    };

const none: Uint8Array = new Uint8Array(0);
const more: StreamRead = { kind: 'more' };

/** What is being read: each stage knows how to tell when it is all there. */
type Stage =
  | { readonly kind: 'label' }
  | { readonly kind: 'type' }
  | { readonly kind: 'envelope' }
  | { readonly kind: 'compressed'; readonly scanner: MsgpackScanner }
  | { readonly kind: 'body'; readonly body: StreamBody };

/**
 * Incremental: give it chunks until it has a message or says why there is none. Keeps what has come
 * (bounded by {@link limits.streamBytesMax}) and looks at each byte once, however it is cut.
 */
export class StreamReader {
  readonly #security: Security;
  readonly #isDialer: boolean;
  #stage: Stage;
  #bytes: Uint8Array = none;
  #used = 0;
  /** Where the current stage begins. */
  #start = 0;
  /** Whether the bytes came out of an envelope, and so have an end. */
  #isWhole = false;
  #result: StreamRead = more;

  constructor(options: StreamReaderOptions) {
    this.#security = options.security;
    this.#isDialer = options.isDialer;
    this.#stage = { kind: options.isDialer ? 'type' : 'label' };
  }

  /** `more` until one whole message has come; bytes after it are ignored. Never throws. */
  push(chunk: Uint8Array): StreamRead {
    return this.#attempt(() => {
      this.#append(chunk);
      const message = this.#read();
      if (message !== undefined) return { kind: 'message', message };
      // What was in an envelope is all there is: more of the stream would not belong to it.
      if (this.#isWhole) throw wireErrors.truncated;
      return more;
    });
  }

  /** The peer has closed its side: the message, or why there is none. Never throws. */
  end(): StreamRead {
    return this.#attempt(() => {
      throw this.#used === 0 ? wireErrors.empty : wireErrors.truncated;
    });
  }

  #attempt(read: () => StreamRead): StreamRead {
    if (this.#result.kind !== 'more') return this.#result;
    try {
      this.#result = read();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const { reason, message: text } = error;
      this.#result = { kind: 'failed', reason, text, answer: this.#isAnswered() };
    }
    if (this.#result.kind !== 'more') this.#bytes = none;
    return this.#result;
  }

  /** Go answers when it cannot get at the message: not for its label, nor for what is inside. */
  #isAnswered(): boolean {
    if (this.#isDialer || this.#used === 0) return false;
    return this.#stage.kind !== 'label' && this.#stage.kind !== 'body';
  }

  #read(): StreamMessage | undefined {
    for (;;) {
      const { kind } = this.#stage;
      if (kind === 'body') return this.#stage.body.read(this.#bytes, this.#used);
      const isDone = this.#readStage(kind);
      if (!isDone) return undefined;
    }
  }

  /** Reads a stage and moves to the next; `false` while it is not all there. */
  #readStage(kind: Exclude<Stage['kind'], 'body'>): boolean {
    switch (kind) {
      case 'label':
        return this.#readLabel();
      case 'type':
        return this.#readType();
      case 'envelope':
        return this.#readEnvelope();
      case 'compressed':
        return this.#readCompressed();
      default:
        return kind satisfies never;
    }
  }

  #readLabel(): boolean {
    if (this.#used === 0) return false;
    if (hasLabel(this.#bytes)) {
      const end = labelHeaderEnd(this.#bytes, this.#used);
      if (end === undefined || end > this.#used) return false;
    }
    this.#start = readLabel(this.#bytes, this.#used, this.#security.label);
    this.#stage = { kind: 'type' };
    return true;
  }

  #readType(): boolean {
    if (this.#start >= this.#used) return false;
    const isEncrypted = this.#bytes[this.#start] === messageTypes.encrypt;
    if (isEncrypted && this.#security.keyring === undefined) throw wireErrors.encrypted;
    if (!isEncrypted && this.#security.keyring !== undefined) throw wireErrors.notEncrypted;
    this.#stage = isEncrypted ? { kind: 'envelope' } : this.#plainStage();
    return true;
  }

  #readEnvelope(): boolean {
    const { keyring, label } = this.#security;
    const start = this.#start;
    const textStart = start + envelopeHeaderBytes;
    if (textStart > this.#used || keyring === undefined) return false;
    const length = new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getUint32(start + 1);
    if (length > limits.streamEncryptedBytesMax) throw wireErrors.tooLarge;
    const end = textStart + length;
    if (end > this.#used) return false;
    const associated = streamAssociated(length, label);
    this.#replace(open(keyring, this.#bytes, { start: textStart, end }, associated));
    this.#stage = this.#plainStage();
    return true;
  }

  /** What a plain message begins with: compression, or itself. */
  #plainStage(): Stage {
    if (this.#bytes[this.#start] !== messageTypes.compress) {
      return { kind: 'body', body: new StreamBody(this.#start) };
    }
    return { kind: 'compressed', scanner: new MsgpackScanner(this.#start + 1) };
  }

  #readCompressed(): boolean {
    if (this.#stage.kind !== 'compressed') return false;
    const { scanner } = this.#stage;
    if (!scanner.scan(this.#bytes, this.#used)) {
      if (scanner.position > limits.streamBytesMax) throw wireErrors.tooLarge;
      return false;
    }
    const { streamBytesMax: bytesMax } = limits;
    const range = { start: this.#start, end: scanner.position, bytesMax };
    this.#replace(decompress(this.#bytes, range));
    this.#stage = { kind: 'body', body: new StreamBody(0) };
    return true;
  }

  #replace(bytes: Uint8Array): void {
    if (bytes.length === 0) throw wireErrors.empty;
    this.#bytes = bytes;
    this.#used = bytes.length;
    this.#start = 0;
    this.#isWhole = true;
  }

  /** Keeps a first chunk as it is and doubles from there, so any chunking costs about the same. */
  #append(chunk: Uint8Array): void {
    const needed = this.#used + chunk.length;
    if (needed > limits.streamBytesMax) throw wireErrors.tooLarge;
    if (this.#used === 0) this.#bytes = chunk;
    else {
      if (needed > this.#bytes.length) this.#grow(needed);
      this.#bytes.set(chunk, this.#used);
    }
    this.#used = needed;
  }

  #grow(needed: number): void {
    const size = Math.min(Math.max(needed, 2 * this.#bytes.length), limits.streamBytesMax);
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = grown;
  }
}
