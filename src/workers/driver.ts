/**
 * Runs an engine on a transport: turns what arrives into inputs, carries out what comes back, in
 * order, and wakes the engine at its deadline. Runs the same in a worker thread and inline.
 */

import type { Coordinate } from '../coordinates/coordinate.ts';
import type { CoordinateView } from '../coordinates/proximity.ts';
import type { DropReason } from '../core/codec.ts';
import type { Verdict } from '../core/consults.ts';
import type { Engine } from '../core/engine.ts';
import type { Command, Input } from '../core/input.ts';
import type { Checkpoint } from '../core/options.ts';
import type { CommandResult, Note, Output } from '../core/output.ts';
import type { Address } from '../model/address.ts';
import type { Fact } from '../model/fact.ts';
import { openPacket, sealPacket } from '../wire/packet.ts';
import type { Security } from '../wire/security.ts';
import { Alarm } from './alarm.ts';
import { Dialler } from './dialler.ts';
import type { Clocks, Told } from './port-protocol.ts';
import type { RuntimeStats } from './runtime.ts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import { StreamServer } from './stream-server.ts';
import type { Connection, ConnectionListener, Transport } from './transport.ts';

/** What a driver needs of an engine: all but what only its owner asks. */
export type DrivenEngine = Pick<
  Engine,
  'step' | 'deadline' | 'clocks' | 'checkpoint' | 'coordinates' | 'stats'
>;

/** Told what the engine says, in order. */
export interface DriverListener {
  fact(fact: Fact): void;
  told(message: Told): void;
  answered(id: number, result: CommandResult): void;
  note(note: Note): void;
  nameLost(vote: { readonly matching: number; readonly responses: number }): void;
  /** The engine threw: nothing more happens here. The sockets are still to be closed. */
  crashed(error: unknown): void;
}

export interface DriverOptions {
  readonly transport: Transport;
  readonly security: Security;
  readonly compression: boolean;
  readonly receiveBufferBytes: number;
  readonly streamTimeoutMs: number;
  /** Where to listen. */
  readonly bind: Address;
  /** Makes the engine once the port is known. */
  createEngine(bound: Address, now: number): DrivenEngine;
  /** Milliseconds since the Unix epoch; the driver never lets it fall. */
  now(): number;
  readonly listener: DriverListener;
  /** Opened before, and closed after the driver. */
  readonly snapshot?: SnapshotKeeper | undefined;
}

/** The driver's own numbers. */
export type DriverStats = Omit<RuntimeStats, 'restarts'>;

/** The clock of a process: epoch milliseconds that wall-clock changes do not touch. */
export function processNow(): number {
  return performance.timeOrigin + performance.now();
}

export class Driver {
  readonly #options: DriverOptions;
  readonly #transport: Transport;
  readonly #listener: DriverListener;
  readonly #alarm: Alarm;
  readonly #dialler: Dialler;
  readonly #server: StreamServer;
  readonly #drops = new Map<DropReason, number>();
  /** Inputs that came up while outputs were carried out; they wait for their turn. */
  readonly #inputs: Input[] = [];
  #engine: DrivenEngine | undefined;
  #isStepping = false;
  #now = 0;
  #clocks: Clocks = { memberTime: 0, eventTime: 0, queryTime: 0 };

  constructor(options: DriverOptions) {
    const { transport, security, compression, listener } = options;
    this.#options = options;
    this.#transport = transport;
    this.#listener = listener;
    const countDrop = (reason: DropReason): void => this.#countDrop(reason);
    const now = (): number => this.#tick();
    this.#alarm = new Alarm({
      now,
      reads: () => transport.counters.reads,
      judge: (pausedMs) => this.#judge(pausedMs),
    });
    const report = (input: Input): void => this.#step(input);
    this.#dialler = new Dialler({
      transport,
      security,
      compression,
      report,
      guarded: (told) => this.#guarded(told),
      countDrop,
    });
    const timeoutMs = options.streamTimeoutMs;
    this.#server = new StreamServer({
      security,
      compression,
      timeoutMs,
      now,
      request: report,
      countDrop,
    });
  }

  /** Opens the sockets and makes the engine; rejects with `ERR_BIND`. */
  async open(): Promise<Address> {
    const bound = await this.#transport.open(this.#options.bind, {
      packet: (bytes, from) => this.#receive(bytes, from),
      accepted: (connection) => this.#accept(connection),
    });
    this.#engine = this.#options.createEngine(bound, this.#tick());
    this.#clocks = this.#engine.clocks;
    return bound;
  }

  /** Lets the engine begin; after {@link Driver.open}. */
  start(): void {
    this.#step({ kind: 'start' });
    this.#noteReceiveBuffer();
  }

  command(id: number, command: Command): void {
    if (command.kind === 'leave') this.#options.snapshot?.leave();
    this.#step({ kind: 'command', id, command });
  }

  /** The user's word on a consultation. */
  verdict(consult: number, verdict: Verdict): void {
    this.#step({ kind: 'verdict', consult, verdict });
  }

  /** What the engine knows; after {@link Driver.open}. */
  checkpoint(): Checkpoint {
    return this.#opened().checkpoint();
  }

  /** The engine's Lamport clocks after the last step that it ended, also when it is gone. */
  clocks(): Clocks {
    return this.#clocks;
  }

  /** The coordinates of some members, or of all that are known: copied, for the other side. */
  coordinates(names: readonly string[] | undefined): CoordinateView {
    const known = this.#opened().coordinates;
    if (names === undefined) return new Map(known);
    const wanted = new Map<string, Coordinate>();
    for (const name of names) {
      const coordinate = known.get(name);
      if (coordinate !== undefined) wanted.set(name, coordinate);
    }
    return wanted;
  }

  stats(): DriverStats {
    const { counters, receiveBufferBytes } = this.#transport;
    const { snapshot } = this.#options;
    return {
      ...this.#opened().stats(),
      packetsReceived: counters.packetsReceived,
      packetsSent: counters.packetsSent,
      bytesReceived: counters.bytesReceived,
      bytesSent: counters.bytesSent,
      sendErrors: counters.sendErrors,
      streamsServed: this.#server.served,
      streamsDialled: this.#dialler.dialled,
      receiveBufferBytes,
      pausedMsMax: Math.round(this.#alarm.pausedMsMax),
      wireDrops: Object.fromEntries(this.#drops),
      ...(snapshot !== undefined && { snapshot: snapshot.stats }),
    };
  }

  /** Closes the sockets, without leave. Idempotent. */
  close(): Promise<void> {
    this.#engine = undefined;
    this.#alarm.stop();
    return this.#transport.close();
  }

  ref(): void {
    this.#alarm.ref();
    this.#transport.ref();
  }

  unref(): void {
    this.#alarm.unref();
    this.#transport.unref();
  }

  #opened(): DrivenEngine {
    if (this.#engine === undefined) throw new Error('the driver is not open');
    return this.#engine;
  }

  /** The time, which never falls. */
  #tick(): number {
    this.#now = Math.max(this.#now, this.#options.now());
    return this.#now;
  }

  #receive(bytes: Uint8Array, from: Address): void {
    if (this.#engine === undefined) return;
    try {
      const { messages, drops } = openPacket(bytes, this.#options.security);
      for (const reason of drops) this.#countDrop(reason);
      if (messages.length > 0) this.#step({ kind: 'packet', from, messages });
    } catch (error) {
      this.#crash(error);
    }
  }

  #accept(connection: Connection): ConnectionListener | undefined {
    if (this.#engine === undefined) return undefined;
    const listener = this.#server.accept(connection);
    this.#arm();
    return listener && this.#guarded(listener);
  }

  /** A listener whose errors, which are ours, are a crash and not the concern of whose thread this is. */
  #guarded(listener: ConnectionListener): ConnectionListener {
    const guard = (call: () => void): void => {
      if (this.#engine === undefined) return;
      try {
        call();
      } catch (error) {
        this.#crash(error);
      }
    };
    return {
      data: (chunk) => guard(() => listener.data(chunk)),
      ended: () => guard(() => listener.ended()),
      closed: (failure) => guard(() => listener.closed(failure)),
    };
  }

  /** Everything that came in time has been handed in, so deadlines up to now may be judged. */
  #judge(pausedMs: number): number {
    if (pausedMs > 0) {
      this.#listener.note({
        level: 'warn',
        text: 'this process did not run for a while; verdicts that rest on silence are put off',
        fields: { pausedMs: Math.round(pausedMs) },
      });
      this.#step({ kind: 'paused', forMs: pausedMs });
    }
    const now = this.#tick();
    this.#dialler.expire(now);
    this.#server.expire(now);
    this.#options.snapshot?.expire(now);
    if ((this.#engine?.deadline ?? Infinity) <= now) this.#step({ kind: 'timer' });
    return this.#deadline;
  }

  get #deadline(): number {
    const deadline = this.#engine?.deadline ?? Infinity;
    const snapshot = this.#options.snapshot?.deadline ?? Infinity;
    return Math.min(deadline, this.#dialler.deadline, this.#server.deadline, snapshot);
  }

  #arm(): void {
    if (this.#engine !== undefined) this.#alarm.set(this.#deadline);
  }

  /** One input at a time: an output that causes an input at once does not overtake the others. */
  #step(input: Input): void {
    if (this.#engine === undefined) return;
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const outputs = this.#engine.step(next, this.#tick());
        this.#clocks = this.#engine.clocks;
        for (const output of outputs) this.#carryOut(output);
        this.#options.snapshot?.expire(this.#now);
      }
      this.#arm();
    } catch (error) {
      this.#crash(error);
    } finally {
      this.#isStepping = false;
    }
  }

  #crash(error: unknown): void {
    if (this.#engine === undefined) throw error; // It is on its way up from the first telling.
    this.#engine = undefined;
    this.#alarm.stop();
    this.#listener.crashed(error);
  }

  #carryOut(output: Output): void {
    switch (output.kind) {
      case 'send':
        this.#send(output.to, output.message, output.checksum);
        return;
      case 'exchange':
        this.#dialler.start(output, this.#now);
        return;
      case 'stream-reply':
        this.#server.reply(output.stream, output.message);
        return;
      case 'fact':
        this.#options.snapshot?.fact(output.fact);
        this.#listener.fact(output.fact);
        return;
      case 'user-event':
      case 'query':
      case 'query-progress':
      case 'consult':
        this.#listener.told(output);
        return;
      case 'answered':
        this.#listener.answered(output.id, output.result);
        return;
      case 'name-lost':
        this.#listener.nameLost({ matching: output.matching, responses: output.responses });
        return;
      case 'note':
        this.#listener.note(output.note);
        return;
      default:
        output satisfies never;
    }
  }

  #send(to: Address, message: Uint8Array, checksum: boolean): void {
    const { security, compression } = this.#options;
    this.#transport.send(sealPacket(message, { security, compression, checksum }), to);
  }

  #countDrop(reason: DropReason): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + 1);
  }

  #noteReceiveBuffer(): void {
    const granted = this.#transport.receiveBufferBytes;
    const wanted = this.#options.receiveBufferBytes;
    if (granted === 0 || granted >= wanted) return;
    this.#listener.note({
      level: 'warn',
      text: 'the kernel grants a smaller UDP receive buffer than wanted, so long pauses may lose packets; raise net.core.rmem_max',
      fields: { grantedBytes: granted, wantedBytes: wanted },
    });
  }
}
