import { complain, onOutputState } from '../effects/terminal/output.ts';
import { EXIT } from '../commands/exit-codes.ts';

/** The longest time that a handle left open may keep a finished program, ms. */
const LINGER_MS = 300;

/** Sets the exit code and lets the process end by itself, or ends it where something was left open. */
export function endSoon(exitCode: number): void {
  process.exitCode ??= exitCode;
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Calls back for an uncaught error. */
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
 * end the process then, with exit code 0 and without a message. Resolves or rejects as `work` does.
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

/** Errors of a reader that goes away (`| head`) or of a terminal that is closed: no failures of ours. */
const READER_GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ECONNRESET', 'EIO']);

/** Fails the process when its output is lost for another reason than that its reader left. */
export function watchOutput(): void {
  onOutputState((state, error) => {
    if (state !== 'gone' || error === null || READER_GONE.has(error.code)) return;
    complain(`cannot write to standard output: ${error.message}`);
    process.exitCode = EXIT.usage;
  });
}

/** Prints Node's warnings like everything else that we print, and none about node:sqlite, which no user can act on. */
export function printWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name !== 'ExperimentalWarning') complain(`${name}: ${message}`);
  });
}
