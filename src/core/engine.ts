/**
 * The protocol, without I/O. A driver hands in what happens (`step`) and the time, carries out what
 * comes back, and calls again at `deadline` at the latest. The engine reads no clock, draws no
 * randomness of its own and arms no timer, so the same code runs on sockets and in a simulator.
 */

import type { Member } from '../model/member.ts';
import type { Random } from '../model/random.ts';
import type { Codec, DropReason } from './codec.ts';
import type { Input } from './input.ts';
import type { Checkpoint, EngineOptions } from './options.ts';
import type { Output } from './output.ts';

/** Where the local node is in its life. */
export type LocalState = 'idle' | 'alive' | 'leaving' | 'left';

/** Numbers for `stats()`, as plain data. */
export interface EngineStats {
  readonly members: number;
  readonly failed: number;
  readonly left: number;
  /** Lifeguard's local health: 0 is healthy. */
  readonly healthScore: number;
  readonly incarnation: number;
  readonly memberTime: number;
  readonly eventTime: number;
  readonly queryTime: number;
  readonly nodeQueue: number;
  readonly intentQueue: number;
  readonly eventQueue: number;
  readonly queryQueue: number;
  readonly probes: number;
  readonly probesFailed: number;
  readonly refutations: number;
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
}

export interface EngineDependencies {
  readonly codec: Codec;
  readonly random: Random;
}

export class Engine {
  constructor(_options: EngineOptions, _dependencies: EngineDependencies, _now: number) {
    throw new Error('being written');
  }
  /** Takes an input at time `now` (milliseconds, never falling) and returns what to do, in order. */
  step(_input: Input, _now: number): readonly Output[] {
    throw new Error('being written');
  }
  /** When to call `step({ kind: 'timer' }, …)` at the latest; `Infinity` if nothing is due ever. */
  get deadline(): number {
    throw new Error('being written');
  }
  /** Every known node, the local one included; `memberState` `none` are not members (yet or any more). */
  get members(): ReadonlyMap<string, Member> {
    throw new Error('being written');
  }
  get localState(): LocalState {
    throw new Error('being written');
  }
  checkpoint(): Checkpoint {
    throw new Error('being written');
  }
  stats(): EngineStats {
    throw new Error('being written');
  }
}
