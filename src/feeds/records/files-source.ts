/** Follows the record files below one root: newest first, then what is appended. */
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import type { Ms } from '../../core/units.ts';
import type { Arrival } from '../../core/feed.ts';
import type { RecordMedium, SkipReason } from '../../core/sources.ts';
import { errnoOf, fileReasonOf } from '../../core/errno.ts';
import type { AgentRecordProblem, SourceDetail } from '../../core/source-reasons.ts';
import type { Book } from './book.ts';
import {
  type FileReaderDeps,
  hasGrown,
  isRecallable,
  newReadFile,
  type ReadFile,
  readOn,
  recall,
} from './file-reader.ts';
import { readFiles } from './history.ts';
import { OldFiles, type OldFilesOf } from './old-files.ts';
import { lineBuffer } from './lines.ts';
import { createHolders, type Holders, type SessionFile } from './holders.ts';
import { createProcesses } from './processes.ts';
import type { FileName, FilesStore } from './provider.ts';
import { isStillRoot, type OpenedFile, openRoot, RefusedFileError, type Root } from './root.ts';
import { createTree, type FoundFile, type Tree } from './tree.ts';
import type { UnpackedSums } from './pool/sums.ts';
import { pause } from '../pause.ts';

/** Interval between two polls for a root that is not there, ms. */
const ABSENT_MS = 2_000;
/** Longest sleep: processes are asked, and files that were written lately are looked at, ms. */
const TICK_MS = 2_000;
/** A file that was written within this time is looked at each tick, whatever the system tells, ms. */
const HOT_MS = 120_000;
const MAX_HOT = 64;
/** The decoder of a file that was not written for so long is made anew when it is, ms. */
const DECODER_MS = 600_000;
/** Files that are looked at together. */
const PARALLEL = 32;
/** Between two deliveries while a history is read, ms. */
const DELIVER_MS = 250;

export type SourceHost = {
  readonly medium: RecordMedium;
  readonly book: Book;
  /** Bytes from which on a history is read by several threads; undefined: as it pays, null: never. */
  readonly threadsFrom: number | null | undefined;
  /** Delivers what is new in the book. */
  readonly deliver: (arrivalOf: (at: Ms, isAppended: boolean) => Arrival, isWhole?: boolean) => void;
  readonly health: (health: 'ok' | 'degraded' | 'lost' | 'absent', detail: SourceDetail) => void;
  readonly caughtUp: () => void;
  /** By the path of a root that is followed: what was left alone of it because it is old. */
  readonly old: Map<string, OldFilesOf>;
  /** Reports what was skipped, and what is left of the old files; `isFlushed`: at once, not a few times a second. */
  readonly progress: (isFlushed: boolean) => void;
  readonly skip: (reason: SkipReason, file: string | null, why: AgentRecordProblem) => void;
  /** The owner of the root is known. */
  readonly owner: (uid: number) => void;
  readonly now: () => Ms;
  /** Arrival of what was there before the source was opened. */
  readonly arrivalOf: (at: Ms) => Arrival;
  /** Files that were last written before are left alone until they change; null reads all. */
  readonly since: Ms | null;
  /** Calls that ended before may be told as sums; null: none may. */
  readonly sumsBefore: Ms | null;
  /** Takes the sums of old calls, behind what was delivered. */
  readonly summed: (sums: readonly UnpackedSums[]) => void;
};

/** Follows a root until the signal aborts. Never rejects for what the files do. */
export async function followFiles(
  path: string,
  store: FilesStore<unknown>,
  host: SourceHost,
  signal: AbortSignal,
): Promise<void> {
  // A folder that comes back has the files that were read, as far as they are the same.
  const files = new Map<string, ReadFile>();
  let openedBefore: Ms | null = null;
  while (!signal.aborted) {
    try {
      const root = await openRoot(path);
      host.owner(root.uid);
      const openedAt = host.now();
      await followRoot({ path, root, store, host, files, openedAt, openedBefore }, signal);
      openedBefore ??= openedAt;
    } catch (error) {
      const [health, detail] = troubleWith(path, error);
      host.health(health, detail);
      await pause(ABSENT_MS, signal);
    }
  }
}

function troubleWith(path: string, error: unknown): readonly ['absent' | 'lost', SourceDetail] {
  const code = errnoOf(error);
  if (code === 'ENOENT') return ['absent', { code: 'records_not_there', path }];
  if (code === 'EACCES' || code === 'EPERM') return ['absent', { code: 'records_denied', path }];
  return ['lost', { code: 'file_failed', path, why: fileReasonOf(error) }];
}

type Opened = {
  /** The root as it was named. */
  readonly path: string;
  readonly root: Root;
  readonly store: FilesStore<unknown>;
  readonly host: SourceHost;
  readonly files: Map<string, ReadFile>;
  readonly openedAt: Ms;
  /** The time when a root of this name was opened first, where it was gone since: what is newer came in a gap. */
  readonly openedBefore: Ms | null;
};

type Following = Opened & {
  readonly tree: Tree;
  readonly old: OldFiles;
  readonly deps: FileReaderDeps;
  readonly processes: ReturnType<typeof createProcesses>;
  /** Null where the agent does not hold its files open. */
  readonly holders: Holders | null;
  isPresent: boolean;
  /** The time when processes and files that were written lately are looked at next, by the monotonic clock. */
  tickAt: number;
};

// Ends when another folder, or none, has taken the name of the root.
async function followRoot(opened: Opened, signal: AbortSignal): Promise<void> {
  const { path, root, store, host, openedAt } = opened;
  const processes = createProcesses(host.book, host.now);
  const deps: FileReaderDeps = {
    root,
    store,
    book: host.book,
    buffer: lineBuffer(),
    malformed: (file, why) => host.skip('malformed', shown(file), why),
    oversized: (file) => host.skip('oversized', shown(file), { code: 'file_too_large' }),
    document: (name, value) => {
      const claim = store.process?.(name, value) ?? null;
      if (claim !== null) processes.claim(keyOf(name), claim);
    },
  };
  const tree = createTree(root, store, {
    unreadable: (folder, error) => {
      const name = cleanLine(folder.join('/'), MAX_TEXT_LENGTH);
      host.skip('unsupported', name, { code: 'unreadable_file', why: fileReasonOf(error) });
    },
  });
  const { book, now } = host;
  const holders = store.holdsOpen === true ? createHolders({ book, root, now, openedAt }) : null;
  const old = new OldFiles(host.since, tree.wake);
  const all: Following = { ...opened, tree, old, deps, processes, holders, isPresent: false, tickAt: 0 };
  host.old.set(root.path, old);
  try {
    await readHistory(all, signal);
    while (!signal.aborted) {
      if (old.waiting === 0) await tree.wait(TICK_MS, signal);
      if (signal.aborted) return;
      const isTick = await readChanges(all, signal);
      if (isTick && !(await isStillRoot(path, root))) return;
      await readOld(all, signal);
    }
  } finally {
    host.old.delete(root.path);
    tree.close();
  }
}

// One at a time: what is appended meanwhile does not wait for all of them.
async function readOld(all: Following, signal: AbortSignal): Promise<void> {
  const { old, host } = all;
  const found = old.next();
  if (found === undefined || signal.aborted) return;
  const file = fileOf(all, found.name);
  await readOne(all, file, signal);
  await deliver(all, signal, old.waiting === 0);
  if (file.book !== null) file.book.isAppended = true;
  report(all);
  if (old.waiting === 0) host.progress(true);
}

async function readHistory(all: Following, signal: AbortSignal): Promise<void> {
  const { tree, host, processes } = all;
  host.health('ok', { code: 'reading_records', path: shownPath(all.root.path) });
  const found: FoundFile[] = [];
  await tree.walk((file) => found.push(file), signal);
  found.sort((a, b) => b.mtimeMs - a.mtimeMs);
  let deliverAt = performance.now() + DELIVER_MS;
  const isWanted = ({ key, name, mtimeMs }: FoundFile): boolean =>
    host.since === null || mtimeMs >= host.since || !isHistory(name) || all.files.has(key);
  const wanted = found.filter(isWanted);
  all.old.add(found.filter((file) => !isWanted(file)));
  const deliverInTime = async (): Promise<void> => {
    if (performance.now() < deliverAt) return;
    await deliver(all, signal);
    deliverAt = performance.now() + DELIVER_MS;
  };
  const sums: UnpackedSums[] = [];
  await readFiles(
    wanted,
    {
      medium: host.medium,
      deps: all.deps,
      threadsFrom: host.threadsFrom,
      isHot: (file) => host.now() - file.mtimeMs < HOT_MS,
      fileOf: ({ name }) => fileOf(all, name),
      read: (file, opening) => readOne(all, file, signal, opening),
      missed: (file, error) => missed(all, file, error),
      afterEach: deliverInTime,
      sumsBefore: host.sumsBefore,
      summed: (more) => void sums.push(...more),
    },
    signal,
  );
  if (signal.aborted) return;
  await processes.check();
  await deliver(all, signal, true);
  host.summed(sums);
  all.isPresent = true;
  for (const file of all.files.values()) if (file.book !== null) file.book.isAppended = true;
  report(all);
  host.caughtUp();
}

// Returns true where it was time to look at what the system does not tell of.
async function readChanges(all: Following, signal: AbortSignal): Promise<boolean> {
  const { tree, processes } = all;
  const { changed, listed } = await tree.changed();
  const names = new Map(changed.map((name) => [keyOf(name), name]));
  for (const name of await grown(all, listed)) names.set(keyOf(name), name);
  const isTick = performance.now() >= all.tickAt;
  if (isTick) {
    all.tickAt = performance.now() + TICK_MS;
    for (const name of await grown(all, hotFiles(all))) names.set(keyOf(name), name);
  }
  for (const name of names.values()) {
    if (signal.aborted) return isTick;
    const file = fileOf(all, name);
    await readOne(all, file, signal);
    await deliver(all, signal);
    if (file.book !== null) file.book.isAppended = true;
  }
  // A process document among the changes is looked at with the next tick.
  if (isTick) dropDecoders(all);
  if (isTick) await processes.check();
  if (isTick) await all.holders?.check(sessionFiles(all));
  await deliver(all, signal);
  report(all);
  return isTick;
}

function* sessionFiles({ files, host }: Following): Iterable<SessionFile> {
  for (const { name, lastWriteMs } of files.values()) {
    const isRecent = host.now() - lastWriteMs < HOT_MS;
    if (isRecent && name.sessionId !== null) yield { path: name.path, sessionId: name.sessionId, lastWriteMs };
  }
}

// The system may lose what it tells; a file that is written now is looked at all the same.
function hotFiles({ files, host }: Following): readonly FileName[] {
  const now = host.now();
  const hot: FileName[] = [];
  for (const file of files.values()) {
    if (now - file.lastWriteMs < HOT_MS) hot.push(file.name);
    if (hot.length >= MAX_HOT) break;
  }
  return hot;
}

/** Returns those of some files that are not as they were when they were read, or found. */
async function grown({ files, old, root }: Following, names: readonly FileName[]): Promise<readonly FileName[]> {
  const changed: FileName[] = [];
  for (let at = 0; at < names.length; at += PARALLEL) {
    const part = names.slice(at, at + PARALLEL).map(async (name) => {
      const key = keyOf(name);
      const file = files.get(key) ?? old.get(key);
      return file === undefined || (await hasGrown(file, root)) ? [name] : [];
    });
    changed.push(...(await Promise.all(part)).flat());
  }
  return changed;
}

async function readOne(
  all: Following,
  file: ReadFile,
  signal: AbortSignal,
  opening?: Promise<OpenedFile>,
): Promise<void> {
  try {
    await readOn(file, all.deps, signal, opening);
    file.failure = null;
  } catch (error) {
    missed(all, file, error);
  }
}

function missed({ host, processes, files }: Following, file: ReadFile, error: unknown): void {
  const isRefused = error instanceof RefusedFileError;
  const code = isRefused ? error.why : errnoOf(error);
  // One that was written lately is looked at each tick, and is skipped once.
  const isKnown = file.failure === code;
  file.failure = code;
  if (isRefused) {
    if (!isKnown) host.skip('unsupported', shown(file.name), { code: 'refused_file', why: error.why });
    return;
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    processes.gone(keyOf(file.name));
    // What it reported stays; a file that comes back under the name is another one.
    file.stamp = '';
    if (file.book === null) files.delete(keyOf(file.name));
    return;
  }
  if (!isKnown) host.skip('unsupported', shown(file.name), { code: 'unreadable_file', why: fileReasonOf(error) });
}

async function deliver(all: Following, signal: AbortSignal, isWhole = false): Promise<void> {
  const { host, openedAt, openedBefore, isPresent } = all;
  if (!host.book.isDirty()) return;
  await recallAll(all, signal);
  // A file of another root, which is the one to read it.
  if (host.book.recalls().length > 0) return;
  host.deliver((at, isAppended) => {
    if (isPresent && (isAppended || at >= openedAt)) return 'live';
    return openedBefore !== null && at >= openedBefore ? 'gap' : host.arrivalOf(at);
  }, isWhole);
}

// What is reported calls that were forgotten is decided with all of their file.
async function recallAll({ host: { book }, files, deps }: Following, signal: AbortSignal): Promise<void> {
  for (let left = book.recalls(); left.length > 0;) {
    const own = [...files.values()].filter((file) => file.book !== null && left.includes(file.book));
    for (const file of own) {
      // One that is gone, or another by now, tells no more.
      await recall(file, deps, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (file.book !== null) book.recalled(file.book);
    }
    left = own.length === 0 ? [] : book.recalls();
  }
}

// What a decoder knows of a session is some kB, and of most it is never needed again.
function dropDecoders({ files, store, host }: Following): void {
  const before = host.now() - DECODER_MS;
  for (const file of files.values()) {
    if (file.decoder !== null && file.lastWriteMs < before && isRecallable(file, store)) file.decoder = null;
  }
}

function report({ host, tree, root, files, old }: Following): void {
  const path = shownPath(root.path);
  host.progress(false);
  if (tree.isFull()) return host.health('degraded', { code: 'too_many_files', path });
  host.health('ok', { code: 'following_records', path, files: files.size + old.size });
}

// Documents beside the sessions are small, and what they tell is needed whenever it was written.
function isHistory({ format, kind }: FileName): boolean {
  return kind === 'session' || (format !== 'document' && format !== 'text');
}

function fileOf({ files, old }: Following, name: FileName): ReadFile {
  const key = keyOf(name);
  const known = files.get(key);
  if (known !== undefined) return known;
  old.take(key);
  const made = newReadFile(name);
  files.set(key, made);
  return made;
}

function keyOf({ path }: FileName): string {
  return path.join('/');
}

function shown(name: FileName): string {
  return cleanLine(keyOf(name), MAX_TEXT_LENGTH);
}

function shownPath(path: string): string {
  return cleanLine(path, MAX_TEXT_LENGTH);
}
