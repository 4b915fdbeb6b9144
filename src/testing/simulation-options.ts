/** How a simulation and its nodes are set up: what can be said, and what holds if it is not. */

import type { ProtocolLimits, ProtocolTiming } from '../core/options.ts';
import type { LinkConditions } from './link.ts';
import type { TraceMode } from './trace.ts';
import type { CheckMode, DriverStyle, EngineFactory } from './world.ts';
import type { ProfileName } from '../node/profiles.ts';

/** Serf's limits and ours, each with its default. */
export type SimulatedLimits = Partial<Omit<ProtocolLimits, 'packetOverheadBytes'>>;

export interface SimulationOptions {
  /** Everything random follows from it: the same seed gives the same run. Default 1. */
  readonly seed?: number;
  /** So many nodes (`n1`, `n2`, …) are started at once and told to join `n1`. Default 0. */
  readonly nodes?: number;
  /** The timing: memberlist's `lan` (default), `wan` or `local`, or `lan` with changes. */
  readonly profile?: ProfileName | Partial<ProtocolTiming>;
  readonly limits?: SimulatedLimits;
  /** The network where no rule says otherwise. Default: 0.25 to 1 ms, no loss. */
  readonly network?: Partial<LinkConditions>;
  /** Keys of every node, the first is the primary; default: nothing is encrypted. */
  readonly keys?: readonly Uint8Array[];
  /** Label of every node; default none. */
  readonly label?: string;
  /** Whether packets and streams are compressed. Default false: it costs much and decides nothing. */
  readonly compression?: boolean;
  /** How the drivers take a pause of their process. Default `draining`. */
  readonly driver?: DriverStyle;
  /** What is checked after each step. Default `all`; `sampled` suits thousands of nodes. */
  readonly checks?: CheckMode;
  /** Default `hash`: no text is kept but the last lines. */
  readonly trace?: TraceMode;
  /** Size of each machine's UDP receive buffer. Default 4 MiB, as the real driver asks for. */
  readonly receiveBufferBytes?: number;
  /** Member events kept for reading at each node. Default 1,000. */
  readonly eventsKept?: number;
  /** Makes the engines; for trying out another one. Default: the real one. */
  readonly createEngine?: EngineFactory;
}

/** How one node is started. */
export interface StartOptions {
  /** What the simulation calls it. Default: the name, or `n` and the next number. */
  readonly id?: string;
  /** What the cluster calls it. Default: the id. */
  readonly name?: string;
  /** An IP of its own. Default: the next of 10.0.0.0/8. */
  readonly ip?: string;
  /** Default 7946. */
  readonly port?: number;
  readonly tags?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  /** Ids of nodes to join once it runs. Default: none. */
  readonly via?: readonly string[];
  readonly profile?: ProfileName | Partial<ProtocolTiming>;
  readonly limits?: SimulatedLimits;
  readonly keys?: readonly Uint8Array[];
  readonly label?: string;
  /** How far its clock is off, in ms. Default 0. */
  readonly clockOffsetMs?: number;
}

/** How a stopped node is started again. */
export interface RestartOptions {
  /**
   * `checkpoint`: with what it knew when it stopped, as our supervised worker does; `none` (default):
   * as a new process of the same name.
   */
  readonly memory?: 'checkpoint' | 'none';
  /** Comes back with this IP. Default: the one it had. */
  readonly ip?: string;
  readonly port?: number;
  readonly tags?: Readonly<Record<string, string>> | ReadonlyMap<string, string>;
  /** Ids of nodes to join once it runs. Default: none. */
  readonly via?: readonly string[];
}
