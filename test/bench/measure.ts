import { resolve } from 'node:path';

/** A number that was measured, with what it is measured against. */
export type Measured = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The floor of the same run: what a bare program takes for the same. */
  readonly floor?: number;
  readonly target: string;
  readonly ok: boolean;
};

/** The built program; another build of it may be named, to compare two. */
export const PROGRAM = resolve(process.env['BENCH_PROGRAM'] ?? 'dist/cli.js');

/** How a bench process hands its numbers to the one that prints them. */
export function report(measured: Measured): void {
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}

/** CPU time of this process since it began, user and system, ms: wall time would measure what else the machine does. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What a piece of work took: by the clock, which helper threads of V8 share, and the CPU time of them all, ms. */
export type Took = { readonly wall: number; readonly cpu: number };

/** Starts to measure; returns what tells how long it has been. */
export function stopwatch(): () => Took {
  const [wall, cpu] = [performance.now(), cpuMs()];
  return () => ({ wall: performance.now() - wall, cpu: cpuMs() - cpu });
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export async function pause(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
}
