/**
 * A running engine as the main side sees it: the same whether it lives in a worker thread or inline.
 */

import type { CoordinateView } from '../coordinates/proximity.ts';
import type { Consultation, Verdict } from '../core/consults.ts';
import type { Command } from '../core/input.ts';
import type { Checkpoint, EngineOptions } from '../core/options.ts';
import type { CommandValue, Note, ReceivedEvent, ReceivedQuery } from '../core/output.ts';
import type { EngineStats } from '../core/engine.ts';
import type { DropReason } from '../core/codec.ts';
import type { Address } from '../model/address.ts';
import type { Fact } from '../model/fact.ts';
import type { RecorderBounds } from '../recorder/bounds.ts';
import type { SnapshotStats } from '../snapshot/snapshot-file.ts';
import type { SnapshotSettings } from './snapshot-keeper.ts';

/** What a runtime is started with. Plain data: it crosses to the worker. */
export interface RuntimeOptions {
  /** Where to listen, UDP and TCP on one port; port 0 lets the kernel choose. */
  readonly bind: Address;
  /** Where others reach this node; `undefined`: where it is bound. Port 0: the bound port. */
  readonly advertise: Address | undefined;
  /** The engine's options, but for what depends on the bound address and the keys. */
  readonly engine: Omit<EngineOptions, 'advertise' | 'packetOverheadBytes'>;
  /** 16, 24 or 32 bytes each, the first is the primary; empty: no encryption. */
  readonly keys: readonly Uint8Array[];
  /** Where changes of the keys are written down; without it they last as long as the runtime. */
  readonly keyringFile?: string;
  /** Where the node writes down what it wants to know when it starts again; without it, nowhere. */
  readonly snapshot?: SnapshotSettings;
  /** Separates clusters on one network; empty: none. At most 255 bytes of UTF-8. */
  readonly label: string;
  readonly compression: boolean;
  /** Wanted size of the UDP receive buffer; less is granted by some kernels, and reported. */
  readonly receiveBufferBytes: number;
  /** How much the flight recorder keeps; without it there is none. */
  readonly recorder?: RecorderBounds;
}

/** Counters of the sockets and the codec, beside the engine's. */
export interface RuntimeStats extends EngineStats {
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly sendErrors: number;
  readonly streamsServed: number;
  readonly streamsDialled: number;
  /** What the kernel granted of `receiveBufferBytes`. */
  readonly receiveBufferBytes: number;
  /** Longest time in which the driver did not run when it should have, in ms. */
  readonly pausedMsMax: number;
  readonly restarts: number;
  /** Of the snapshot file, if there is one, since the engine was last started. */
  readonly snapshot?: SnapshotStats;
  readonly wireDrops: Readonly<Partial<Record<DropReason, number>>>;
}

/**
 * What the runtime tells, in the order in which it happened. Called on the main thread, for the first
 * time before the start resolves. What a listener throws is its own: it surfaces as an uncaught
 * exception, and the runtime goes on.
 */
export interface RuntimeListener {
  /** Facts, in order, none missing since the last call or checkpoint. */
  facts(facts: readonly Fact[]): void;
  /** Replaces everything known: sent first, and after a gap (a main thread blocked for long, a restart). */
  checkpoint(checkpoint: Checkpoint): void;
  /** A user event was heard. In order with the facts; lost only if this thread was blocked for long. */
  userEvent?(event: ReceivedEvent): void;
  /** A query was heard, to be answered with a `respond` command. Otherwise as {@link userEvent}. */
  query?(query: ReceivedQuery): void;
  /**
   * The user is asked for a verdict. Asked only if the engine's `consults` say so; its deadline settles
   * what gets none in time, and what is rejected.
   */
  consult?(consultation: Consultation): Promise<Verdict>;
  note(note: Note): void;
  /** The name was lost in a vote; the runtime is closing. */
  nameLost(vote: { readonly matching: number; readonly responses: number }): void;
  /** The worker died and is being restarted (`restarts` so far), or could not be (`given-up`). */
  supervision(event: {
    readonly kind: 'lost' | 'restored' | 'given-up';
    readonly restarts: number;
    readonly reason: string;
  }): void;
}

/** An ack (`payload` undefined) or a response to a query. */
export interface QueryProgress {
  readonly from: string;
  readonly payload: Uint8Array | undefined;
}

/** Told how a command goes, before it resolves. */
export interface CommandListener {
  /** The number under which it runs: `end-query` names a query by it. Called at once. */
  asked?(id: number): void;
  progress?(progress: QueryProgress): void;
}

export interface Runtime {
  /** Where it listens, the real port filled in. */
  readonly bound: Address;
  /** Where it says it listens. */
  readonly advertised: Address;
  /** Runs a command. Rejects with a `FolkmootError`. All facts that it caused were delivered before it resolves. */
  command(command: Command, listener?: CommandListener): Promise<CommandValue>;
  stats(): Promise<RuntimeStats>;
  /** The network coordinates known of these members, or of all. Not those of whom none is known. */
  coordinates(names?: readonly string[]): Promise<CoordinateView>;
  /**
   * What the flight recorder has of the present engine, or of the last one that was lost; `undefined`
   * if there is no recorder, or no such engine.
   */
  recording(of: 'present' | 'lost'): Promise<Uint8Array | undefined>;
  /** Closes the sockets and ends the thread, without leave. Idempotent. */
  close(): Promise<void>;
  /** Whether the runtime keeps the process alive (it does at first). */
  ref(): void;
  unref(): void;
}
