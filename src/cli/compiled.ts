import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

/** The exports of the script: `whole.ts`. */
type Whole = typeof import('./whole.ts');
type Run = (
  place: { readonly url: string; readonly dirname: string },
  require: (name: string) => unknown,
) => Promise<Whole>;

/** The whole program as one script; it is there in the built program alone. */
const FILE = join(import.meta.dirname, 'whole.js');
/** The hash that the build puts in front of the script. */
const HASH = /^\/\*(?<hash>[0-9a-f]{16})\*\//;
/** The folder of compiled code, in that of the built program. */
const COMPILED = '.compiled';
/** From the start until its compiled functions are kept, ms: the screen is drawn, and most that follows a start has run. */
const KEEP_AFTER_MS = 2_000;
/** Mode bits: group and others. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Loads the program as one script, with what an earlier start has compiled of it, and keeps that of this start where there
 * is none that fits: beside the program, as Python does. Returns null without a terminal, where it may not be kept, or
 * where there is no script: then the program's modules are loaded.
 */
export async function loadWhole(): Promise<Whole['main'] | null> {
  // A service or a script leaves no files in the program's folder.
  if (!isatty(1)) return null;
  const program = dirname(import.meta.dirname);
  if (process.env['NODE_DISABLE_COMPILE_CACHE'] !== undefined || !mayKeepIn(program)) return null;
  const source = readIfThere(FILE)?.toString('latin1');
  const hash = source === undefined ? undefined : HASH.exec(source)?.groups?.['hash'];
  if (source === undefined || hash === undefined) return null;
  // V8 itself checks its version, its flags and the length of the source.
  const kept = join(program, COMPILED, `${process.version}-${process.arch}-${hash}`);
  const { script, fits } = compile(source, kept);
  const { main, withDefaultFlags } = await (script.runInThisContext() as Run)(
    { url: pathToFileURL(FILE).href, dirname: import.meta.dirname },
    (name: string) => process.getBuiltinModule(name),
  );
  const keepNow = (): void => void keep(kept, () => withDefaultFlags(() => script.createCachedData()));
  if (!fits) setTimeout(keepNow, KEEP_AFTER_MS).unref();
  return main;
}

// Apart, so that nothing holds what was read while the program runs.
function compile(source: string, kept: string): { readonly script: Script; readonly fits: boolean } {
  const cachedData = readIfThere(kept);
  const script = new Script(source, { filename: FILE, ...(cachedData !== undefined && { cachedData }) });
  return { script, fits: script.cachedDataRejected === false };
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Writes compiled code; does nothing where that fails (a read-only disk, or one that is full). */
async function keep(file: string, compiled: () => Buffer): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const written = await open(unfinished, 'wx', 0o600);
    try {
      await written.writeFile(compiled());
      // V8 trusts the content: it must not be there in part after a failure of power.
      await written.sync();
    } finally {
      await written.close();
    }
    await rename(unfinished, file);
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

/**
 * Returns true for a folder of ours that no other user may write to: compiled code is then trusted as far as the program itself.
 * In another user's folder root would leave files that the owner cannot remove.
 */
export function mayKeepIn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.uid === process.geteuid?.() && (found.mode & WRITABLE_BY_OTHERS) === 0;
}
