import { defineConfig } from 'vitest/config';
import { RetriedReporter } from './test/helpers/retried-reporter.ts';

/** Where .ci/run wants the results of all tests as JSON. */
const report = process.env['REPORT'];

export default defineConfig({
  test: {
    reporters: ['default', new RetriedReporter(), ...(report ? ['json'] : [])],
    ...(report && { outputFile: { json: report } }),
    globalSetup: 'test/helpers/build-helper.ts',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/e2e/**', 'test/bench/**', 'test/faults/**'],
          // Real children, git and databases on two busy cores: a worker for each, on any machine. A test that fails is
          // run once more, and .ci/run names it: other processes decide when many of them go on.
          maxWorkers: 2,
          testTimeout: 30_000,
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
      // Against the built program, in real processes: two files at a time, which mostly wait, and not beside the unit
      // tests, so that none starves another on a small machine. A session in a terminal that fails is played once more:
      // what it waits for comes from other processes, and a machine that stood still for seconds is no fault of the
      // program.
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          retry: 1,
          sequence: { groupOrder: 2 },
        },
      },
      // Attacks and failures, each a few times; never retried.
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
