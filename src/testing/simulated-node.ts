/**
 * One machine of a simulation: an engine and the driver around it, with a clock, a kernel's receive
 * buffer, and a life that can end, pause and begin again.
 */

import type { EngineStats, LocalState } from '../core/engine.ts';
import type { Command, ExchangeFailure, Input } from '../core/input.ts';
import type { Checkpoint, EngineOptions } from '../core/options.ts';
import type { CommandResult, Note, Output } from '../core/output.ts';
import { formatAddress } from '../model/address.ts';
import type { Address } from '../model/address.ts';
import type { Fact } from '../model/fact.ts';
import type { Member, MemberStatus } from '../model/member.ts';
import type { Random } from '../model/random.ts';
import { randomInteger } from '../model/random.ts';
import { codec } from '../wire/codec.ts';
import { keyringAccess } from '../workers/keyring-access.ts';
import { openPacket } from '../wire/packet.ts';
import type { OpenedPacket } from '../wire/packet.ts';
import type { Security } from '../wire/security.ts';
import { describeCommand, describeFact, describePacket, describeTold } from './describe.ts';
import { EventLog } from './event-log.ts';
import type { SimulatedEventListener } from './event-log.ts';
import { CommandTable } from './command-table.ts';
import type { PendingCommand } from './command-table.ts';
import { forkRandom } from './fork-random.ts';
import { Listeners } from './listeners.ts';
import { eventKindOf } from './member-event.ts';
import type { SimulatedEvent, SimulatedEventKind } from './member-event.ts';
import { NodeChecker } from './node-checker.ts';
import { NodeClock } from './node-clock.ts';
import type { SimulatedNodeSetup } from './node-setup.ts';
import type { DownReason, NodeView } from './node-view.ts';
import type { Connection, Datagram, ExchangeOutcome } from './occurrence.ts';
import { Inbox } from './inbox.ts';
import { readStream, unreadable } from './stream-bytes.ts';
import type { Told, ToldListener } from './told.ts';
import type { SimulatedEngine, World } from './world.ts';

/** Timer steps of one node at one instant before it counts as a livelock. */
const stepsAtOneInstantMax = 1_000;
/** `sampled` checks watch every so manieth node fully. */
const sampleEvery = 32;

export class SimulatedNode implements NodeView {
  readonly id: string;
  readonly index: number;
  readonly clock: NodeClock;
  readonly security: Security;
  readonly networkRandom: Random;
  readonly inbox: Inbox;
  readonly #world: World;
  readonly #events: EventLog;
  readonly #isFullyChecked: boolean;
  #options: EngineOptions | undefined;
  #engine: SimulatedEngine | undefined;
  #checker: NodeChecker | undefined;
  #downReason: DownReason | undefined = 'not-started';
  #life = 0;
  #pausedSince: number | undefined;
  #wakeAt = Infinity;
  #lastTimerAt = -1;
  #timerStepsNow = 0;
  #hasLostName = false;
  readonly #commands = new CommandTable();
  readonly #told = new Listeners<Told>();
  /** Exchanges whose outcome the engine waits for. */
  readonly #exchanges = new Set<number>();
  readonly #streams = new Map<number, Connection>();
  #lastStream = 0;

  constructor(world: World, setup: SimulatedNodeSetup) {
    this.id = setup.id;
    this.index = setup.index;
    this.security = setup.security;
    this.clock = new NodeClock(setup.clockOffsetMs);
    this.inbox = new Inbox(setup.receiveBufferBytes);
    this.networkRandom = forkRandom(world.seed, `network/${setup.id}`);
    this.#world = world;
    this.#events = new EventLog(setup.eventsKept);
    this.#isFullyChecked =
      world.checks === 'all' || (world.checks === 'sampled' && setup.index % sampleEvery === 0);
  }

  get name(): string {
    return this.#options?.name ?? this.id;
  }

  get address(): Address {
    return this.#options?.advertise ?? { ip: '0.0.0.0', port: 0 };
  }

  get isUp(): boolean {
    return this.#downReason === undefined;
  }

  get isPaused(): boolean {
    return this.#pausedSince !== undefined;
  }

  get downReason(): DownReason | undefined {
    return this.#downReason;
  }

  /** How often its process was started. */
  get life(): number {
    return this.#life;
  }

  get options(): EngineOptions | undefined {
    return this.#options;
  }

  get localState(): LocalState {
    return this.#engine?.localState ?? 'idle';
  }

  get members(): ReadonlyMap<string, Member> {
    return this.#engine?.members ?? new Map();
  }

  get events(): readonly SimulatedEvent[] {
    return this.#events.kept;
  }

  eventCount(kind: SimulatedEventKind): number {
    return this.#events.count(kind);
  }

  onEvent(listener: SimulatedEventListener): () => void {
    return this.#events.listen(listener);
  }

  onTold(listener: ToldListener): () => void {
    return this.#told.listen(listener);
  }

  statusOf(name: string): MemberStatus | undefined {
    const member = this.members.get(name);
    return member === undefined || member.memberState === 'none' ? undefined : member.status;
  }

  stats(): EngineStats {
    return this.#running().stats();
  }

  checkpoint(): Checkpoint {
    return this.#running().checkpoint();
  }

  /** Starts the process. */
  start(options: EngineOptions): void {
    const world = this.#world;
    this.#life += 1;
    this.#downReason = undefined;
    this.#pausedSince = undefined;
    this.#wakeAt = Infinity;
    this.#hasLostName = false;
    this.#options = options;
    const random = forkRandom(world.seed, `engine/${this.id}/${this.#life}`);
    const { keyring } = this.security;
    const keys = keyring === undefined ? {} : { keyring: keyringAccess(keyring) };
    const dependencies = { codec, random, ...keys };
    const engine = world.createEngine(options, dependencies, this.clock.read(world.now));
    this.#engine = engine;
    // What a resumed engine starts from is there only after its first step.
    this.#checker = options.resume === undefined ? this.#newChecker(options, engine) : undefined;
    this.#trace('start', `${options.name} at ${formatAddress(options.advertise)}`);
    this.#step({ kind: 'start' });
    this.#checker ??= this.#newChecker(options, engine);
  }

  /** Ends the process without a word. Its streams are closed by the kernel, unless that is gone too. */
  stop(reason: DownReason): readonly Connection[] {
    this.#downReason = reason;
    this.#pausedSince = undefined;
    this.#trace('stop', reason);
    const severed = [...this.#streams.values(), ...this.inbox.drainConnections()];
    this.inbox.clear();
    this.#streams.clear();
    this.#exchanges.clear();
    this.#commands.clear();
    return reason === 'host-down' ? [] : severed;
  }

  pause(): void {
    if (!this.isUp || this.isPaused) return;
    this.#pausedSince = this.#world.now;
    this.#trace('pause', '');
  }

  resume(): void {
    const since = this.#pausedSince;
    if (since === undefined) return;
    this.#pausedSince = undefined;
    const forMs = this.#world.now - since;
    this.#trace('resume', `after ${forMs} ms, ${this.inbox.size} waiting`);
    if (this.#world.driver === 'draining') {
      this.#drain();
      this.#step({ kind: 'paused', forMs });
      this.#judgeTimeouts();
      this.#step({ kind: 'timer' });
    } else {
      this.#judgeTimeouts();
      this.#step({ kind: 'timer' });
      this.#drain();
    }
  }

  /** Gives the engine a command; `done` is called when it is answered. */
  command(command: Command, done?: () => void): PendingCommand {
    this.#running();
    const pending = this.#commands.add(command, done);
    this.#trace('command', describeCommand(command));
    this.#step({ kind: 'command', id: pending.id, command });
    return pending;
  }

  /** The timer that was set for `time` rings. */
  wake(time: number): void {
    if (time !== this.#wakeAt) return;
    this.#wakeAt = Infinity;
    if (!this.isUp || this.isPaused) return;
    if (this.clock.read(time) < this.#running().deadline) return this.#arm();
    this.#timerStepsNow = this.#lastTimerAt === time ? this.#timerStepsNow + 1 : 1;
    this.#lastTimerAt = time;
    if (this.#timerStepsNow > stepsAtOneInstantMax) {
      this.#world.fail(`${this.id}: ${this.#timerStepsNow} timer steps without time going on`);
    }
    this.#step({ kind: 'timer' });
  }

  /** Sets the timer anew: the clock has changed. */
  rearm(): void {
    this.#wakeAt = Infinity;
    if (this.isUp && !this.isPaused) this.#arm();
  }

  /** A datagram arrives at the machine. */
  receive(datagram: Datagram): void {
    if (!this.isUp) return;
    if (this.isPaused) {
      if (!this.inbox.pushDatagram(datagram)) this.#trace('overflow', `<- ${datagram.sender}`);
      return;
    }
    this.#read(datagram);
  }

  /** A stream arrives at the machine. `false`: nobody takes it. */
  accept(connection: Connection): boolean {
    if (!this.isUp) return false;
    if (this.isPaused) return this.inbox.pushConnection(connection);
    this.#serve(connection);
    return true;
  }

  /** A dialled stream has ended, says the kernel. */
  exchangeEnded(exchange: number, outcome: ExchangeOutcome): void {
    if (!this.#exchanges.has(exchange)) return;
    if (this.isPaused) this.inbox.pushOutcome(exchange, outcome);
    else this.#conclude(exchange, outcome);
  }

  /** The driver's own timeout for an exchange has run out. */
  exchangeTimedOut(exchange: number): void {
    if (!this.#exchanges.has(exchange)) return;
    if (this.isPaused) this.inbox.pushTimeout(exchange);
    else this.#failExchange(exchange, { reason: 'timeout', text: 'no reply in time' });
  }

  /** Registers an exchange that the world now carries out. */
  dialled(exchange: number): void {
    this.#exchanges.add(exchange);
  }

  /** Takes the stream to reply on, once. */
  takeStream(stream: number): Connection | undefined {
    const connection = this.#streams.get(stream);
    this.#streams.delete(stream);
    return connection;
  }

  /** Looks at a packet that this node is about to send. */
  checkSent(packet: OpenedPacket, bytes: Uint8Array): void {
    this.#checker?.sent(packet, bytes);
  }

  /** Whether every packet it sends is to be looked at. */
  get isFullyChecked(): boolean {
    return this.#isFullyChecked;
  }

  /** All checks, also the long ones. */
  checkAll(): void {
    if (!this.isUp) return;
    this.#checker?.complete();
    this.#failOnProblem();
  }

  #newChecker(options: EngineOptions, engine: SimulatedEngine): NodeChecker | undefined {
    if (this.#world.checks === 'none') return undefined;
    return new NodeChecker(options, engine, this.#isFullyChecked);
  }

  #running(): SimulatedEngine {
    if (this.#engine === undefined) return this.#world.fail(`${this.id} was never started`);
    return this.#engine;
  }

  #drain(): void {
    for (const datagram of this.inbox.drainDatagrams()) this.#read(datagram);
    for (const connection of this.inbox.drainConnections()) this.#serve(connection);
    for (const { exchange, outcome } of this.inbox.drainOutcomes()) {
      this.#conclude(exchange, outcome);
    }
  }

  #judgeTimeouts(): void {
    for (const exchange of this.inbox.drainTimeouts()) this.exchangeTimedOut(exchange);
  }

  #read(datagram: Datagram): void {
    const { bytes, from, sender } = datagram;
    const opened =
      datagram.opened?.with === this.security
        ? datagram.opened.packet
        : openPacket(bytes, this.security);
    datagram.opened = { with: this.security, packet: opened };
    const world = this.#world;
    if (world.trace.isOn) {
      this.#trace('packet', `<- ${sender} ${describePacket(opened.messages, bytes.length)}`);
      for (const reason of opened.drops) this.#trace('drop', `<- ${sender} ${reason}`);
    }
    if (opened.messages.length > 0) this.#step({ kind: 'packet', from, messages: opened.messages });
  }

  #serve(connection: Connection): void {
    const { request, from, dialler, diallerLife } = connection;
    const read = readStream({
      bytes: request,
      cutAt: randomInteger(this.networkRandom, request.length),
      security: this.security,
      isDialer: false,
    });
    const stream = ++this.#lastStream;
    this.#streams.set(stream, connection);
    if (read.kind === 'message') {
      this.#trace('stream', `<- ${dialler.id} ${read.message.kind} (${request.length} B)`);
      // The peer may be gone: what it wrote is still there to be read, as on a real socket.
      this.#step({ kind: 'stream-request', stream, from, message: read.message });
      return;
    }
    this.#trace('drop', `<- ${dialler.id}/${diallerLife} stream: ${read.reason}`);
    this.#world.reply(this, stream, read.answer ? { kind: 'error', text: read.text } : null);
  }

  #conclude(exchange: number, outcome: ExchangeOutcome): void {
    if (outcome.kind === 'failed') return this.#failExchange(exchange, outcome.failure);
    const { bytes } = outcome;
    const cutAt = randomInteger(this.networkRandom, bytes.length);
    const read = readStream({ bytes, cutAt, security: this.security, isDialer: true });
    if (read.kind === 'failed') {
      return this.#failExchange(exchange, unreadable(read.reason, read.text));
    }
    const { message } = read;
    if (message.kind === 'error') {
      return this.#failExchange(exchange, { reason: 'remote-error', text: message.text });
    }
    this.#trace('reply', `exchange ${exchange} ${message.kind} (${bytes.length} B)`);
    this.#exchanges.delete(exchange);
    this.#step({ kind: 'exchange-replied', exchange, message });
  }

  #failExchange(exchange: number, failure: ExchangeFailure): void {
    this.#exchanges.delete(exchange);
    this.#trace('failed', `exchange ${exchange} ${failure.reason}`);
    this.#step({ kind: 'exchange-failed', exchange, failure });
  }

  #step(input: Input): void {
    const engine = this.#running();
    const world = this.#world;
    if (!this.isUp) return;
    for (const output of this.#outputsOf(engine, input)) this.#carryOut(output);
    this.#checker?.stepped();
    this.#failOnProblem();
    if (this.#hasLostName) {
      world.stopped(this, 'name-lost');
      return;
    }
    if (this.isUp) this.#arm();
  }

  #outputsOf(engine: SimulatedEngine, input: Input): readonly Output[] {
    try {
      return engine.step(input, this.clock.read(this.#world.now));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return this.#world.fail(`${this.id}: the engine threw on ${input.kind}: ${text}`, error);
    }
  }

  #carryOut(output: Output): void {
    switch (output.kind) {
      case 'send':
        return this.#world.send(this, output);
      case 'exchange':
        return this.#world.dial(this, output);
      case 'stream-reply':
        return this.#world.reply(this, output.stream, output.message);
      case 'fact':
        return this.#tell(output.fact);
      case 'answered':
        return this.#answer(output.id, output.result);
      case 'name-lost':
        this.#trace('name-lost', `${output.matching} of ${output.responses}`);
        this.#hasLostName = true;
        return undefined;
      case 'user-event':
      case 'query':
      case 'query-progress':
        return this.#tellUser(output);
      case 'consult': {
        // Nobody is asked in a simulation: whoever comes is taken.
        const verdict = { kind: 'verdict', consult: output.id, verdict: { accept: true } } as const;
        return this.#world.plan(() => this.#step(verdict));
      }
      case 'note':
        return this.#note(output.note);
      default:
        return output satisfies never;
    }
  }

  #tell(fact: Fact): void {
    if (this.#world.trace.isOn) this.#trace('fact', describeFact(fact));
    this.#checker?.fact(fact);
    const kind = eventKindOf(fact);
    if (kind === undefined) return;
    const { name } = fact;
    this.#events.add({ kind, name, time: this.#world.now, member: this.members.get(name) });
  }

  #tellUser(told: Told): void {
    if (this.#world.trace.isOn) this.#trace('told', describeTold(told));
    this.#told.tell(told);
  }

  #answer(id: number, result: CommandResult): void {
    const pending = this.#commands.answer(id, result);
    if (pending === undefined) return this.#world.fail(`${this.id}: command ${id} answered twice`);
    const outcome = result.ok ? 'done' : result.error.code;
    this.#trace('answered', `${pending.command.kind} ${outcome}`);
    // After the step: what the caller does next is a step of its own.
    if (pending.done !== undefined) this.#world.plan(pending.done);
  }

  #note(note: Note): void {
    if (this.#world.trace.isOn) this.#world.trace.remark(this.#world.now, this.id, note.text);
  }

  #arm(): void {
    const time = this.clock.timeOf(this.#running().deadline, this.#world.now);
    if (time >= this.#wakeAt) return;
    this.#wakeAt = time;
    this.#world.schedule({ kind: 'wake', node: this, life: this.#life, time, sequence: 0 });
  }

  #failOnProblem(): void {
    const problem = this.#checker?.problem;
    if (problem !== undefined) this.#world.fail(`${this.id}: ${problem}`);
  }

  #trace(verb: string, detail: string): void {
    this.#world.trace.add(this.#world.now, this.id, verb, detail);
  }
}
