/** An engine that does what a test tells it to, and remembers what it was told. */

import type { EngineStats } from '../../../src/core/engine.ts';
import type { Input } from '../../../src/core/input.ts';
import type { Checkpoint } from '../../../src/core/options.ts';
import type { Output } from '../../../src/core/output.ts';
import type { DrivenEngine } from '../../../src/workers/driver.ts';

export class FakeEngine implements DrivenEngine {
  readonly steps: { readonly input: Input; readonly now: number }[] = [];
  deadline = Infinity;
  readonly clocks = { memberTime: 1, eventTime: 1, queryTime: 1 };
  readonly coordinates: DrivenEngine['coordinates'] = new Map();
  /** What the next steps return, by the kind of their input. */
  react: (input: Input, now: number) => readonly Output[] = () => [];

  step(input: Input, now: number): readonly Output[] {
    this.steps.push({ input, now });
    return this.react(input, now);
  }

  checkpoint(): Checkpoint {
    return { members: [], memberTime: 1, eventTime: 1, queryTime: 1 };
  }

  stats(): EngineStats {
    return {
      members: 1,
      failed: 0,
      left: 0,
      healthScore: 0,
      incarnation: 1,
      memberTime: 1,
      eventTime: 1,
      queryTime: 1,
      nodeQueue: 0,
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

  /** The inputs of one kind so far. */
  inputs<K extends Input['kind']>(kind: K): readonly Extract<Input, { kind: K }>[] {
    return this.steps
      .map(({ input }) => input)
      .filter((input): input is Extract<Input, { kind: K }> => input.kind === kind);
  }
}
