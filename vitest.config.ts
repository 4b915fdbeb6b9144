import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    // Cluster tests run whole clusters of processes: two cores carry one such file at a time.
    maxWorkers: 2,
    projects: [
      project('unit', 10_000),
      project('property', 120_000),
      project('sim', 240_000),
      project('integration', 120_000),
      project('interop', 180_000),
    ],
  },
});
