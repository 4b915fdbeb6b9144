/** Replays what a node's flight recorder kept: the same inputs, at the same times, to a fresh engine. */

import { Engine } from '../core/engine.ts';
import type { Input } from '../core/input.ts';
import type { KeyringAccess } from '../core/keys.ts';
import type { Output } from '../core/output.ts';
import { evolve } from '../model/evolve.ts';
import type { Members } from '../model/evolve.ts';
import type { Fact } from '../model/fact.ts';
import type { Member } from '../model/member.ts';
import { seededRandom } from '../model/random.ts';
import { digestOf } from '../recorder/digest.ts';
import { KeyGuard } from '../recorder/key-guard.ts';
import { digestOutputs } from '../recorder/recorder.ts';
import { readRecording } from '../recorder/recording.ts';
import type { KeyringReply, RecordedStep, Recording } from '../recorder/recording.ts';
import { codec } from '../wire/codec.ts';

/** One input of a replay, right after the engine took it. */
export interface ReplayStep {
  /** 1 for the first input that the engine ever took. */
  readonly number: number;
  /** By the clock of the recorded engine: Unix epoch ms. */
  readonly at: number;
  readonly input: Input;
  readonly facts: readonly Fact[];
  /** All that the engine said, facts included; empty if only facts are replayed. */
  readonly outputs: readonly Output[];
  /** Every node known now. The same map each time, changing. */
  readonly members: ReadonlyMap<string, Member>;
}

export interface ReplayOptions {
  /** Called after each input: to look at what led to what, or to stop in a debugger. */
  readonly onStep?: (step: ReplayStep) => void;
}

export interface ReplayResult {
  /**
   * `engine`: a fresh engine took all the inputs from its start. `facts`: the recording no longer has
   * the start, so the recorded facts were applied to the members known at its first input.
   */
  readonly by: 'engine' | 'facts';
  /** All facts, in order. */
  readonly facts: readonly Fact[];
  /** Every node known at the end, by name, those that are no members (any more) too. */
  readonly members: ReadonlyMap<string, Member>;
  /** Inputs that the recording has. */
  readonly inputs: number;
  /** Number of the first input that led to something else than when it was recorded. */
  readonly mismatchAt: number | undefined;
  /** What was not the same there. */
  readonly mismatch: 'facts' | 'outputs' | 'error' | undefined;
  /** What the engine threw at the last input, if the recording ends with a crash. */
  readonly error: string | undefined;
}

/**
 * Replays a recording (`node.recording()`). The same version of this package that recorded it takes
 * the same course; another one may differ, and the result says where.
 *
 * @throws FolkmootError `ERR_OPTION` for bytes that are no recording.
 */
export function replay(recording: Uint8Array, options: ReplayOptions = {}): ReplayResult {
  const read = readRecording(recording);
  return read.dropped === 0 ? byEngine(read, options) : byFacts(read, options);
}

function byEngine({ start, steps }: Recording, { onStep }: ReplayOptions): ReplayResult {
  const keyring = new RecordedKeyring();
  const random = seededRandom(start.seed);
  const dependencies = { codec, random, ...(start.hasKeyring && { keyring }) };
  const engine = new Engine(start.options, dependencies, start.at);
  const guard = new KeyGuard(codec);
  const facts: Fact[] = [];
  let difference: Pick<ReplayResult, 'mismatchAt' | 'mismatch'> = nothing;
  let error: string | undefined;
  for (const [index, step] of steps.entries()) {
    const taken = take(engine, step, keyring);
    ({ error } = taken);
    facts.push(...taken.facts);
    const mismatch = mismatchOf(step, taken, guard);
    if (difference.mismatchAt === undefined && mismatch !== undefined) {
      difference = { mismatchAt: index + 1, mismatch };
    }
    const { members } = engine;
    onStep?.({ number: index + 1, at: step.at, input: step.input, members, ...taken });
    // An engine that threw is not in a state to go on with.
    if (error !== undefined) break;
  }
  const members = new Map(engine.members);
  return { by: 'engine', facts, members, inputs: steps.length, error, ...difference };
}

function byFacts({ base, dropped, steps }: Recording, { onStep }: ReplayOptions): ReplayResult {
  const members: Members = new Map(base.map((member) => [member.name, member]));
  const facts: Fact[] = [];
  for (const [index, { at, input, facts: told }] of steps.entries()) {
    for (const fact of told) evolve(members, fact);
    facts.push(...told);
    onStep?.({ number: dropped + index + 1, at, input, facts: told, outputs: [], members });
  }
  const error = steps.at(-1)?.error;
  return { by: 'facts', facts, members, inputs: steps.length, error, ...nothing };
}

const nothing = { mismatchAt: undefined, mismatch: undefined } as const;

interface Taken {
  readonly outputs: readonly Output[];
  readonly facts: readonly Fact[];
  readonly error: string | undefined;
}

function take(engine: Engine, { input, at, keyring }: RecordedStep, ring: RecordedKeyring): Taken {
  ring.expect(keyring);
  try {
    const outputs = engine.step(input, at);
    const facts = outputs.flatMap((output) => (output.kind === 'fact' ? [output.fact] : []));
    return { outputs, facts, error: undefined };
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    return { outputs: [], facts: [], error };
  }
}

function mismatchOf(step: RecordedStep, taken: Taken, guard: KeyGuard): ReplayResult['mismatch'] {
  if (step.error !== taken.error) return 'error';
  if (digestOf(step.facts, guard) !== digestOf(taken.facts, guard)) return 'facts';
  return step.digest === digestOutputs(taken.outputs, guard) ? undefined : 'outputs';
}

/** Answers what the keyring answered when it was recorded. */
class RecordedKeyring implements KeyringAccess {
  #replies: KeyringReply[] = [];

  expect(replies: readonly KeyringReply[]): void {
    this.#replies = [...replies];
  }

  install(): string | undefined {
    return this.#next();
  }

  use(): string | undefined {
    return this.#next();
  }

  remove(): string | undefined {
    return this.#next();
  }

  list(): readonly string[] {
    const reply = this.#replies.shift();
    return Array.isArray(reply) ? reply : [];
  }

  #next(): string | undefined {
    const reply = this.#replies.shift();
    return typeof reply === 'string' ? reply : undefined;
  }
}
