import { defineConfig } from 'vitest/config';

interface Limits {
  readonly timeoutMs: number;
  readonly globalSetup?: string;
  readonly execArgv?: string[];
}

const project = (name: string, { timeoutMs, ...rest }: Limits) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    ...rest,
  },
});

export default defineConfig({
  test: {
    // Cluster tests run whole clusters of processes: two cores carry two such files, and of each a few
    // clusters at a time. They mostly wait.
    maxWorkers: 2,
    maxConcurrency: 4,
    projects: [
      project('unit', { timeoutMs: 10_000 }),
      project('property', { timeoutMs: 120_000 }),
      // Whole clusters in one heap: a larger nursery spares a third of the time.
      project('sim', { timeoutMs: 240_000, execArgv: ['--max-semi-space-size=128'] }),
      project('integration', { timeoutMs: 120_000 }),
      project('interop', { timeoutMs: 180_000, globalSetup: 'test/support/global-setup.ts' }),
    ],
  },
});
