/** How long something left open may keep a finished program, ms. */
const LINGER_MS = 300;

/** Sets the exit code and lets the process end by itself, or ends it where something was left open. */
export function endSoon(exitCode: number): void {
  process.exitCode ??= exitCode;
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Calls back for an error that nobody caught. */
export function onCrash(callback: (error: unknown) => void): void {
  process.once('uncaughtException', callback);
}

/** Thrown when nothing is left that could ever call us back, though a command has not finished. */
export class DryLoopError extends Error {
  override readonly name = 'DryLoopError';

  constructor() {
    super('the event loop ran dry before the command had finished; nothing is followed any more');
  }
}

/**
 * Throws a `DryLoopError` as an uncaught exception where the event loop runs dry before `work` has settled: Node would
 * end the process then, with exit code 0 and without a word. Resolves or rejects as `work` does.
 */
export async function withinLoop<T>(work: Promise<T>): Promise<T> {
  const onDry = (): void => {
    throw new DryLoopError();
  };
  process.once('beforeExit', onDry);
  try {
    return await work;
  } finally {
    process.off('beforeExit', onDry);
  }
}

/** A reader that goes away (`| head`) is no error; what else is wrong with our own output is said once. */
export function surviveClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`sightline: cannot write to standard output: ${error.message}\n`);
    process.exitCode = 2;
  });
  process.stderr.on('error', () => undefined);
}

/** node:sqlite announces itself as experimental on some of the Nodes that we support; nobody can act on that. */
export function ignoreExperimentalWarnings(): void {
  const emit = process.emitWarning.bind(process) as (warning: string | Error, ...rest: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] !== 'ExperimentalWarning') emit(warning, ...rest);
  };
}
