/**
 * A runtime that survives its engine: when a life is lost, the supervision machine decides whether
 * and when the next one begins, on the same port, from what the main side knew last.
 */

import { createActor } from 'xstate';
import type { Actor } from 'xstate';

import type { CoordinateView } from '../coordinates/proximity.ts';
import type { Consultation } from '../core/consults.ts';
import type { Command } from '../core/input.ts';
import type { CommandValue } from '../core/output.ts';
import { supervisionMachine } from '../machines/supervision-machine.ts';
import type { SupervisionOptions, SupervisionState } from '../machines/supervision-machine.ts';
import type { Address } from '../model/address.ts';
import { FolkmootError } from '../model/error.ts';
import type { DriverStats } from './driver.ts';
import type { Launch, Life, Loss } from './life.ts';
import type { Told, ToHost, Turn } from './port-protocol.ts';
import { Questions } from './questions.ts';
import { ReadModel } from './read-model.ts';
import type {
  CommandListener,
  QueryProgress,
  Runtime,
  RuntimeListener,
  RuntimeOptions,
  RuntimeStats,
} from './runtime.ts';

/** How a lost engine is started again. */
export const supervisionDefaults: SupervisionOptions = {
  restartsMax: 5,
  windowMs: 60_000,
  backoffMsMin: 50,
  backoffMsMax: 5_000,
};

/** A life that has not come up after this long counts as lost. */
export const startTimeoutMs = 30_000;

export interface SupervisedOptions {
  readonly runtime: RuntimeOptions;
  readonly listener: RuntimeListener;
  readonly launch: Launch;
  /** Frees what outlives the lives. */
  release(): Promise<void>;
  readonly supervision?: Partial<SupervisionOptions>;
}

/** Starts the first life. Rejects with what the caller can act on: `ERR_BIND`, `ERR_OPTION`, or `ERR_WORKER`. */
export async function startSupervised(options: SupervisedOptions): Promise<Runtime> {
  const runtime = new SupervisedRuntime(options);
  await runtime.started;
  return runtime;
}

class SupervisedRuntime implements Runtime {
  readonly started: Promise<void>;
  readonly #options: SupervisedOptions;
  readonly #actor: Actor<typeof supervisionMachine>;
  readonly #readModel = new ReadModel();
  readonly #commands = new Questions<CommandValue, QueryProgress>();
  readonly #stats = new Questions<DriverStats>();
  readonly #coordinates = new Questions<CoordinateView>();
  readonly #recordings = new Questions<Uint8Array | undefined>();
  /** Of the last engine that was lost. */
  #lastWords: Uint8Array | undefined;
  /** The keys as they were changed last. */
  #keys: readonly Uint8Array[] | undefined;
  #settleStart: { resolve(): void; reject(error: unknown): void } | undefined;
  #state: SupervisionState = 'starting';
  #life: Life | undefined;
  #loss: Loss | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isReferenced = true;
  #place: { readonly bound: Address; readonly advertised: Address } | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SupervisedOptions) {
    this.#options = options;
    this.started = new Promise((resolve, reject) => {
      this.#settleStart = { resolve, reject };
    });
    this.#actor = createActor(supervisionMachine, {
      input: { ...supervisionDefaults, ...options.supervision },
    });
    this.#actor.subscribe(({ value }) => this.#entered(value));
    this.#actor.start();
    this.#launch();
  }

  get bound(): Address {
    return this.#placed().bound;
  }

  get advertised(): Address {
    return this.#placed().advertised;
  }

  command(command: Command, listener?: CommandListener): Promise<CommandValue> {
    if (this.#state !== 'running') return Promise.reject(this.#unavailable());
    return this.#commands.ask(
      (id) => {
        listener?.asked?.(id);
        this.#life?.post({ kind: 'command', id, command });
      },
      (progress) => listener?.progress?.(progress),
    );
  }

  async stats(): Promise<RuntimeStats> {
    if (this.#state !== 'running') throw this.#unavailable();
    const stats = await this.#stats.ask((id) => this.#life?.post({ kind: 'stats', id }));
    return { ...stats, restarts: this.#restarts };
  }

  async coordinates(names?: readonly string[]): Promise<CoordinateView> {
    if (this.#state !== 'running') throw this.#unavailable();
    return this.#coordinates.ask((id) => this.#life?.post({ kind: 'coordinates', id, names }));
  }

  async recording(of: 'present' | 'lost'): Promise<Uint8Array | undefined> {
    if (of === 'lost') return this.#lastWords;
    if (this.#state !== 'running') throw this.#unavailable();
    return this.#recordings.ask((id) => this.#life?.post({ kind: 'recording', id }));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  ref(): void {
    this.#isReferenced = true;
    this.#life?.ref();
    this.#timer?.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#life?.unref();
    this.#timer?.unref();
  }

  get #restarts(): number {
    return this.#actor.getSnapshot().context.restarts;
  }

  #placed(): { readonly bound: Address; readonly advertised: Address } {
    if (this.#place === undefined) throw new Error('the runtime has not started');
    return this.#place;
  }

  #entered(state: SupervisionState): void {
    const before = this.#state;
    if (state === before) return;
    this.#state = state;
    switch (state) {
      case 'starting':
        this.#launch();
        return;
      case 'running':
        this.#stopTimer();
        this.#settleStart?.resolve();
        if (this.#restarts > 0) this.#tellSupervision('restored');
        return;
      case 'backing-off': {
        this.#tellSupervision('lost');
        const { backoffMs } = this.#actor.getSnapshot().context;
        this.#startTimer(backoffMs, () => this.#actor.send({ type: 'backoff-elapsed' }));
        return;
      }
      case 'given-up':
        this.#giveUp();
        return;
      case 'stopped':
        this.#stopTimer();
        return;
      default:
        state satisfies never;
    }
  }

  #launch(): void {
    const life: Life = this.#options.launch(this.#lifeOptions(), {
      message: (message) => {
        if (this.#life === life) this.#take(message, life);
      },
      lost: (loss) => {
        if (this.#life === life) this.#lost(loss);
      },
    });
    this.#life = life;
    if (!this.#isReferenced) life.unref();
    this.#startTimer(startTimeoutMs, () => void this.#startTookTooLong(life)); // Never rejects.
  }

  /** The next life listens where the last one did, and knows what the main side knows. */
  #lifeOptions(): RuntimeOptions {
    const { runtime } = this.#options;
    const resume = this.#readModel.checkpoint();
    if (this.#place === undefined || resume === undefined) return runtime;
    const tags = this.#readModel.member(runtime.engine.name)?.tags ?? runtime.engine.tags;
    const { bound, advertised } = this.#place;
    return {
      ...runtime,
      keys: this.#keys ?? runtime.keys,
      bind: bound,
      advertise: advertised,
      engine: { ...runtime.engine, tags, resume },
    };
  }

  async #startTookTooLong(life: Life): Promise<void> {
    await life.close();
    const reason = `the engine did not start within ${startTimeoutMs} ms`;
    if (this.#life === life) this.#lost({ reason, error: undefined });
  }

  #take(message: ToHost, life: Life): void {
    switch (message.kind) {
      case 'turn':
        try {
          this.#tell(message);
        } finally {
          // Also when a listener throws: else the engine's side would wait for ever.
          life.post({ kind: 'taken', turn: message.number });
        }
        return;
      case 'started':
        this.#place ??= { bound: message.bound, advertised: message.advertised };
        this.#actor.send({ type: 'started' });
        return;
      case 'stats':
        this.#stats.answer(message.id, message.stats);
        return;
      case 'coordinates':
        this.#coordinates.answer(message.id, message.coordinates);
        return;
      case 'recording':
        if (message.id === 0) this.#lastWords = message.bytes;
        else this.#recordings.answer(message.id, message.bytes);
        return;
      case 'keys':
        this.#keys = message.keys;
        return;
      default:
        message satisfies never;
    }
  }

  #tell(turn: Turn): void {
    const { listener } = this.#options;
    this.#readModel.apply(turn);
    if (turn.checkpoint !== undefined) listener.checkpoint(turn.checkpoint);
    this.#tellFacts(turn);
    for (const note of turn.notes) listener.note(note);
    for (const { id, result } of turn.answers) {
      if (result.ok) this.#commands.answer(id, result.value);
      else this.#commands.refuse(id, FolkmootError.from(result.error));
    }
    if (turn.nameLost !== undefined) {
      listener.nameLost(turn.nameLost);
      // Cannot reject; whoever waits for the end calls `close` as well.
      void this.close();
    }
  }

  /** Facts in one piece where nothing came between them. */
  #tellFacts({ facts, messages }: Turn): void {
    const { listener } = this.#options;
    let told = 0;
    for (const { facts: before, message } of messages) {
      if (before > told) listener.facts(facts.slice(told, before));
      told = before;
      this.#tellMessage(message);
    }
    if (told < facts.length) listener.facts(told === 0 ? facts : facts.slice(told));
  }

  #tellMessage(message: Told): void {
    const { listener } = this.#options;
    switch (message.kind) {
      case 'user-event':
        listener.userEvent?.(message.event);
        return;
      case 'query':
        listener.query?.(message.query);
        return;
      case 'consult':
        void this.#consult(message.id, message.consultation); // Hears of a failure itself.
        return;
      case 'query-progress':
        this.#commands.progress(message.id, { from: message.from, payload: message.payload });
        return;
      default:
        message satisfies never;
    }
  }

  async #consult(consult: number, consultation: Consultation): Promise<void> {
    const life = this.#life;
    const { listener } = this.#options;
    try {
      const verdict = await listener.consult?.(consultation);
      // Another life has other consultations under these numbers.
      if (verdict !== undefined && this.#life === life) {
        life?.post({ kind: 'verdict', consult, verdict });
      }
    } catch (error) {
      listener.note({
        level: 'error',
        text: 'a delegate failed to give a verdict',
        fields: { error },
      });
    }
  }

  #lost(loss: Loss): void {
    this.#life = undefined;
    this.#loss = loss;
    this.#refuseQuestions();
    const local = this.#readModel.member(this.#options.runtime.engine.name)?.memberState;
    if (local === 'leaving' || local === 'left') {
      // A node that was going must not come back to life by an accident.
      this.#tellSupervision('given-up');
      void this.close(); // Cannot reject.
      return;
    }
    this.#actor.send({ type: 'lost', at: performance.now(), reason: loss.reason });
  }

  #giveUp(): void {
    this.#stopTimer();
    // A first start that fails is the caller's alone: there was nothing yet to give up.
    if (this.#place === undefined)
      this.#settleStart?.reject(this.#loss?.error ?? this.#unavailable());
    else this.#tellSupervision('given-up');
    void this.#options.release(); // Cannot reject.
  }

  #tellSupervision(kind: 'lost' | 'restored' | 'given-up'): void {
    const reason = this.#loss?.reason ?? '';
    this.#options.listener.supervision({ kind, restarts: this.#restarts, reason });
  }

  async #close(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    if (this.#state !== 'given-up') this.#actor.send({ type: 'stop' });
    this.#state = 'stopped';
    this.#stopTimer();
    this.#refuseQuestions();
    await life?.close();
    await this.#options.release();
  }

  #refuseQuestions(): void {
    this.#commands.refuseAll(() => this.#unavailable());
    this.#stats.refuseAll(() => this.#unavailable());
    this.#coordinates.refuseAll(() => this.#unavailable());
    this.#recordings.refuseAll(() => this.#unavailable());
  }

  #unavailable(): FolkmootError {
    if (this.#state === 'stopped') {
      return new FolkmootError('ERR_STATE', 'the node is shut down', { state: 'shutdown' });
    }
    const restarts = this.#restarts;
    const reason = this.#loss?.reason ?? '';
    const text =
      this.#state === 'given-up'
        ? `the engine could not be kept running: ${reason}`
        : `the engine was lost and is being started again; try again: ${reason}`;
    return new FolkmootError('ERR_WORKER', text, { restarts });
  }

  /** One timer serves all states: each waits for one thing at most. */
  #startTimer(afterMs: number, elapsed: () => void): void {
    this.#stopTimer();
    this.#timer = setTimeout(elapsed, afterMs);
    if (!this.#isReferenced) this.#timer.unref();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
