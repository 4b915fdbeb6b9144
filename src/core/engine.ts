/**
 * The protocol, without I/O. A driver hands in what happens (`step`) and the time, carries out what
 * comes back, and calls again at `deadline` at the latest. The engine reads no clock, draws no
 * randomness of its own and arms no timer, so the same code runs on sockets and in a simulator.
 */

import type { CoordinateView } from '../coordinates/proximity.ts';
import type { Address } from '../model/address.ts';
import type { Member } from '../model/member.ts';
import type { StreamMessage } from '../model/message.ts';
import { Announcements } from './announcements.ts';
import type { DropReason } from './codec.ts';
import { Commands } from './commands.ts';
import { Context } from './context.ts';
import type { EngineDependencies, LocalState } from './context.ts';
import { gossip } from './gossip.ts';
import type { ExchangeFailure, Input } from './input.ts';
import { Joins } from './joins.ts';
import { Leaving } from './leaving.ts';
import { NameConflict } from './name-conflict.ts';
import { enrolSelf, expireSuspicion } from './nodes.ts';
import type { Checkpoint, Clocks, EngineOptions } from './options.ts';
import type { Output } from './output.ts';
import { isPingForUs, receive, receiveSerf } from './packets.ts';
import { Prober } from './prober.ts';
import { localState, mergeQuietly, pushPullTick, earlyPushPull } from './push-pull.ts';
import { Queries } from './queries.ts';
import { reap, reconnect } from './reaper.ts';
import { Relays } from './relays.ts';
import { resume } from './resume.ts';
import { heardBefore } from './start-times.ts';
import type { Timer } from './timer.ts';

export type { EngineDependencies, LocalState };

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
  /** How often this node's coordinate became invalid and started anew. */
  readonly coordinateResets: number;
  /** Coordinates and round trips of others that were not believed. */
  readonly coordinatesRejected: number;
  readonly drops: Readonly<Partial<Record<DropReason, number>>>;
}

const noCoordinates: CoordinateView = new Map();

export class Engine {
  readonly #ctx: Context;
  readonly #prober = new Prober();
  readonly #relays = new Relays();
  readonly #queries: Queries;
  readonly #conflict = new NameConflict();
  readonly #joins = new Joins();
  readonly #leaving = new Leaving();
  readonly #announcements = new Announcements();
  readonly #commands: Commands;

  constructor(options: EngineOptions, dependencies: EngineDependencies, now: number) {
    this.#ctx = new Context(options, dependencies, now);
    this.#queries = new Queries(options.querySlots);
    this.#queries.ignoreBefore(heardBefore(options).queryTime);
    this.#commands = new Commands({
      joins: this.#joins,
      leaving: this.#leaving,
      announcements: this.#announcements,
      queries: this.#queries,
    });
  }

  /** Takes an input at time `now` (milliseconds, never falling) and returns what to do, in order. */
  step(input: Input, now: number): readonly Output[] {
    const ctx = this.#ctx;
    ctx.now = Math.max(ctx.now, now);
    ctx.outputs = [];
    this.#take(input);
    if (ctx.isNameDisputed) {
      ctx.isNameDisputed = false;
      this.#conflict.dispute(ctx, this.#queries);
    }
    ctx.earlySync.consider(ctx);
    this.#leaving.consider(ctx);
    this.#announcements.consider(ctx);
    return ctx.outputs;
  }

  /** When to call `step({ kind: 'timer' }, …)` at the latest; `Infinity` if nothing is due ever. */
  get deadline(): number {
    return this.#ctx.deadlines.next;
  }

  /** Every known node, the local one included; `memberState` `none` are not members (yet or any more). */
  get members(): ReadonlyMap<string, Member> {
    return this.#ctx.members;
  }

  /** The network coordinates known, by member, the local node's included; empty when turned off. */
  get coordinates(): CoordinateView {
    return this.#ctx.coordinates?.byName ?? noCoordinates;
  }

  get localState(): LocalState {
    return this.#ctx.localState;
  }

  /** The Lamport clocks: each is one ahead of the newest time seen. */
  get clocks(): Clocks {
    const { memberClock, eventClock, queryClock } = this.#ctx;
    return {
      memberTime: memberClock.time,
      eventTime: eventClock.time,
      queryTime: queryClock.time,
    };
  }

  /** What it takes to go on from here in another engine. */
  checkpoint(): Checkpoint {
    return { members: [...this.#ctx.members.values()], ...this.clocks };
  }

  stats(): EngineStats {
    const ctx = this.#ctx;
    const states = [...ctx.members.values()].map(({ memberState }) => memberState);
    return {
      members: ctx.knownMembers,
      failed: states.filter((state) => state === 'failed').length,
      left: states.filter((state) => state === 'left').length,
      healthScore: ctx.awareness.score,
      incarnation: ctx.members.get(ctx.options.name)?.incarnation ?? 0,
      ...this.clocks,
      nodeQueue: ctx.nodeBroadcasts.size,
      intentQueue: ctx.intentBroadcasts.size,
      eventQueue: ctx.eventBroadcasts.size,
      queryQueue: ctx.queryBroadcasts.size,
      probes: ctx.probes,
      probesFailed: ctx.probesFailed,
      refutations: ctx.refutations,
      coordinateResets: ctx.coordinates?.resets ?? 0,
      coordinatesRejected: ctx.coordinates?.rejected ?? 0,
      drops: { ...ctx.drops },
    };
  }

  #take(input: Input): void {
    const ctx = this.#ctx;
    switch (input.kind) {
      case 'start':
        return this.#start();
      case 'timer':
        return this.#timers();
      case 'packet': {
        const receivers = { prober: this.#prober, relays: this.#relays, queries: this.#queries };
        // News of a death last: a leave intent beside it says that the node left instead of failed.
        for (const message of input.messages) {
          if (message.kind !== 'dead') receive(ctx, receivers, message, input.from);
        }
        for (const message of input.messages) {
          if (message.kind === 'dead') receive(ctx, receivers, message, input.from);
        }
        return;
      }
      case 'stream-request':
        return this.#streamRequest(input.stream, input.message, input.from);
      case 'exchange-replied':
        return this.#exchangeReplied(input.exchange, input.message);
      case 'exchange-failed':
        return this.#exchangeFailed(input.exchange, input.failure);
      case 'verdict':
        return ctx.consults.settle(input.consult, input.verdict);
      case 'paused':
        return this.#paused(input.forMs);
      case 'command':
        return this.#commands.run(ctx, input.id, input.command);
      default:
        return input satisfies never;
    }
  }

  #start(): void {
    const ctx = this.#ctx;
    ctx.localState = 'alive';
    const hasResumed = resume(ctx);
    if (!hasResumed) enrolSelf(ctx);
    const { probeIntervalMs, gossipIntervalMs, pushPullIntervalMs } = ctx.options;
    // Staggered, so that nodes started together do not tick together.
    ctx.arm(ctx.random() * probeIntervalMs, { kind: 'probe' });
    ctx.arm(ctx.random() * gossipIntervalMs, { kind: 'gossip' });
    if (pushPullIntervalMs > 0) {
      // What happened while nobody ran here is asked for at once.
      ctx.arm(hasResumed ? 0 : ctx.random() * pushPullIntervalMs, { kind: 'push-pull' });
    }
    ctx.arm(ctx.options.reapIntervalMs, { kind: 'reap' });
    ctx.arm(ctx.options.reconnectIntervalMs, { kind: 'reconnect' });
  }

  #timers(): void {
    const ctx = this.#ctx;
    // Only what is due now: a timer that re-arms itself for now waits for the next step.
    for (let left = ctx.deadlines.size; left > 0; left -= 1) {
      const timer = ctx.deadlines.takeDue(ctx.now);
      if (timer === undefined) return;
      this.#fire(timer);
    }
  }

  #fire(timer: Timer): void {
    const ctx = this.#ctx;
    switch (timer.kind) {
      case 'probe':
        return this.#prober.tick(ctx);
      case 'probe-timeout':
        return this.#prober.directTimeout(ctx, timer.sequence);
      case 'probe-deadline':
        return this.#prober.deadline(ctx, timer.sequence);
      case 'relay-timeout':
        return this.#relays.timeout(ctx, timer.sequence);
      case 'suspicion': {
        const suspicion = ctx.suspicions.due(timer.name, timer.token);
        if (suspicion !== undefined) expireSuspicion(ctx, suspicion);
        return;
      }
      case 'gossip':
        return gossip(ctx);
      case 'push-pull':
        return pushPullTick(ctx);
      case 'early-sync':
        return earlyPushPull(ctx);
      case 'reap':
        return reap(ctx);
      case 'reconnect':
        return reconnect(ctx);
      case 'command-deadline':
        if (timer.stage === '') return this.#announcements.deadline(ctx, timer.command);
        return this.#leaving.deadline(ctx, timer.stage);
      case 'consult-deadline':
        return ctx.consults.deadline(ctx, timer.consult);
      case 'query-deadline':
        return this.#queries.deadline(timer.query);
      default:
        return timer satisfies never;
    }
  }

  #streamRequest(stream: number, message: StreamMessage, from: Address): void {
    const ctx = this.#ctx;
    const reply = (answer: StreamMessage | null): void => {
      ctx.outputs.push({ kind: 'stream-reply', stream, message: answer });
    };
    switch (message.kind) {
      case 'ping': {
        const { sequence } = message;
        return reply(isPingForUs(ctx, message) ? { kind: 'ack', sequence, payload: null } : null);
      }
      case 'push-pull': {
        // Our state goes out before theirs comes in, as memberlist does: a refusal is ours to log only.
        reply(localState(ctx, message.join));
        return mergeQuietly(ctx, message, from);
      }
      case 'user': {
        const receivers = { prober: this.#prober, relays: this.#relays, queries: this.#queries };
        receiveSerf(ctx, receivers, message.payload, { kind: 'gossip', from });
        return reply(null);
      }
      case 'ack':
      case 'error':
        ctx.drop('unknown-type');
        return reply(null);
      default:
        return message satisfies never;
    }
  }

  #exchangeReplied(exchange: number, message: StreamMessage): void {
    const ctx = this.#ctx;
    const purpose = ctx.exchanges.close(exchange);
    switch (purpose?.kind) {
      case 'stream-probe':
        if (message.kind === 'ack' && message.sequence === purpose.sequence) {
          this.#prober.acknowledged(ctx, message, 'stream');
        }
        return;
      case 'join':
        return this.#joins.replied(ctx, purpose, message);
      case 'push-pull':
      case 'reconnect': {
        if (message.kind !== 'push-pull') return ctx.drop('unknown-type');
        const member = ctx.members.get(purpose.name);
        const from = { ip: member?.ip ?? '', port: member?.port ?? 0 };
        return mergeQuietly(ctx, message, from);
      }
      case undefined:
        return;
      default:
        return purpose satisfies never;
    }
  }

  #exchangeFailed(exchange: number, failure: ExchangeFailure): void {
    const ctx = this.#ctx;
    const purpose = ctx.exchanges.close(exchange);
    if (purpose?.kind === 'join') return this.#joins.failed(ctx, purpose, failure);
    if (purpose?.kind === 'push-pull') {
      ctx.note('warn', 'a push/pull came to nothing', { name: purpose.name, ...failure });
    }
  }

  /** Silence while this process did not run says nothing about others, but something about itself. */
  #paused(forMs: number): void {
    const ctx = this.#ctx;
    ctx.awareness.apply(1);
    this.#prober.abandon(ctx);
    ctx.suspicions.postpone(ctx, forMs);
  }
}
