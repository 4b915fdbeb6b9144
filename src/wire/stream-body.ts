/** The plain part of a stream message: type byte and body, read as far as it has come. */

import type { NodeEntry, StreamMessage } from '../model/message.ts';
import { limits } from './limits.ts';
import { readAck, readError, readPing } from './memberlist-reader.ts';
import { messageTypes } from './message-types.ts';
import { copyBytes, MsgpackReader } from './msgpack-reader.ts';
import { MsgpackScanner } from './msgpack-scanner.ts';
import { readNodeEntry, readPushPullHeader, readUserHeader } from './push-pull-reader.ts';
import type { PushPullHeader } from './push-pull-reader.ts';
import { wireErrors } from './wire-error.ts';

/**
 * Reads one message whose end follows from its content. Call {@link read} with more and more of the
 * same bytes: what has been read is not read again.
 */
export class StreamBody {
  /** Where the next msgpack value begins, behind which nothing has been decoded yet. */
  #at: number;
  readonly #start: number;
  #scanner: MsgpackScanner;
  #header: PushPullHeader | undefined;
  #userBytes: number | undefined;
  readonly #nodes: NodeEntry[] = [];

  constructor(start: number) {
    this.#start = start;
    this.#at = start + 1;
    this.#scanner = new MsgpackScanner(this.#at);
  }

  /** The message once `bytes[0, end)` has all of it. Throws a `WireError` as soon as it can be none. */
  read(bytes: Uint8Array, end: number): StreamMessage | undefined {
    if (this.#start >= end) return undefined;
    switch (bytes[this.#start]) {
      case messageTypes.ping:
        return this.#value(bytes, end, readPing);
      case messageTypes.ack:
        return this.#value(bytes, end, readAck);
      case messageTypes.error:
        return this.#value(bytes, end, readError);
      case messageTypes.user:
        return this.#userMessage(bytes, end);
      case messageTypes.pushPull:
        return this.#pushPull(bytes, end);
      default:
        throw wireErrors.unknownType;
    }
  }

  #userMessage(bytes: Uint8Array, end: number): StreamMessage | undefined {
    this.#userBytes ??= this.#value(bytes, end, readUserHeader);
    if (this.#userBytes === undefined) return undefined;
    const payload = this.#rest(bytes, end, this.#userBytes);
    return payload === undefined ? undefined : { kind: 'user', payload };
  }

  #pushPull(bytes: Uint8Array, end: number): StreamMessage | undefined {
    this.#header ??= this.#value(bytes, end, readPushPullHeader);
    if (this.#header === undefined) return undefined;
    const { join, nodeCount, userBytes } = this.#header;
    const nodes = this.#nodes;
    while (nodes.length < nodeCount) {
      const node = this.#value(bytes, end, readNodeEntry);
      if (node === undefined) return undefined;
      nodes.push(node);
    }
    const userState = this.#rest(bytes, end, userBytes);
    return userState === undefined ? undefined : { kind: 'push-pull', join, nodes, userState };
  }

  /** The next msgpack value if it is all there. */
  #value<T>(bytes: Uint8Array, end: number, read: (reader: MsgpackReader) => T): T | undefined {
    if (!this.#scanner.scan(bytes, end)) {
      if (this.#scanner.position > limits.streamBytesMax) throw wireErrors.tooLarge;
      return undefined;
    }
    const value = read(new MsgpackReader(bytes, this.#at, this.#scanner.position));
    this.#at = this.#scanner.position;
    this.#scanner = new MsgpackScanner(this.#at);
    return value;
  }

  #rest(bytes: Uint8Array, end: number, length: number): Uint8Array | undefined {
    return this.#at + length > end ? undefined : copyBytes(bytes, this.#at, this.#at + length);
  }
}
