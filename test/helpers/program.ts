import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { resolve } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** The built program. */
export const PROGRAM = resolve(import.meta.dirname, '../../dist/cli.js');

/** An environment in which nothing of this machine configures the program; its home is gone after the test. */
export function cleanEnvironment(): Record<string, string> {
  const home = tempDir();
  return { PATH: process.env['PATH'] ?? '', HOME: home, AGENTSIGHT_CONFIG: `${home}/agentsight.json` };
}

/** Runs the built program to its end. */
export function runProgram(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly node?: string; readonly cwd?: string } = {},
): SpawnSyncReturns<string> {
  const { env = cleanEnvironment(), node = process.execPath, cwd = env['HOME'] ?? '/' } = options;
  return spawnSync(node, [PROGRAM, ...args], { encoding: 'utf8', env, cwd, timeout: 30_000 });
}
