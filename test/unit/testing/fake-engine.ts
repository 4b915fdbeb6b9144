/** An engine that does what a test tells it, to test the world around engines. */

import type { Input } from '../../../src/core/input.ts';
import type { EngineOptions } from '../../../src/core/options.ts';
import type { Output } from '../../../src/core/output.ts';
import { evolve } from '../../../src/model/evolve.ts';
import type { Fact } from '../../../src/model/fact.ts';
import type { Member } from '../../../src/model/member.ts';
import type { EngineFactory, SimulatedEngine } from '../../../src/testing/index.ts';
import { codec } from '../../../src/wire/codec.ts';

type Answer = (input: Input, now: number) => readonly Output[];

export class FakeEngine implements SimulatedEngine {
  readonly options: EngineOptions;
  readonly inputs: { readonly input: Input; readonly now: number }[] = [];
  readonly members = new Map<string, Member>();
  deadline = Infinity;
  localState = 'alive' as const;
  queued = 0;
  answer: Answer = () => [];

  constructor(options: EngineOptions) {
    this.options = options;
  }

  step(input: Input, now: number): readonly Output[] {
    this.inputs.push({ input, now });
    if (input.kind === 'timer' && this.deadline <= now) this.deadline = Infinity;
    const outputs = this.answer(input, now);
    for (const output of outputs) if (output.kind === 'fact') evolve(this.members, output.fact);
    return outputs;
  }

  kinds(): string[] {
    return this.inputs.map(({ input }) => input.kind);
  }

  checkpoint() {
    return { members: [...this.members.values()], memberTime: 1, eventTime: 1, queryTime: 1 };
  }

  stats() {
    return {
      members: this.members.size,
      failed: 0,
      left: 0,
      healthScore: 0,
      incarnation: 1,
      memberTime: 1,
      eventTime: 1,
      queryTime: 1,
      nodeQueue: this.queued,
      intentQueue: 0,
      eventQueue: 0,
      queryQueue: 0,
      probes: 0,
      probesFailed: 0,
      refutations: 0,
      coordinateResets: 0,
      coordinatesRejected: 0,
      drops: {},
    };
  }
}

/** A factory, and the engines it made, newest first under each name. */
export function fakeEngines(answer: (options: EngineOptions) => Answer = () => () => []) {
  const made: FakeEngine[] = [];
  const createEngine: EngineFactory = (options) => {
    const engine = new FakeEngine(options);
    engine.answer = answer(options);
    made.push(engine);
    return engine;
  };
  const of = (name: string): FakeEngine =>
    made.findLast(({ options }) => options.name === name) as FakeEngine;
  return { createEngine, made, of };
}

export const addressOf = (index: number) => ({ ip: `10.0.0.${index}`, port: 7946 });

/** A ping to the `index`th node. */
export function pingTo(index: number, sequence = 1): Output {
  const message = codec.encode({
    kind: 'ping',
    sequence,
    node: `n${index}`,
    sourceAddress: new Uint8Array(),
    sourcePort: 0,
    sourceNode: '',
  });
  return { kind: 'send', to: addressOf(index), message, checksum: false };
}

/** A stream ping to the `index`th node. */
export function dialTo(index: number, exchange = 1, expectsReply = true): Output {
  return {
    kind: 'exchange',
    exchange,
    to: addressOf(index),
    request: {
      kind: 'ping',
      sequence: exchange,
      node: `n${index}`,
      sourceAddress: new Uint8Array(),
      sourcePort: 0,
      sourceNode: '',
    },
    expectsReply,
    timeoutMs: 1_000,
  };
}

/** A fact about `name`, as a node came up. */
export function joined(name: string, incarnation: number): Output {
  const fact: Fact = {
    kind: 'node-joined',
    name,
    at: 0,
    cause: { kind: 'consequence' },
    incarnation,
    address: addressOf(9),
    meta: new Uint8Array(),
    tags: new Map(),
    versions: {
      protocolMin: 1,
      protocolMax: 5,
      protocolCurrent: 2,
      delegateMin: 2,
      delegateMax: 5,
      delegateCurrent: 5,
    },
  };
  return { kind: 'fact', fact };
}
