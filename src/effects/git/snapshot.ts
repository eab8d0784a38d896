import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { summaryOf } from './left-out.ts';
import type { RunResult } from '../process/run.ts';
import { git } from './store/git.ts';
import { type Import, type Imported, importStream } from './store/import-stream.ts';
import { type Store, ensureStore } from './store/layout.ts';
import { type SnapshotRecord, formatRecord, holdForCache, importedCommit } from './store/refs.ts';
import { ensureRoom } from './store/room.ts';
import { type Run, beginRun, endRun, publish } from './store/runs.ts';
import type { Helper } from './helper/helper.ts';
import type { Session } from './helper/session.ts';
import { type SyncBudget, listFolder, readContents } from './helper/tasks.ts';
import { MAX_NAMED, RATE_FROM_BYTES, SYNC_BUDGET_MS, SYNC_SHARE } from './limits.ts';
import { type Found, type Workspace, findFolder } from './workspace/open.ts';
import { type Mappings, findMappings } from './workspace/mappings.ts';
import {
  type StatCache,
  likelyOid,
  readStatCache,
  unchangedOid,
  withUnsure,
  writeStatCache,
} from './workspace/stat-cache.ts';
import type { Entry, LeftOut, Walked } from './workspace/entry.ts';

/** The limits of a run. */
export type Limits = {
  /** Ends reading: the deadline, or one of the others. */
  readonly signal: AbortSignal;
  /** Kills git at once. */
  readonly abort: AbortSignal;
  /** Monotonic time in ms (`performance.now`) at which git is ended; null for never. */
  readonly endsAt: number | null;
  /** The share up to which the file system of the store may be filled, 0…1. */
  readonly maxUsedRatio: number;
  /** Monotonic time in ms after which no further file is begun, so that what was read can still be kept. */
  readonly readsUntil: number | null;
  /** Asked with it: does something more urgent wait? Absent: nothing is more urgent. */
  readonly isPreempted?: () => boolean;
  /** Called with what has to be read, before it is. */
  readonly onChanged?: (changed: Changed) => void;
};

/** The amount that has to be read for a snapshot, and the largest files of it. */
export type Changed = Amount & { readonly largest: readonly Entry[] };

export const UNLIMITED = { endsAt: null, readsUntil: null, maxUsedRatio: 1 } as const;

/** Called with the progress of a run. */
export type OnProgress = (done: Amount, total: Amount) => void;

/** The workspace as a commit in a run's own repository; the store has nothing of it yet. */
export type Taken = Amount & {
  readonly type: 'taken';
  readonly run: Run;
  readonly commit: string;
  readonly leftOut: readonly LeftOut[];
  readonly cache: StatCache;
  /** The time spent on writing files back, ms; part of the run's duration. */
  readonly syncMs: number;
  readonly mappings: Mappings;
  readonly changed: Changed;
  /** Not everything was read: good for `keepProgress` only. */
  readonly cutShort: boolean;
  readonly total: Amount;
};
export type Take = Taken | { readonly type: 'empty' } | { readonly type: 'failed'; readonly result: RunResult };

/**
 * Reads the workspace into a commit; the caller ends the run of what was taken. Throws what the signal was aborted
 * with, and the errors of `node:fs` about the workspace itself or the store.
 */
export async function take(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  record: SnapshotRecord,
  limits: Limits,
  onProgress: OnProgress = () => undefined,
): Promise<Take> {
  await ensureStore(store);
  const found = await findFolder(workspace);
  const cache = await readStatCache(store.statCache);
  const order = { workspace, record, limits, onProgress };
  const read = (known: StatCache): Promise<Take> =>
    helper.work(found, limits.signal, ({ session }) => takeWith(store, { session, found, cache: known }, order));
  const taken = await read(cache);
  // Another process may have deleted from the store what the cache relies on: then read everything.
  const isStale = taken.type === 'failed' && cache.size > 0 && lacksObject(taken.result);
  return isStale ? read(new Map()) : taken;
}

type Order = {
  readonly workspace: Workspace;
  readonly record: SnapshotRecord;
  readonly limits: Limits;
  readonly onProgress: OnProgress;
};

type Source = { readonly session: Session; readonly found: Found; readonly cache: StatCache };

async function takeWith(store: Store, { session, found, cache }: Source, order: Order): Promise<Take> {
  const { workspace, record, limits, onProgress } = order;
  const { exclude, maxFileBytes } = workspace;
  const walked = await listFolder(session, found, { exclude, store: found.store, maxFileBytes });
  if (walked.entries.every(({ kind }) => kind === 'folder')) return { type: 'empty' };

  const mappings = await findMappings(found.root, walked);
  const sure = withUnsure(cache, mappings.paths);
  const syncBudget = budgetOf(limits);
  const expected = ({ path, stamp }: Entry): string | null => likelyOid(sure, path, stamp);
  const changed = changedOf(walked, sure);
  limits.onChanged?.(changed);
  await ensureRoom(store, changed.bytes, limits.maxUsedRatio);
  const run = await beginRun(store);
  const job: Job = {
    read: (wanted, isEnough) => readContents(session, found, wanted, { maxFileBytes, isEnough, expected, syncBudget }),
    ensureRoom: (bytes) => ensureRoom(store, bytes, limits.maxUsedRatio),
    walked,
    message: (leftOut) => formatRecord(record, summaryOf(leftOut)),
    seconds: Math.floor(record.at / 1_000),
    limits,
    onProgress,
  };
  let taken: Take | null = null;
  try {
    const imported = await importOnce(run, job, sure);
    taken =
      imported.type === 'taken'
        ? {
            ...imported,
            cache: withUnsure(imported.cache, mappings.paths),
            syncMs: syncBudget.spentMs(),
            mappings,
            changed,
          }
        : imported;
    return taken;
  } finally {
    if (taken?.type !== 'taken') await endRun(run);
  }
}

/** Returns what a run may spend on writing back the files that it reads. */
function budgetOf({ endsAt }: Limits): SyncBudget & { readonly spentMs: () => number } {
  const all = endsAt === null ? SYNC_BUDGET_MS : Math.max(0, endsAt - performance.now()) * SYNC_SHARE;
  let spentMs = 0;
  return {
    leftMs: () => Math.max(0, all - spentMs),
    spentMs: () => spentMs,
    spend: (ms) => {
      spentMs += ms;
    },
  };
}

/**
 * Brings what was taken into the store, remembers what was read for the next run, and ends the run. `hold` makes the
 * ref that keeps the objects there.
 */
export async function bringIn<T>(store: Store, taken: Taken, hold: (run: Run) => Promise<T>): Promise<T> {
  const { run, commit, cache } = taken;
  try {
    const { release } = await publish(store, run);
    try {
      const held = await hold(run);
      await saveCache(store, run, commit, cache);
      return held;
    } finally {
      await release();
    }
  } finally {
    await endRun(run);
  }
}

/** Without the cache the next run is only slower. */
async function saveCache(store: Store, run: Run, commit: string, cache: StatCache): Promise<void> {
  try {
    await holdForCache(store, commit, run.dir);
    await writeStatCache(store.statCache, join(run.dir, 'stat-cache'), cache);
  } catch {
    await unlink(store.statCache).catch(() => undefined);
  }
}

type ImportResult = Omit<Taken, 'syncMs' | 'mappings' | 'changed'> | Exclude<Take, Taken>;

type Job = Pick<Import, 'read' | 'ensureRoom' | 'walked' | 'message' | 'seconds'> & {
  readonly limits: Limits;
  readonly onProgress: OnProgress;
};

async function importOnce(run: Run, job: Job, cache: StatCache): Promise<ImportResult> {
  const imported: Imported = { known: new Map(), entries: new Map(), leftOut: [], cutShort: false };
  const meter = meterOf(job);
  const { signal, readsUntil, isPreempted } = job.limits;
  const startedAt = performance.now();
  let known: Amount | null = null;
  const isEnough = (size: number): boolean => {
    // Asked the first time when all that need not be read has been counted.
    known ??= meter.done();
    const files = meter.done().files - known.files;
    const bytes = meter.done().bytes - known.bytes;
    // One file is done however often we are interrupted.
    if (files > 0 && isPreempted?.() === true) return true;
    if (readsUntil === null) return false;
    const now = performance.now();
    // A file that will not be done in time would take what was read with it.
    const needsMs = bytes < RATE_FROM_BYTES ? 0 : (size * (now - startedAt)) / bytes;
    return now + needsMs > readsUntil;
  };
  const stream = importStream({ ...job, cache, signal, isEnough, onFile: meter.count }, imported);
  let broken: { readonly error: unknown } | null = null;
  const input = Readable.from(stream, { objectMode: false });
  input.on('error', (error) => (broken ??= { error }));
  const result = await fastImport(run, input, job.limits);
  input.destroy();
  signal.throwIfAborted();
  if (broken !== null) throw (broken as { readonly error: unknown }).error;
  const commit = result.type === 'exited' && result.code === 0 ? await importedCommit(run.dir) : null;
  if (commit === null) return { type: 'failed', result };
  const leftOut = [...job.walked.leftOut, ...imported.leftOut];
  const { known: read, cutShort } = imported;
  return { type: 'taken', run, commit, ...meter.done(), total: meter.total, leftOut, cache: read, cutShort };
}

function fastImport(run: Run, input: Readable, { abort, endsAt }: Limits): Promise<RunResult> {
  // Without a `done` at its end a stream is refused: a run of ours that dies half-way makes no commit.
  return git(run.dir, ['fast-import', '--quiet', '--done', '--date-format=raw', '--depth=0'], {
    input,
    abort,
    timeoutMs: endsAt === null ? null : Math.max(1, endsAt - performance.now()),
  });
}

type Meter = { readonly count: (bytes: number) => void; readonly done: () => Amount; readonly total: Amount };

function meterOf({ walked, onProgress }: Job): Meter {
  const total = amountOf(walked);
  let files = 0;
  let bytes = 0;
  const count = (size: number): void => {
    files += 1;
    bytes += size;
    onProgress({ files, bytes }, total);
  };
  return { count, total, done: () => ({ files, bytes }) };
}

/** Returns what has to be read; its bytes are what the store would grow by if nothing could be compressed. */
function changedOf({ entries }: Walked, cache: StatCache): Changed {
  const unread = entries.filter(
    ({ path, stamp, kind }) => kind === 'file' && unchangedOid(cache, path, stamp) === null,
  );
  return {
    files: unread.length,
    bytes: unread.reduce((sum, { size }) => sum + size, 0),
    largest: unread.toSorted((a, b) => b.size - a.size).slice(0, MAX_NAMED),
  };
}

function amountOf({ entries }: Walked): Amount {
  const files = entries.filter(({ kind }) => kind !== 'folder');
  return { files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

function lacksObject(result: RunResult): boolean {
  return result.type === 'exited' && /not found|missing|not a|corrupt|could not|cannot|bad/iu.test(result.stderr);
}

/** Files (links included) and their bytes. */
export type Amount = { readonly files: number; readonly bytes: number };
