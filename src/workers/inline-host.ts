/**
 * Runs an engine in the thread of its caller, with the same turns, answers and supervision as in a
 * worker: for tests, many nodes in one process, and runtimes without worker threads. A caller that
 * blocks its thread blocks the node.
 */

import type { SupervisionOptions } from '../machines/supervision-machine.ts';
import { EngineSession } from './engine-session.ts';
import type { SessionDependencies } from './engine-session.ts';
import { lossOf } from './life.ts';
import type { Life, LifeListener } from './life.ts';
import type { ToEngine, ToHost } from './port-protocol.ts';
import type { Runtime, RuntimeListener, RuntimeOptions } from './runtime.ts';
import { startSupervised } from './supervised-runtime.ts';
import type { Transport } from './transport.ts';
import { UdpTcpTransport } from './udp-tcp-transport.ts';

/** What can be changed about an inline engine. Everything has a default. */
export interface InlineOptions extends Pick<SessionDependencies, 'createEngine'> {
  /** Makes the transport of each life; by default UDP and TCP. */
  readonly transport?: () => Transport;
  readonly supervision?: Partial<SupervisionOptions>;
}

/**
 * Starts an engine here. Resolves once it listens and the listener has been told a first checkpoint
 * and the facts of the start (so those calls come before this resolves).
 *
 * @throws FolkmootError `ERR_BIND`, `ERR_OPTION`, or `ERR_WORKER` if the engine does not start.
 */
export function startInline(
  options: RuntimeOptions,
  listener: RuntimeListener,
  inlineOptions: InlineOptions = {},
): Promise<Runtime> {
  const { supervision } = inlineOptions;
  return startSupervised({
    runtime: options,
    listener,
    launch: (sessionOptions, lifeListener) =>
      new InlineLife(sessionOptions, lifeListener, inlineOptions),
    release: () => Promise.resolve(),
    ...(supervision !== undefined && { supervision }),
  });
}

class InlineLife implements Life {
  readonly #listener: LifeListener;
  readonly #session: EngineSession | undefined;
  #isOver = false;
  #isLost = false;
  #closed: Promise<void> | undefined;

  constructor(options: RuntimeOptions, listener: LifeListener, parts: InlineOptions) {
    this.#listener = listener;
    const { createEngine } = parts;
    const { receiveBufferBytes } = options;
    try {
      this.#session = new EngineSession(options, {
        transport: parts.transport?.() ?? new UdpTcpTransport({ receiveBufferBytes }),
        post: (message) => this.#tell(message),
        crashed: (error) => this.#lose(error),
        closed: () => undefined,
        ...(createEngine !== undefined && { createEngine }),
      });
    } catch (error) {
      this.#lose(error);
    }
    void this.#open(); // Hears of its failure itself.
  }

  async #open(): Promise<void> {
    try {
      await this.#session?.open();
    } catch (error) {
      this.#lose(error);
    }
  }

  /** As a port would: what is said here arrives once this call is over. */
  post(message: ToEngine): void {
    setImmediate(() => {
      if (!this.#isOver) this.#session?.receive(message);
    });
  }

  close(): Promise<void> {
    this.#isOver = true;
    this.#closed ??= this.#session?.close() ?? Promise.resolve();
    return this.#closed;
  }

  ref(): void {
    this.#session?.ref();
  }

  unref(): void {
    this.#session?.unref();
  }

  #tell(message: ToHost): void {
    setImmediate(() => {
      if (!this.#isOver) this.#listener.message(message);
    });
  }

  #lose(error: unknown): void {
    if (this.#isOver || this.#isLost) return;
    this.#isLost = true;
    // Not before what was said until now has arrived, as in a thread.
    setImmediate(() => {
      if (!this.#isOver) void this.#end(error); // Closing cannot fail; a listener's own error is its own.
    });
  }

  /** The port is free for the next life when the loss is told. */
  async #end(error: unknown): Promise<void> {
    await this.close();
    this.#listener.lost(lossOf(error));
  }
}
