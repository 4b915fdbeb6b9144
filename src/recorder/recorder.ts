/**
 * A flight recorder: keeps the latest inputs of an engine, each with what it led to. A replay feeds
 * them to a fresh engine. Memory is bounded; what no longer fits is folded into a base, so the members
 * are known at every input that is kept.
 */

import type { EngineDependencies } from '../core/engine.ts';
import type { Input } from '../core/input.ts';
import type { KeyringAccess } from '../core/keys.ts';
import type { EngineOptions } from '../core/options.ts';
import type { Output } from '../core/output.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { seededRandom } from '../model/random.ts';
import type { RecorderBounds } from './bounds.ts';
import { digestOf } from './digest.ts';
import { KeyGuard } from './key-guard.ts';
import { StepEncoder } from './recording.ts';
import type { KeyringReply, RecordedStep } from './recording.ts';
import { Tape } from './tape.ts';

/** A step by which the members changed. */
interface Change {
  /** 1 is the first step ever. */
  readonly number: number;
  readonly facts: readonly Fact[];
  /** All that was known after it, if that did not come from facts. */
  readonly members: readonly Member[] | undefined;
}

/** What an engine made of an input. */
export interface Outcome {
  readonly outputs: readonly Output[];
  /** After a start from a checkpoint: all that is known now. */
  readonly members: readonly Member[] | undefined;
  readonly error: string | undefined;
}

export interface RecorderOptions {
  readonly bounds: RecorderBounds;
  /** Of the engine's generator: 32 bits. */
  readonly seed: number;
  readonly options: EngineOptions;
  readonly dependencies: Omit<EngineDependencies, 'random'>;
  /** The time at which the engine is made. */
  readonly now: number;
}

/** The changes are moved up after so many dropped ones: at each one it would cost their number. */
const movedUpAfter = 1_024;

export class Recorder {
  /** What the engine is to be made with. */
  readonly dependencies: EngineDependencies;
  readonly #parts: RecorderOptions;
  readonly #guard: KeyGuard;
  readonly #encoder = new StepEncoder();
  readonly #base: Members = new Map();
  readonly #tape = new Tape();
  #dropped = 0;
  #changes: Change[] = [];
  /** Changes at the front that are in the base already. */
  #slack = 0;
  #replies: KeyringReply[] = [];

  constructor(parts: RecorderOptions) {
    const { seed, dependencies } = parts;
    const { codec, keyring } = dependencies;
    this.#parts = parts;
    this.#guard = new KeyGuard(codec);
    this.dependencies = {
      ...dependencies,
      random: seededRandom(seed),
      ...(keyring !== undefined && { keyring: this.#watched(keyring) }),
    };
  }

  /** To be called before the engine takes an input: returns what its outcome is to be recorded with. */
  begin(input: Input): Input {
    this.#replies = [];
    return this.#guard.inspect(input);
  }

  /** Records a step. `input` is what {@link Recorder.begin} returned. */
  record(input: Input, at: number, { outputs, members, error }: Outcome): void {
    const facts = outputs.flatMap((output) => (output.kind === 'fact' ? [output.fact] : []));
    const step: RecordedStep = {
      at,
      input,
      facts,
      digest: digestOutputs(outputs, this.#guard),
      keyring: this.#replies,
      error,
    };
    const tape = this.#tape;
    tape.append(this.#guard.bytes(this.#encoder.encode(step)));
    if (facts.length > 0 || members !== undefined) {
      this.#changes.push({ number: this.#dropped + tape.length, facts, members });
    }
    const { inputsMax, bytesMax } = this.#parts.bounds;
    while (tape.length > inputsMax || tape.bytes > bytesMax) this.#drop();
  }

  /** The recording so far, in bytes of its own. */
  recording(): Uint8Array<ArrayBuffer> {
    const { seed, options, now, dependencies } = this.#parts;
    const start = { options, seed, at: now, hasKeyring: dependencies.keyring !== undefined };
    const { length, pieces } = this.#tape;
    const parts = { start, dropped: this.#dropped, base: [...this.#base.values()], steps: length };
    // Once more over all of it: a key may have been in what came before it was known as one.
    return new Uint8Array(this.#guard.bytes(this.#encoder.recording(parts, pieces)));
  }

  #drop(): void {
    this.#tape.dropOldest();
    this.#dropped += 1;
    const change = this.#changes[this.#slack];
    if (change?.number !== this.#dropped) return;
    const { facts, members } = change;
    if (members === undefined) for (const fact of facts) evolve(this.#base, fact);
    else for (const member of members) this.#base.set(member.name, member);
    this.#slack += 1;
    if (this.#slack < movedUpAfter) return;
    this.#changes = this.#changes.slice(this.#slack);
    this.#slack = 0;
  }

  /** The keyring is outside the engine: what it says is an input like any other. */
  #watched(keyring: KeyringAccess): KeyringAccess {
    const guard = this.#guard;
    const replied = <T extends KeyringReply>(reply: T): T => {
      this.#replies.push(reply);
      return reply;
    };
    const list = (): readonly string[] => {
      const keys = keyring.list();
      for (const key of keys) guard.learn(Buffer.from(key, 'base64'));
      return keys;
    };
    list();
    return {
      install: (key) => replied(keyring.install(key)),
      use: (key) => replied(keyring.use(key)),
      remove: (key) => replied(keyring.remove(key)),
      list: () => replied(list()),
    };
  }
}

/** What two runs must agree on beside the facts. Rewording a note is not another behaviour. */
export function digestOutputs(outputs: readonly Output[], guard: KeyGuard): number {
  const said = outputs.filter(({ kind }) => kind !== 'fact' && kind !== 'note');
  return said.length === 0 ? 0 : digestOf(said, guard);
}
