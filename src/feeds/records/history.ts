/** Reads the history of a root: newest first, with other threads where that pays. */
import type { RecordMedium } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import { KeyNumbers } from './key-numbers.ts';
import { adopt, type FileReaderDeps, type ReadFile } from './file-reader.ts';
import { type Pool, startPool } from './pool/pool.ts';
import type { ReadResult } from './pool/protocol.ts';
import { replay } from './pool/recorder.ts';
import { type UnpackedSums, unpackSums } from './pool/sums.ts';
import { openBelow, type OpenedFile, RefusedFileError } from './root.ts';
import type { FoundFile } from './tree.ts';

/** Files that are opened ahead of the one that is read. */
const OPENED_AHEAD = 8;

export type HistoryOptions = {
  readonly medium: RecordMedium;
  readonly deps: FileReaderDeps;
  /** Bytes from which on several threads read; left out: as it pays, null: never. */
  readonly threadsFrom?: number | null | undefined;
  /** This thread has to read a file itself: it is being written, and its decoder goes on. */
  readonly isHot: (file: FoundFile) => boolean;
  readonly fileOf: (file: FoundFile) => ReadFile;
  /** Reads a file; reports what is wrong with it. */
  readonly read: (file: ReadFile, opening?: Promise<OpenedFile>) => Promise<void>;
  readonly missed: (file: ReadFile, error: unknown) => void;
  /** Called after each file. */
  readonly afterEach: () => Promise<void>;
  /** Calls that ended before may be told as sums; null: none may. */
  readonly sumsBefore: Ms | null;
  /** Takes the sums of all files that told of their calls so, once what was told singly has been delivered. */
  readonly summed: (sums: readonly UnpackedSums[]) => void;
};

/** Reads files, in their order as far as they are read by one thread. */
export async function readFiles(
  wanted: readonly FoundFile[],
  options: HistoryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { medium, threadsFrom, deps } = options;
  const { root, store } = deps;
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  const isShared = store.decodesApart === true && threadsFrom !== null;
  const pool = isShared ? startPool({ medium, root }, { bytes, worthBytes: threadsFrom }, signal) : null;
  if (pool === null) return readAlone(wanted, options, signal);
  try {
    await readShared(wanted, { ...options, pool }, signal);
  } finally {
    pool.close();
  }
}

async function readAlone(
  wanted: readonly FoundFile[],
  { deps, fileOf, read, afterEach }: HistoryOptions,
  signal: AbortSignal,
): Promise<void> {
  const opening: Promise<OpenedFile>[] = [];
  for (const [at, file] of wanted.entries()) {
    // The next ones are opened meanwhile.
    for (const next of wanted.slice(at + opening.length, at + OPENED_AHEAD)) opening.push(openAhead(deps, next));
    if (signal.aborted) return closeAll(opening);
    await read(fileOf(file), opening.shift());
    await afterEach();
  }
}

// This thread takes over what the others have read, which is work enough. Files that are being written stay with it, as it
// has to go on with their decoders.
async function readShared(
  wanted: readonly FoundFile[],
  options: HistoryOptions & { readonly pool: Pool },
  signal: AbortSignal,
): Promise<void> {
  const { deps, pool, fileOf, read, missed, isHot, afterEach, sumsBefore } = options;
  const summed: Summed[] = [];
  const sharing = new Sharing();
  const answers: (() => Promise<void>)[] = [];
  const isOurs = (file: FoundFile): boolean => file.name.format !== 'lines' || isHot(file);
  const ours = wanted.filter(isOurs);
  const theirs: ToRead[] = wanted.filter((found) => !isOurs(found)).map((found) => ({ found, before: sumsBefore }));
  const give = ({ found, before }: ToRead): void => {
    pool.read(found.name, before, (answer) => {
      const file = fileOf(found);
      answers.push(async () => {
        if (answer === null) return read(file);
        if (answer.type === 'read') {
          const { sums, ...told } = answer;
          if (sums === null) takeOver(file, told, deps);
          else {
            // While the threads read on.
            sharing.add(sums.keys);
            summed.push({ found, told, sums: unpackSums(sums) });
          }
          return;
        }
        missed(file, answer.type === 'refused' ? new RefusedFileError(answer.why) : errorOf(answer));
      });
    });
  };
  let given = 0;
  while (!signal.aborted) {
    for (const file of theirs.slice(given, given + pool.room())) {
      give(file);
      given += 1;
    }
    const answer = answers.shift();
    const own = answer === undefined ? ours.shift() : undefined;
    if (answer !== undefined) await answer();
    else if (own !== undefined) await read(fileOf(own));
    else if (pool.pending() > 0) await pool.next();
    else if (summed.length > 0 && given === theirs.length) theirs.push(...takeSums(summed.splice(0), sharing, options));
    else break;
    await afterEach();
    await nextTurn();
  }
  // The threads have ended by themselves, for want of memory perhaps.
  const left = [...summed, ...theirs.slice(given)].map(({ found }) => found);
  await readAlone(left, options, signal);
}

type ToRead = { readonly found: FoundFile; readonly before: Ms | null };
type Told = Omit<ReadResult, 'sums'>;
type Summed = { readonly found: FoundFile; readonly told: Told; readonly sums: UnpackedSums };

/** Takes over the files that share nothing with another one; the others are to be read once more, for their calls. */
function takeSums(
  all: readonly Summed[],
  sharing: Sharing,
  { deps, fileOf, summed }: HistoryOptions,
): readonly ToRead[] {
  const shared = sharing.with(deps.book.keys());
  const apart = all.filter((_, at) => !shared.has(at));
  for (const { found, told } of apart) takeOver(fileOf(found), told, deps);
  summed(apart.map(({ sums }) => sums));
  return all.filter((_, at) => shared.has(at)).map(({ found }) => ({ found, before: null }));
}

/** Finds the files that have a key in common, by their place among those that were added. */
class Sharing {
  readonly #owners = new KeyNumbers();
  readonly #shared = new Set<number>();
  #files = 0;

  add(keys: Float64Array): void {
    const file = this.#files;
    this.#files += 1;
    for (const key of keys) {
      const owner = this.#owners.get(key);
      if (owner === undefined) this.#owners.set(key, file);
      else if (owner !== file) this.#shared.add(owner).add(file);
    }
  }

  /** Returns those that share a key with another one, or have one that is known already. */
  with(known: Iterable<number>): ReadonlySet<number> {
    for (const key of known) {
      const owner = this.#owners.get(key);
      if (owner !== undefined) this.#shared.add(owner);
    }
    return this.#shared;
  }
}

// The error of the system, as it was in the other thread.
function errorOf({ code, text }: { readonly code: string; readonly text: string }): Error {
  return Object.assign(new Error(text), { code });
}

async function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function takeOver(file: ReadFile, read: Told, deps: FileReaderDeps): void {
  const book = adopt(file, deps, read.state, read.position);
  replay(read.report, book, (why) => deps.malformed(file.name, why));
  for (let line = 0; line < read.oversized; line += 1) deps.oversized(file.name);
}

function openAhead({ root }: FileReaderDeps, { name }: FoundFile): Promise<OpenedFile> {
  const opening = openBelow(root, name.path);
  // The reader of the file learns of its error.
  opening.catch(() => undefined);
  return opening;
}

function closeAll(opening: readonly Promise<OpenedFile>[]): void {
  for (const one of opening) void one.then(({ handle }) => handle.close()).catch(() => undefined);
}
