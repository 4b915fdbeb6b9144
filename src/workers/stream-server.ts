/** The exchanges that others began: read one request, let the engine answer, close. */

import type { DropReason } from '../core/codec.ts';
import type { Input } from '../core/input.ts';
import type { StreamMessage } from '../model/message.ts';
import type { Security } from '../wire/security.ts';
import { StreamReader } from '../wire/stream.ts';
import type { StreamRead } from '../wire/stream.ts';
import { sealed } from './sealed.ts';
import type { Connection, ConnectionListener } from './transport.ts';

/** Accepted streams at once, whatever their state. */
export const streamsMax = 256;

/** Bytes of unfinished requests held at once, over all streams. */
export const requestBytesMax = 64 * 1024 * 1024;

export interface StreamServerOptions {
  readonly security: Security;
  readonly compression: boolean;
  /** A stream that is not done after this long is closed. */
  readonly timeoutMs: number;
  now(): number;
  request(input: Extract<Input, { kind: 'stream-request' }>): void;
  countDrop(reason: DropReason): void;
}

export class StreamServer {
  readonly #options: StreamServerOptions;
  readonly #streams = new Map<number, Stream>();
  #nextStream = 1;
  #requestBytes = 0;

  constructor(options: StreamServerOptions) {
    this.#options = options;
  }

  /** Streams accepted so far. */
  get served(): number {
    return this.#nextStream - 1;
  }

  /** When {@link StreamServer.expire} has something to do: all live equally long, so the oldest. */
  get deadline(): number {
    for (const { deadline } of this.#streams.values()) return deadline;
    return Infinity;
  }

  accept(connection: Connection): ConnectionListener | undefined {
    if (this.#streams.size >= streamsMax) {
      this.#options.countDrop('overload');
      return undefined;
    }
    const deadline = this.#options.now() + this.#options.timeoutMs;
    const stream = new Stream(this.#nextStream, connection, deadline, this.#options.security);
    this.#nextStream += 1;
    this.#streams.set(stream.id, stream);
    return {
      data: (chunk) => this.#data(stream, chunk),
      ended: () => this.#ended(stream),
      closed: () => this.#forget(stream),
    };
  }

  /** Writes the engine's answer (`null`: none) and closes. A stream that is gone needs none. */
  reply(id: number, message: StreamMessage | null): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (message !== null) {
      const { security, compression } = this.#options;
      const bytes = sealed(message, { security, compression, isDialer: false });
      if (bytes === undefined) this.#options.countDrop('too-large');
      else stream.connection.write(bytes);
    }
    stream.connection.end();
  }

  /** Closes what was not finished by now, as slow peers and half-open connections are not. */
  expire(now: number): void {
    for (const stream of this.#streams.values()) {
      if (stream.deadline > now) return;
      this.#forget(stream);
      stream.connection.destroy();
    }
  }

  #data(stream: Stream, chunk: Uint8Array): void {
    if (!stream.isReading) return;
    if (this.#requestBytes + chunk.length > requestBytesMax) {
      this.#options.countDrop('overload');
      this.#drop(stream);
      return;
    }
    stream.bytes += chunk.length;
    this.#requestBytes += chunk.length;
    this.#take(stream, stream.reader.push(chunk));
  }

  #ended(stream: Stream): void {
    if (stream.isReading) this.#take(stream, stream.reader.end());
  }

  #take(stream: Stream, read: StreamRead): void {
    switch (read.kind) {
      case 'more':
        return;
      case 'message':
        this.#stopReading(stream);
        this.#options.request({
          kind: 'stream-request',
          stream: stream.id,
          from: stream.connection.peer,
          message: read.message,
        });
        return;
      case 'failed':
        this.#options.countDrop(read.reason);
        if (read.answer) this.reply(stream.id, { kind: 'error', text: read.text });
        else this.#drop(stream);
        this.#stopReading(stream);
        return;
      default:
        read satisfies never;
    }
  }

  #stopReading(stream: Stream): void {
    stream.isReading = false;
    this.#requestBytes -= stream.bytes;
    stream.bytes = 0;
  }

  #drop(stream: Stream): void {
    this.#forget(stream);
    stream.connection.destroy();
  }

  #forget(stream: Stream): void {
    if (this.#streams.delete(stream.id)) this.#stopReading(stream);
  }
}

class Stream {
  readonly id: number;
  readonly connection: Connection;
  readonly deadline: number;
  readonly reader: StreamReader;
  /** Bytes of the request so far. */
  bytes = 0;
  isReading = true;

  constructor(id: number, connection: Connection, deadline: number, security: Security) {
    this.id = id;
    this.connection = connection;
    this.deadline = deadline;
    this.reader = new StreamReader({ security, isDialer: false });
  }
}
