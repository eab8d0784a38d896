import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { randomUUID } from 'node:crypto';
import type { Result } from '../../core/result.ts';
import type { Progress } from '../../core/snapshots.ts';
import { VERSION } from '../../core/version.ts';
import { describeLeftOut } from './left-out.ts';
import { reasonOf } from './reason.ts';
import { wordBlindness, wordSetAside } from '../../wording/git-notes.ts';
import { wordAmount, wordCheckpointer } from '../../wording/checkpointers.ts';
import { PROGRESS_MS } from './limits.ts';
import { bringIn, type Changed, type Limits, type OnProgress } from './snapshot.ts';
import { problem } from './store/git.ts';
import { ensureStore, type Store } from './store/layout.ts';
import { checkSnapshots } from './store/mend.ts';
import { createSnapshot, damageReason, nextSequence, readListing, type SnapshotRecord } from './store/refs.ts';
import { setAside } from './store/set-aside.ts';
import { takeWhole } from './take-whole.ts';
import type { Helper } from './helper/helper.ts';
import type { Workspace } from './workspace/open.ts';

export type PrepareOptions = {
  readonly host: string;
  readonly progress: Progress;
  readonly abort: AbortSignal;
  /** The share up to which the file system of the store may be filled, 0…1. */
  readonly maxUsedRatio: number;
  /** Ends the reading early, what was read is kept. */
  readonly isPreempted: () => boolean;
  /** Called with what has to be read, before it is. */
  readonly onChanged: (changed: Changed) => void;
};

/**
 * Reads the whole workspace once, without a deadline, so that a checkpoint has only the changes to read. Where the store
 * has no snapshot yet, this one becomes the first, `base-<time>`.
 */
export async function prepare(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  { host, progress, abort, maxUsedRatio, isPreempted, onChanged }: PrepareOptions,
): Promise<Result<null, CheckpointerReason>> {
  try {
    const limits: Limits = {
      signal: abort,
      abort,
      endsAt: null,
      readsUntil: null,
      maxUsedRatio,
      isPreempted,
      onChanged,
    };
    await ensureStore(store);
    const check = await checkSnapshots(store, { abort, timeoutMs: null });
    if (check.type === 'damaged') progress(wordSetAside(await setAside(store, check.detail)));
    const present = await readListing(store);
    if (!present.ok) return present;
    for (const damaged of present.value.damaged) progress(wordCheckpointer(damageReason(damaged)));
    const first = present.value.snapshots.length === 0;
    const startedAt = performance.now();
    const record = baseRecord(host, await nextSequence(store));
    const onProgress = first
      ? reporter(progress, 'first snapshot', 0)
      : reporter(progress, 'reading the workspace', PROGRESS_MS);
    const { taken, aside } = await takeWhole(store, workspace, helper, record, limits, onProgress);
    if (aside !== null) progress(wordSetAside(aside));
    if (taken.type === 'failed') return { ok: false, reason: problem(taken.result) };
    if (taken.type === 'empty') return { ok: true, value: null };
    const id = await bringIn(store, taken, async (run) => {
      abort.throwIfAborted();
      const isFirst = (first || aside !== null) && !taken.cutShort;
      return isFirst ? createSnapshot(store, baseId(record.at), taken.commit, run.dir) : null;
    });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const syncing = taken.syncMs < 100 ? '' : ` (${(taken.syncMs / 1_000).toFixed(1)} s of it to write files back)`;
    if (id !== null) progress(`first snapshot ${id}: ${wordAmount(taken)}, ${seconds} s${syncing}`);
    if (taken.mappings.isBlind) progress(wordBlindness(taken.mappings));
    const leftOut = describeLeftOut(taken.leftOut);
    if (leftOut !== '') progress(leftOut);
    return { ok: true, value: null };
  } catch (error) {
    return { ok: false, reason: abort.aborted ? { code: 'shut_down' } : reasonOf(error) };
  }
}

function baseRecord(host: string, sequence: number): SnapshotRecord {
  const metadata = { auto: true, type: 'base', tool: 'sightline', version: VERSION, host, run_id: randomUUID() };
  return { at: Date.now(), sequence, message: 'base: the workspace as it was when sightline was armed', metadata };
}

/** `base-<UTC %Y%m%dT%H%M%S>` */
function baseId(at: number): string {
  return `base-${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/gu, '')}`;
}

/** A line at most every `PROGRESS_MS`, the first after `delayMs`. */
function reporter(progress: Progress, what: string, delayMs: number): OnProgress {
  let last = performance.now() - PROGRESS_MS + delayMs;
  return (done, total) => {
    const now = performance.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    progress(`${what}: ${wordAmount(done)} of ${wordAmount(total)}`);
  };
}
