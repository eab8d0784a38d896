import { readable } from './workspace/byte-path.ts';
import type { Changed, CheckpointControl, CheckpointRequest, Outcome } from '../../core/snapshots.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { KILL_AFTER_MS } from '../process/limits.ts';
import { cleanText } from '../../core/text.ts';
import { describeLeftOut, summaryOf } from './left-out.ts';
import { reasonOf } from './reason.ts';
import { wordSetAside } from '../../wording/git-notes.ts';
import { wordCheckpointer } from '../../wording/checkpointers.ts';
import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { CHANGES_MS, READING_SHARE } from './limits.ts';
import { orAborted, type Serial } from './serial.ts';
import { bringIn, type Changed as ToRead, type Limits, type Take, type Taken } from './snapshot.ts';
import { git, output, problem } from './store/git.ts';
import type { Store } from './store/layout.ts';
import { countChanges } from './store/changes.ts';
import {
  createSnapshot,
  listSnapshots,
  type Made,
  madeBefore,
  nextSequence,
  type SnapshotRecord,
  storableId,
} from './store/refs.ts';
import { NoRoomError } from './store/room.ts';
import { endRun } from './store/runs.ts';
import type { SetAside } from './store/set-aside.ts';
import { takeWhole } from './take-whole.ts';
import type { Helper } from './helper/helper.ts';
import { HelperError } from './helper/reason.ts';
import { UnfitWorkspaceError, type Workspace } from './workspace/open.ts';

/** Beyond the deadline and git's own end, ms: a file system that hangs delays nothing further. */
const GIVE_UP_MS = KILL_AFTER_MS + 500;

/** The result of a checkpoint, without its duration. */
type Ending = DistributiveOmit<Outcome, 'durationMs'>;
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** No child, so no output of one. */
const NOTHING = { exitCode: null, stderr: '' } as const;

export type CheckpointOptions = {
  readonly serial: Serial;
  /** The share up to which an automatic snapshot may fill the file system of the store, 0…1; an operator's may fill it. */
  readonly maxUsedRatio: number;
  /** Called when the store was damaged and had to be put aside. */
  readonly onDamage: (aside: SetAside) => void;
  /** Called when reading took too long; returns whether it goes on without a deadline. */
  readonly readOn: () => boolean;
  /** Returns what is read by another run meanwhile, if any. */
  readonly beingRead: () => ToRead | null;
};

/** Makes one snapshot within the request's deadline. Never rejects. */
export async function checkpoint(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  request: CheckpointRequest,
  control: CheckpointControl,
  { serial, maxUsedRatio, onDamage, readOn, beingRead }: CheckpointOptions,
): Promise<Outcome> {
  const startedAt = performance.now();
  const deadline = new AbortController();
  const hopeless = new AbortController();
  const timers = [
    setTimeout(() => deadline.abort(), request.timeoutMs),
    setTimeout(() => hopeless.abort(), request.timeoutMs + GIVE_UP_MS),
  ];
  let changed: ToRead | null = null;
  const limits: Limits = {
    signal: AbortSignal.any([deadline.signal, control.abort]),
    abort: control.abort,
    endsAt: startedAt + request.timeoutMs,
    readsUntil: startedAt + request.timeoutMs * READING_SHARE,
    maxUsedRatio: request.metadata.auto ? maxUsedRatio : 1,
    onChanged: (found) => (changed = found),
  };
  let begun = false;
  const tooMuch = ({ files, bytes, largest }: ToRead): CheckpointerReason => {
    const named = largest.map(({ path, size }) => ({ path: readable(path), bytes: size }));
    return { code: 'too_much', files, bytes, largest: named, timeoutMs: request.timeoutMs, goesOn: readOn() };
  };
  const finish = (ending: Ending): Outcome => ({ ...ending, durationMs: Math.round(performance.now() - startedAt) });
  try {
    const attempt = serial(limits.signal, () => {
      begun = true;
      return make(store, workspace, helper, request, { limits, onDamage, tooMuch });
    });
    return finish(await orAborted(attempt, AbortSignal.any([hopeless.signal, control.abort])));
  } catch (error) {
    if (control.abort.aborted)
      return finish({ type: 'unknown', reason: { code: 'shut_down', before: 'snapshot' }, ...NOTHING });
    if (!deadline.signal.aborted) return finish(explain(error));
    const reading = begun ? changed : beingRead();
    if (reading !== null && reading.files > 0 && !(error instanceof HelperError)) {
      return finish(timedOut(tooMuch(reading)));
    }
    const { timeoutMs } = request;
    const why = error instanceof HelperError ? { why: error.reason } : begun ? {} : { why: null };
    return finish({ type: 'timed_out', reason: { code: 'not_in_time', timeoutMs, ...why }, ...NOTHING });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

type Making = Pick<CheckpointOptions, 'onDamage'> & {
  readonly limits: Limits;
  /** Returns why it was not made in time. */
  readonly tooMuch: (changed: ToRead) => CheckpointerReason;
};

async function make(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  request: CheckpointRequest,
  { limits, onDamage, tooMuch }: Making,
): Promise<Ending> {
  const record: SnapshotRecord = {
    at: Date.now(),
    sequence: await nextSequence(store),
    message: request.message,
    metadata: request.metadata,
  };
  const { taken, aside } = await takeWhole(store, workspace, helper, record, limits);
  if (aside !== null) onDamage(aside);
  if (taken.type !== 'taken') return notTaken(taken);
  const same = request.unlessUnchanged === true && !taken.cutShort ? await sameAsNewest(store, taken, limits) : null;
  if (same !== null) {
    await endRun(taken.run);
    return { type: 'unchanged', snapshot: same, exitCode: 0, stderr: '' };
  }
  return taken.cutShort ? keepProgress(store, taken, tooMuch) : keep(store, { taken, aside }, request, limits);
}

/** Returns the newest snapshot if it holds the very same: files, permissions, times, and what repositories have checked out. */
async function sameAsNewest(store: Store, { run, commit }: Taken, { abort }: Limits): Promise<string | null> {
  const listed = await listSnapshots(store);
  const newest = listed.ok ? listed.value.at(-1) : undefined;
  if (newest === undefined) return null;
  const trees = output(await git(run.dir, ['rev-parse', `${commit}^{tree}`, `${newest.commit}^{tree}`], { abort }));
  const [now = '', before = null] = trees?.split('\n') ?? [];
  return now !== '' && now === before ? newest.id : null;
}

async function keep(
  store: Store,
  { taken, aside }: { readonly taken: Taken; readonly aside: SetAside | null },
  request: CheckpointRequest,
  limits: Limits,
): Promise<Ending> {
  const snapshot = await bringIn(store, taken, (run) => {
    limits.signal.throwIfAborted();
    return createSnapshot(store, storableId(request.snapshot), taken.commit, run.dir);
  });
  const late = limits.signal.aborted;
  const changed = late ? null : await changesIn(store, { id: snapshot, commit: taken.commit }, limits);
  const leftOut = summaryOf(taken.leftOut);
  const notes = [aside === null ? '' : wordSetAside(aside), describeLeftOut(taken.leftOut)];
  const stderr = notes.filter((note) => note !== '').join('; ');
  return {
    type: 'created',
    snapshot,
    late,
    exitCode: 0,
    stderr,
    ...(leftOut && { leftOut }),
    ...(changed && { changed }),
  };
}

/** Returns what the new snapshot holds otherwise than the one before it; null where that is not known within the deadline. */
async function changesIn(store: Store, made: Made, { endsAt }: Limits): Promise<Changed | null> {
  const before = await madeBefore(store, made);
  const leftMs = endsAt === null ? CHANGES_MS : Math.min(CHANGES_MS, endsAt - performance.now());
  if (before === null || leftMs <= 0) return null;
  return (await countChanges(store, [{ commit: made.commit, before }], leftMs)).get(made.commit) ?? null;
}

/** More has changed than can be read in time: the next try goes on where this one ends. */
async function keepProgress(store: Store, taken: Taken, tooMuch: Making['tooMuch']): Promise<Ending> {
  await bringIn(store, taken, () => Promise.resolve());
  return timedOut(tooMuch(taken.changed));
}

// The output of a child of ours adds nothing to why it was ended.
function timedOut(reason: CheckpointerReason): Ending {
  return { type: 'timed_out', reason, exitCode: null, stderr: wordCheckpointer(reason) };
}

function notTaken(taken: Exclude<Take, Taken>): Ending {
  if (taken.type === 'empty') return { type: 'empty', exitCode: 0, stderr: '' };
  const { result } = taken;
  const reason = problem(result);
  switch (result.type) {
    case 'not_found':
    case 'spawn_failed':
      return { type: 'unavailable', reason, exitCode: null, stderr: '' };
    case 'timed_out':
      return timedOut(reason);
    case 'aborted':
      return { type: 'unknown', reason, exitCode: null, stderr: '' };
    case 'exited':
      return {
        type: 'failed',
        reason,
        exitCode: result.code,
        stderr: cleanText(result.stderr.trim(), MAX_TEXT_LENGTH),
      };
  }
}

function explain(error: unknown): Ending {
  if (error instanceof NoRoomError) return { type: 'guarded', reason: error.reason, ...NOTHING };
  if (error instanceof UnfitWorkspaceError || (error instanceof HelperError && error.isUnavailable))
    return { type: 'unavailable', reason: reasonOf(error), ...NOTHING };
  return { type: 'failed', reason: reasonOf(error), ...NOTHING };
}
