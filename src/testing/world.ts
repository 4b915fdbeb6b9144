/** What a simulated node needs of the world around it. */

import type { Engine, EngineDependencies } from '../core/engine.ts';
import type { EngineOptions } from '../core/options.ts';
import type { Output } from '../core/output.ts';
import type { StreamMessage } from '../model/message.ts';
import type { DownReason } from './node-view.ts';
import type { Occurrence } from './occurrence.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { Trace } from './trace.ts';

/** An engine as the simulator drives it. */
export type SimulatedEngine = Pick<
  Engine,
  'step' | 'deadline' | 'members' | 'localState' | 'checkpoint' | 'stats'
>;

/** Makes the engine of a node; the real one by default. */
export type EngineFactory = (
  options: EngineOptions,
  dependencies: EngineDependencies,
  now: number,
) => SimulatedEngine;

/**
 * How the driver around each engine behaves after its process was paused. `draining` is ours: it
 * reads everything that arrived before it judges a deadline, and says how long it was paused.
 * `naive` lets its timers run first, as Node does by itself.
 */
export type DriverStyle = 'draining' | 'naive';

/** How much is checked after each step; `sampled` watches one node in 32 fully and all cheaply. */
export type CheckMode = 'all' | 'sampled' | 'none';

export interface World {
  /** Virtual milliseconds since the simulation began. */
  readonly now: number;
  readonly seed: number;
  readonly trace: Trace;
  readonly driver: DriverStyle;
  readonly checks: CheckMode;
  readonly compression: boolean;
  readonly createEngine: EngineFactory;
  /** Has `run` called at this instant, after what is going on now. */
  plan(run: () => void): void;
  /** The node is to stop: it said so itself. */
  stopped(node: SimulatedNode, reason: DownReason): void;
  schedule(occurrence: Occurrence): void;
  send(node: SimulatedNode, output: Extract<Output, { kind: 'send' }>): void;
  dial(node: SimulatedNode, output: Extract<Output, { kind: 'exchange' }>): void;
  reply(node: SimulatedNode, stream: number, message: StreamMessage | null): void;
  /** Ends the simulation: throws. */
  fail(summary: string, cause?: unknown): never;
}
