import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { hostname } from 'node:os';
import type { Result } from '../../core/result.ts';
import type { Checkpointer, Progress, Snapshot } from '../../core/snapshots.ts';
import type { FolderIdentity } from '../../core/folder.ts';
import { checkpoint } from './checkpoint.ts';
import { readContents } from './contents.ts';
import { wordSetAside } from '../../wording/git-notes.ts';
import { diff } from './diff.ts';
import { MAX_FILE_MB, READ_ON_MS, WATCH_POLL_MS } from './limits.ts';
import type { Changed } from './snapshot.ts';
import { prepare } from './prepare.ts';
import { probe } from './probe.ts';
import { previewRollback, rollback } from './rollback.ts';
import { serial, type Serial } from './serial.ts';
import { type Store, storeOf } from './store/layout.ts';
import { createHelper } from './helper/helper.ts';
import { loadHelper } from './helper/text.ts';
import { countChanges, type Pair } from './store/changes.ts';
import {
  listSnapshots,
  lookUpRun,
  removeSnapshot,
  type StoredSnapshot,
  toSnapshot,
  snapshotsDir,
} from './store/refs.ts';
import { keepInOrder, beside } from './store/retention.ts';
import { type SetAside, setAside } from './store/set-aside.ts';
import { DEFAULT_EXCLUDES } from './workspace/default-excludes.ts';
import type { Workspace } from './workspace/open.ts';
import { stat } from 'node:fs/promises';
import { wordCheckpointer } from '../../wording/checkpointers.ts';
import { reasonOf } from './reason.ts';
import { checkFully } from './store/mend.ts';
import { type FSWatcher, readdirSync, watch as watchFolder } from 'node:fs';

export { DEFAULT_EXCLUDES, loadHelper };

export type GitCheckpointerOptions = {
  /** Canonical. */
  readonly workspace: string;
  /** Our state directory: the snapshots go below its `git`, and all of it is left out of them. */
  readonly storeDir: string;
  /** Automatic snapshots kept of this workspace. */
  readonly keep: number;
  /** Null: `DEFAULT_EXCLUDES`. */
  readonly exclude: readonly string[] | null;
  readonly host?: string;
  /** The share up to which an automatic snapshot may fill the file system of the store, 0…1; absent: full. */
  readonly maxUsedRatio?: number;
  /** Larger files are left out, and named; MB. Absent: `MAX_FILE_MB`. */
  readonly maxFileMb?: number;
  /** The folder that the path must lead to, asked before each access; null where any folder will do. */
  readonly identity?: () => FolderIdentity | null;
};

/**
 * Snapshots in a repository of our own outside the workspace: the default where there is no btrfs. Nothing of the
 * user's repositories is read or written: not their history, index, hooks, configuration, attributes or ignore rules.
 */
export function gitCheckpointer(options: GitCheckpointerOptions): Checkpointer {
  const { storeDir, keep } = options;
  const store = storeOf(storeDir, options.workspace);
  const workspace: Workspace = {
    path: options.workspace,
    storeDir,
    exclude: options.exclude ?? DEFAULT_EXCLUDES,
    maxFileBytes: (options.maxFileMb ?? MAX_FILE_MB) * 1_000_000,
    identity: options.identity ?? (() => null),
  };
  const host = options.host ?? hostname();
  const maxUsedRatio = options.maxUsedRatio ?? 1;
  const helper = createHelper();
  const oneAtATime = serial();
  const never = new AbortController().signal;
  let report: Progress = () => undefined;
  let armed: AbortSignal | null = null;
  let beingRead: Changed | null = null;
  let isReadingOn: Promise<unknown> | null = null;

  const prepareNow = async (
    abort: AbortSignal,
    isPreempted: () => boolean,
  ): Promise<Result<null, CheckpointerReason>> => {
    const onChanged = (changed: Changed): void => void (beingRead = changed);
    const prepareOptions = { host, progress: report, abort, maxUsedRatio, isPreempted, onChanged };
    const prepared = await oneAtATime(abort, () => prepare(store, workspace, helper, prepareOptions)).catch(stopped);
    beingRead = null;
    if (prepared.ok) void keepInOrder(store, { keep, made: null }, abort);
    return prepared;
  };
  // A checkpoint that comes meanwhile goes first: it reads on where the new baseline was.
  const rebuild = (abort: AbortSignal): Promise<Result<null, CheckpointerReason>> =>
    prepareNow(abort, oneAtATime.isWaitedFor);

  // What takes longer than a deadline would never be done, were it begun anew each time.
  const readOn = (): boolean => {
    if (armed === null || armed.aborted) return false;
    isReadingOn ??= rebuild(AbortSignal.any([armed, AbortSignal.timeout(READ_ON_MS)])).finally(
      () => (isReadingOn = null),
    );
    return true;
  };

  return {
    name: 'git',
    workspace: options.workspace,
    capabilities: { list: true, diff: true, rollback: true, remove: true },
    makesBaseline: true,
    comparesLast: true,
    probe: () => probe(store, workspace),
    prepare: async (progress, abort) => {
      helper.keep(abort);
      report = progress;
      armed = abort;
      const prepared = await prepareNow(abort, () => false);
      if (prepared.ok) void checkInBackground(store, { serial: oneAtATime, report, abort, rebuild });
      return prepared;
    },
    checkpoint: async (request, control) => {
      const onDamage = (aside: SetAside): void => report(wordSetAside(aside));
      const checkpointOptions = { serial: oneAtATime, maxUsedRatio, onDamage, readOn, beingRead: () => beingRead };
      const outcome = await checkpoint(store, workspace, helper, request, control, checkpointOptions);
      if (outcome.type === 'created') void keepInOrder(store, { keep, made: outcome.snapshot }, control.abort);
      return outcome;
    },
    lookUp: (request) => lookUpRun(store, request.snapshot, request.runId),
    list: () => listWithChanges(store),
    diff: (from, to, path) => oneAtATime(never, () => diff(store, workspace, helper, { from, to, path })),
    contents: (id) => readContents(store, options.workspace, id),
    previewRollback: (id) => oneAtATime(never, () => previewRollback(store, workspace, helper, { id, paths: null })),
    rollback: (id) => oneAtATime(never, () => rollback(store, workspace, helper, { id, paths: null })),
    restore: (id, paths) => oneAtATime(never, () => rollback(store, workspace, helper, { id, paths })),
    previewRestore: (id, paths) => oneAtATime(never, () => previewRollback(store, workspace, helper, { id, paths })),
    remove: async (id) =>
      (await removeSnapshot(store, id))
        ? { ok: true, value: { code: 'removed', snapshot: id, freesLater: true } }
        : { ok: false, reason: { code: 'no_snapshot', snapshot: id, workspace: options.workspace } },
    watch: (onSnapshot, abort) => watchSnapshots(store, onSnapshot, abort),
  };
}

async function listWithChanges(store: Store): Promise<Result<readonly Snapshot[], CheckpointerReason>> {
  const listed = await listSnapshots(store);
  if (!listed.ok) return listed;
  const changes = await countChanges(store, pairsOf(listed.value));
  const value = listed.value.map((one) => {
    const changed = changes.get(one.commit);
    return { ...toSnapshot(one), ...(changed && { changed }) };
  });
  return { ok: true, value };
}

/** Each snapshot with the one before it. */
function pairsOf(snapshots: readonly StoredSnapshot[]): readonly Pair[] {
  return snapshots.flatMap(({ commit }, index) => {
    const before = snapshots[index - 1]?.commit;
    return before === undefined ? [] : [{ commit, before }];
  });
}

/** Returns what a task that was not even begun comes to. */
function stopped(): Result<null, CheckpointerReason> {
  return { ok: false, reason: { code: 'shut_down' } };
}

type BackgroundCheck = {
  readonly serial: Serial;
  readonly report: Progress;
  readonly abort: AbortSignal;
  /** Makes a new baseline in a new store. */
  readonly rebuild: (abort: AbortSignal) => Promise<Result<null, CheckpointerReason>>;
};

/**
 * Reads every byte of the store once, with low priority and beside all runs. A damaged store is put aside between two runs,
 * and a new baseline is made. Never rejects.
 */
async function checkInBackground(
  store: Store,
  { serial: queue, report, abort, rebuild }: BackgroundCheck,
): Promise<void> {
  try {
    const checked = await inodeOf(store);
    const mended = await beside(store, () => checkFully(store, abort));
    if (abort.aborted) return;
    switch (mended.type) {
      case 'whole':
        return;
      case 'unknown':
        report(`the snapshots could not be checked: ${wordCheckpointer(mended.reason)}`);
        return;
      case 'damaged': {
        // A checkpoint may have put it aside meanwhile: what stands there now is another store.
        const aside = await queue(abort, async () =>
          checked !== null && (await inodeOf(store)) === checked ? setAside(store, mended.detail) : null,
        );
        if (aside === null) return;
        report(wordSetAside(aside));
        await rebuild(abort);
      }
    }
  } catch (error) {
    if (!abort.aborted) report(`the snapshots could not be checked: ${wordCheckpointer(reasonOf(error))}`);
  }
}

async function inodeOf({ dir }: Store): Promise<number | null> {
  return stat(dir).then(
    ({ ino }) => ino,
    () => null,
  );
}

/** Calls back for every snapshot that appears from now on, until `abort`. */
function watchSnapshots(store: Store, onSnapshot: (snapshot: Snapshot) => void, abort: AbortSignal): void {
  if (abort.aborted) return;
  let known = names(store);
  let looking = false;
  let watcher: FSWatcher | null = null;

  const poll = async (): Promise<void> => {
    watcher ??= watchRefs(store, () => void poll());
    if (looking) return;
    looking = true;
    for (let now = names(store); !abort.aborted; now = names(store)) {
      const fresh = now.difference(known);
      if (fresh.size === 0) break;
      const snapshots = await listSnapshots(store);
      if (!snapshots.ok) break;
      known = now;
      for (const snapshot of snapshots.value) if (fresh.has(snapshot.id)) onSnapshot(toSnapshot(snapshot));
    }
    looking = false;
  };
  const timer = setInterval(() => void poll(), WATCH_POLL_MS);
  timer.unref();
  void poll();
  abort.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      watcher?.close();
    },
    { once: true },
  );
}

function names(store: Store): ReadonlySet<string> {
  try {
    return new Set(readdirSync(snapshotsDir(store)));
  } catch {
    return new Set();
  }
}

/** Null where there is no store yet, or the system has no watches left: the slow poll goes on. */
function watchRefs(store: Store, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watchFolder(snapshotsDir(store), { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return null;
  }
}
