import type { Reporter, TestCase } from 'vitest/node';

/** Names, at the end of a run, each test that passed only when it was run once more. */
export class RetriedReporter implements Reporter {
  readonly #retried: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if ((test.diagnostic()?.retryCount ?? 0) > 0)
      this.#retried.push(`${test.module.relativeModuleId}: ${test.fullName}`);
  }

  onTestRunEnd(): void {
    for (const name of this.#retried) console.log(`run twice: ${name}`);
  }
}
