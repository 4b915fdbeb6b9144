/** `expect(scenario).toSurvive()`: the story comes out as told, under every seed. */

import { expect } from 'vitest';
import { SimulationError, runScenario } from '../../src/testing/index.ts';
import type { Scenario, SimulationOptions } from '../../src/testing/index.ts';

/** The seeds that every story is told under. */
export const seeds = [1, 2, 3];

interface SimulationMatchers<R> {
  toSurvive(options?: SimulationOptions): R;
}

declare module 'vitest' {
  interface Matchers<T> extends SimulationMatchers<T> {}
}

expect.extend({
  toSurvive(scenario: Scenario, options: SimulationOptions = {}) {
    for (const seed of seeds) {
      try {
        runScenario(scenario, { ...options, seed });
      } catch (error) {
        if (!(error instanceof SimulationError)) throw error;
        return { pass: false, message: () => error.message };
      }
    }
    return { pass: true, message: () => `${scenario.title}: came out as told` };
  },
});
