import { CommanderError } from 'commander';
import {
  DryLoopError,
  endSoon,
  ignoreExperimentalWarnings,
  onCrash,
  surviveClosedOutput,
  withinLoop,
} from './process.ts';
import { buildProgram } from './program.ts';

/** A mistake of ours, so that it is not taken for what `once` says with 1. */
const EXIT_CRASHED = 70;

/** Parses `argv` (without node and script), runs the front end, and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  surviveClosedOutput();
  ignoreExperimentalWarnings();
  onCrash((error) => process.exit(explain(error)));
  endSoon(await withinLoop(exitCodeOf(argv)));
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
  if (error instanceof DryLoopError) {
    process.stderr.write(`sightline: internal error: ${error.message}; please report it\n`);
    return EXIT_CRASHED;
  }
  const trace = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`sightline: this should not have happened, please report it: ${trace}\n`);
  return EXIT_CRASHED;
}
