/**
 * What the main side and an engine's thread say to each other: plain data. What the engine says goes
 * through {@link ./port-codec.ts}; the little that is said to it is cloned.
 */

import type { CoordinateView } from '../coordinates/proximity.ts';
import type { Verdict } from '../core/consults.ts';
import type { Command } from '../core/input.ts';
import type { Checkpoint } from '../core/options.ts';
import type { CommandResult, Note, Output } from '../core/output.ts';
import type { Address } from '../model/address.ts';
import type { ErrorRecord } from '../model/error.ts';
import type { Fact } from '../model/fact.ts';
import type { DriverStats } from './driver.ts';

/** Facts in one turn at most. */
export const factsPerTurnMax = 256;

/** User events, queries, answers to queries and consultations in one turn at most. */
export const messagesPerTurnMax = 256;

/** Turns that may be on their way, or waiting on a blocked main thread, without having been taken. */
export const turnsUntakenMax = 16;

/** Commands and other questions of one runtime that wait for their answer at once. */
export const questionsMax = 1024;

/** The Lamport clocks of an engine: with the members they make a checkpoint. */
export type Clocks = Omit<Checkpoint, 'members'>;

/** What the users of this node are told or asked, beside facts. */
export type Told = Extract<
  Output,
  { readonly kind: 'user-event' | 'query' | 'query-progress' | 'consult' }
>;

/** A message, and how many facts of the same turn came before it. */
export interface ToldAfter {
  readonly facts: number;
  readonly message: Told;
}

/** The answer to a command. */
export interface Answer {
  readonly id: number;
  readonly result: CommandResult;
}

/**
 * What happened since the last turn, in the order in which it is to be told: first `checkpoint`, if
 * facts before it were left out, then facts and messages, then answers. Answered by `taken`.
 */
export interface Turn {
  readonly kind: 'turn';
  /** 1, 2, 3 … */
  readonly number: number;
  readonly checkpoint: Checkpoint | undefined;
  readonly facts: readonly Fact[];
  readonly messages: readonly ToldAfter[];
  readonly clocks: Clocks;
  readonly answers: readonly Answer[];
  readonly notes: readonly Note[];
  readonly nameLost: { readonly matching: number; readonly responses: number } | undefined;
}

/** From the engine's side. */
export type ToHost =
  | Turn
  /** The first turn, with a checkpoint and what the start caused, was sent before. */
  | { readonly kind: 'started'; readonly bound: Address; readonly advertised: Address }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: DriverStats }
  | {
      readonly kind: 'coordinates';
      readonly id: number;
      readonly coordinates: CoordinateView;
    }
  /** `bytes` undefined: nothing is recorded. `id` 0: unasked for, because the engine is lost. */
  | {
      readonly kind: 'recording';
      readonly id: number;
      readonly bytes: Uint8Array | undefined;
    }
  /** The keyring was changed; another life is to begin with these keys. */
  | { readonly kind: 'keys'; readonly keys: readonly Uint8Array[] };

/** To the engine's side. */
export type ToEngine =
  | { readonly kind: 'command'; readonly id: number; readonly command: Command }
  | { readonly kind: 'verdict'; readonly consult: number; readonly verdict: Verdict }
  | { readonly kind: 'stats'; readonly id: number }
  /** `names` undefined: of all members. */
  | {
      readonly kind: 'coordinates';
      readonly id: number;
      readonly names: readonly string[] | undefined;
    }
  | { readonly kind: 'recording'; readonly id: number }
  /** The turn of that number has been worked off, and all before it. */
  | { readonly kind: 'taken'; readonly turn: number }
  /** Close the sockets, then the port. */
  | { readonly kind: 'close' };

/** How a start in the thread ended: an error's class and code would be lost on the way. */
export type StartResult =
  { readonly ok: true } | { readonly ok: false; readonly error: ErrorRecord };
