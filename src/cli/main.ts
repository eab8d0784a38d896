import { CommanderError } from 'commander';
import { ignoreExperimentalWarnings, surviveClosedOutput } from './process.ts';
import { buildProgram } from './program.ts';

/** Parses `argv` (without node and script), runs the front end, and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  surviveClosedOutput();
  ignoreExperimentalWarnings();
  process.exitCode = await exitCodeOf(argv);
}

async function exitCodeOf(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Error && error.name === 'ConfigError') {
    process.stderr.write(`sightline: ${error.message}\n`);
    return 2;
  }
  process.stderr.write(
    `sightline: this should not have happened: ${String(error instanceof Error ? error.stack : error)}\n`,
  );
  return 70;
}
