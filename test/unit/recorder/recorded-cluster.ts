/** Simulated clusters whose engines are recorded. */

import type { Fact } from '../../../src/model/fact.ts';
import { recorderDefaults } from '../../../src/recorder/bounds.ts';
import type { RecorderBounds } from '../../../src/recorder/bounds.ts';
import { RecordedEngine } from '../../../src/recorder/recorded-engine.ts';
import { createSimulation } from '../../../src/testing/simulation.ts';
import type { Simulation } from '../../../src/testing/simulation.ts';
import type { SimulationOptions } from '../../../src/testing/simulation-options.ts';

/** An engine of the simulation, in one of its lives, and every fact that it told. */
export interface Life {
  readonly name: string;
  readonly engine: RecordedEngine;
  readonly facts: readonly Fact[];
}

export interface RecordedCluster {
  readonly simulation: Simulation;
  /** In the order in which they were started. */
  readonly lives: readonly Life[];
}

/** A simulation that records every node, with the bounds of each. */
export function recordedCluster(
  options: SimulationOptions,
  bounds: Partial<RecorderBounds> = {},
): RecordedCluster {
  const lives: Life[] = [];
  const simulation = createSimulation({
    ...options,
    createEngine: (engineOptions, { random: _other, ...dependencies }, now) => {
      const engine = new RecordedEngine({
        bounds: { ...recorderDefaults, ...bounds },
        seed: (options.seed ?? 1) * 1_000 + lives.length,
        options: engineOptions,
        dependencies,
        now,
      });
      const facts: Fact[] = [];
      const step = engine.step.bind(engine);
      engine.step = (input, at) => {
        const outputs = step(input, at);
        for (const output of outputs) if (output.kind === 'fact') facts.push(output.fact);
        return outputs;
      };
      lives.push({ name: engineOptions.name, engine, facts });
      return engine;
    },
  });
  return { simulation, lives };
}
