/** Runs an engine in a worker thread of its own, so that a blocked main thread fails nobody's probe. */

import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort, ResourceLimits, Worker } from 'node:worker_threads';

import { Piscina } from 'piscina';

import type { SupervisionOptions } from '../machines/supervision-machine.ts';
import { FolkmootError } from '../model/error.ts';
import { lossOf } from './life.ts';
import type { Life, LifeListener, Loss } from './life.ts';
import { PortCodec } from './port-codec.ts';
import type { StartResult, ToEngine } from './port-protocol.ts';
import type { Runtime, RuntimeListener, RuntimeOptions } from './runtime.ts';
import { startSupervised } from './supervised-runtime.ts';
import type { StartTask } from './thread.ts';
import { within } from './within.ts';

/** How long a thread may take to close its sockets before it is ended anyway. */
export const closeTimeoutMs = 2_000;

/**
 * Heap of the thread in MiB, unless told otherwise. 10,000 members take some tens of it, the largest
 * push/pull that is read some 150. Without a bound a heap that runs away takes gigabytes and both cores
 * with it, and may end the whole process instead of the thread.
 */
export const workerHeapMbMax = 512;

/** What can be changed about the thread. Everything has a default. */
export interface WorkerOptions {
  /** Bounds of the thread's heap; a thread that exceeds them is lost, and started again. */
  readonly resourceLimits?: ResourceLimits;
  readonly supervision?: Partial<SupervisionOptions>;
  /** The module that runs in the thread, by default the one beside this. */
  readonly entry?: URL;
}

/**
 * Starts an engine in a thread. Resolves once it listens and the listener has been told a first
 * checkpoint and the facts of the start (so those calls come before this resolves).
 *
 * @throws FolkmootError `ERR_BIND`, `ERR_OPTION`, or `ERR_WORKER` if the thread does not come up.
 */
export function startWorker(
  options: RuntimeOptions,
  listener: RuntimeListener,
  { resourceLimits, supervision, entry }: WorkerOptions = {},
): Promise<Runtime> {
  const thread = new Thread(entry ?? new URL('./thread.js', import.meta.url), resourceLimits);
  return startSupervised({
    runtime: options,
    listener,
    launch: (sessionOptions, lifeListener) => thread.launch(sessionOptions, lifeListener),
    release: () => thread.end(),
    ...(supervision !== undefined && { supervision }),
  });
}

/** A pool of one: piscina hosts the thread and replaces it when it dies. */
class Thread {
  readonly #pool: Piscina<StartTask, StartResult>;
  #lastError: unknown;
  #ended: Promise<void> | undefined;

  constructor(entry: URL, resourceLimits: ResourceLimits | undefined) {
    this.#pool = new Piscina<StartTask, StartResult>({
      filename: entry.href,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      // With the default the thread would sleep on a lock, timers and sockets frozen, once its
      // start task has returned.
      atomics: 'disabled',
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMbMax, ...resourceLimits },
    });
    // What a thread died of; that it did is noticed by its exit.
    this.#pool.on('error', (error) => {
      this.#lastError = error;
    });
  }

  launch(options: RuntimeOptions, listener: LifeListener): Life {
    const { port1, port2 } = new MessageChannel();
    this.#lastError = undefined;
    const started = this.#pool.run({ options, port: port2 }, { transferList: [port2] });
    const worker = this.#pool.threads.at(-1);
    const life = new ThreadLife(port1, worker, listener, () => this.#lastError);
    void life.follow(started); // Hears of all failures itself.
    return life;
  }

  /** A thread that waits for a disk cannot be ended, so it is not waited for without end. */
  end(): Promise<void> {
    this.#ended ??= within(closeTimeoutMs, this.#pool.destroy());
    return this.#ended;
  }
}

class ThreadLife implements Life {
  readonly #port: MessagePort;
  readonly #worker: Worker | undefined;
  readonly #listener: LifeListener;
  readonly #cause: () => unknown;
  readonly #exited: Promise<unknown>;
  #startError: unknown;
  #isOver = false;
  #closed: Promise<void> | undefined;

  constructor(
    port: MessagePort,
    worker: Worker | undefined,
    listener: LifeListener,
    cause: () => unknown,
  ) {
    this.#port = port;
    this.#worker = worker;
    this.#listener = listener;
    this.#cause = cause;
    const codec = new PortCodec();
    port.on('message', (bytes: Uint8Array) => {
      if (!this.#isOver) listener.message(codec.decode(bytes));
    });
    // The last words of a dead thread come before its port closes, its sockets are closed when it
    // has exited: it is lost after both.
    this.#exited = Promise.all([
      once(port, 'close'),
      new Promise<void>((resolve) => {
        if (worker === undefined) resolve();
        else worker.once('exit', () => resolve());
      }),
    ]);
    this.ref();
  }

  /** Follows the start task, of which only a failure is news, and then the thread to its end. */
  async follow(started: Promise<StartResult>): Promise<void> {
    try {
      const result = await started;
      if (!result.ok) this.#lose(lossOf(FolkmootError.from(result.error)));
    } catch (error) {
      // The thread died, or never got the task. Either way it is not to be used any further.
      this.#startError = error;
      this.#port.close();
      await this.#worker?.terminate();
    }
    await this.#exited;
    const cause = this.#cause() ?? this.#startError;
    this.#lose(cause === undefined ? threadEnded : lossOf(cause));
  }

  post(message: ToEngine): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    this.#port.postMessage(message);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  ref(): void {
    this.#port.ref();
    // The port alone would let the process end between the death of the thread and its restart.
    this.#worker?.ref();
  }

  unref(): void {
    this.#port.unref();
    this.#worker?.unref();
  }

  #lose(loss: Loss): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#port.close();
    this.#worker?.unref();
    this.#listener.lost(loss);
  }

  async #close(): Promise<void> {
    this.#isOver = true;
    this.post({ kind: 'close' });
    // The thread closes its end of the port when its sockets are closed.
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), closeTimeoutMs);
    try {
      await Promise.race([once(this.#port, 'close', { signal: timeout.signal }), this.#exited]);
    } catch {
      // Too slow: its end closes them.
      await within(closeTimeoutMs, this.#worker?.terminate() ?? Promise.resolve());
    } finally {
      clearTimeout(timer);
      this.#worker?.unref();
    }
  }
}

const threadEnded: Loss = { reason: 'the thread ended', error: undefined };
