import type { CommanderError } from 'commander';
import { errnoOf } from '../core/errno.ts';
import { EXIT } from '../commands/exit-codes.ts';
import { VERSION } from '../core/version.ts';
import { complain, flushOutput, outputProblem, print, printError } from '../effects/terminal/output.ts';
import { DryLoopError, endSoon, onCrash, printWarnings, watchOutput, withinLoop } from './process.ts';

/** The codes of the system when a process may have no more open files. */
const TOO_MANY_FILES: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE']);

/** The command that completions run; repeated here because the table of commands is not loaded for it. */
const COMPLETE: typeof import('./commands.ts').COMPLETE = '__complete';

/** The arguments that ask for the version; the parser (program.ts) knows them, too. */
const VERSION_FLAGS: ReadonlySet<string | undefined> = new Set(['--version', '-V']);

/** Parses `argv` (without node and script), runs the front end, and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  watchOutput();
  printWarnings();
  onCrash((error) => process.exit(explain(error)));
  const exitCode = await withinLoop(exitCodeOf(argv));
  await flushOutput();
  const problem = outputProblem();
  if (problem !== null) complain(`cannot write to standard output: ${problem}`);
  endSoon(problem === null ? exitCode : EXIT.usage);
}

async function exitCodeOf(argv: readonly string[]): Promise<number> {
  // Asked for by scripts and by packagers, many times: it needs no parser.
  if (argv.length === 1 && VERSION_FLAGS.has(argv[0])) {
    print(VERSION);
    return EXIT.done;
  }
  if (argv[0] === COMPLETE) {
    const { complete } = await import('../commands/complete.ts');
    await complete(argv[1] ?? '', argv.slice(2));
    return EXIT.done;
  }
  let exitCode = 0;
  const { buildProgram, splitArguments } = await import('./program.ts');
  const { argv: words, rest } = splitArguments(argv);
  const program = buildProgram((code) => {
    exitCode = code;
  }, rest);
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error);
  }
}

// The parser's class is not loaded here for this alone.
function isUsage(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

function explain(error: unknown): number {
  if (isUsage(error)) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof Error && error.name === 'ConfigError') {
    printError(`sightline: ${error.message}`);
    return EXIT.usage;
  }
  if (error instanceof Error && TOO_MANY_FILES.has(errnoOf(error))) {
    complain(`too many open files (${error.message}); raise the limit, for example with "ulimit -n 1024"`);
    return EXIT.usage;
  }
  if (error instanceof DryLoopError) {
    complain(`internal error: ${error.message}; please report it`);
    return EXIT.internal;
  }
  const trace = error instanceof Error ? error.stack : String(error);
  printError(`sightline: this should not have happened, please report it: ${trace}`);
  return EXIT.internal;
}
