import type { CheckpointControl } from '../../core/checkpointer.ts';
import type { CheckpointRequest, Outcome } from '../../core/events.ts';
import { KILL_AFTER_MS } from '../../core/limits.ts';
import { describeError, describeLeftOut } from './describe.ts';
import { orAborted, type Serial } from './serial.ts';
import { bringIn, type Limits, take, type Take, type Taken } from './snapshot.ts';
import { problem } from './store/git.ts';
import type { Store } from './store/layout.ts';
import { createSnapshot, type SnapshotRecord, storableId } from './store/refs.ts';
import { UnfitWorkspaceError, type Workspace } from './workspace/open.ts';

/** Beyond the deadline and git's own end, ms: a file system that hangs delays nobody further. */
const GIVE_UP_MS = KILL_AFTER_MS + 500;

/** What a checkpoint came to, without its duration. */
type Ending = DistributiveOmit<Outcome, 'durationMs'>;
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Makes one snapshot within the request's deadline. Never rejects. */
export async function checkpoint(
  store: Store,
  workspace: Workspace,
  request: CheckpointRequest,
  control: CheckpointControl,
  serial: Serial,
): Promise<Outcome> {
  const startedAt = performance.now();
  const deadline = new AbortController();
  const hopeless = new AbortController();
  const timers = [
    setTimeout(() => deadline.abort(), request.timeoutMs),
    setTimeout(() => hopeless.abort(), request.timeoutMs + GIVE_UP_MS),
  ];
  const limits: Limits = {
    signal: AbortSignal.any([deadline.signal, control.abort]),
    abort: control.abort,
    endsAt: startedAt + request.timeoutMs,
  };
  const finish = (ending: Ending): Outcome => ({ ...ending, durationMs: Math.round(performance.now() - startedAt) });
  try {
    const work = serial(limits.signal, () => make(store, workspace, request, limits));
    return finish(await orAborted(work, AbortSignal.any([hopeless.signal, control.abort])));
  } catch (error) {
    return finish(explain(error, workspace, request, control.abort.aborted, deadline.signal.aborted));
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

async function make(store: Store, workspace: Workspace, request: CheckpointRequest, limits: Limits): Promise<Ending> {
  const record: SnapshotRecord = {
    at: Date.now(),
    message: request.message,
    metadata: request.metadata,
  };
  const taken = await take(store, workspace, record, limits);
  return taken.type === 'taken' ? keep(store, taken, request.snapshot, limits.signal) : notTaken(taken);
}

async function keep(store: Store, taken: Taken, wish: string, signal: AbortSignal): Promise<Ending> {
  const snapshot = await bringIn(store, taken, (run) => {
    signal.throwIfAborted();
    return createSnapshot(store, storableId(wish), taken.commit, run.dir);
  });
  return { type: 'created', snapshot, late: false, exitCode: 0, stderr: describeLeftOut(taken.leftOut) };
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
      return { type: 'timed_out', reason, exitCode: null, stderr: reason };
    case 'aborted':
      return { type: 'unknown', reason, exitCode: null, stderr: '' };
    case 'exited':
      return { type: 'failed', reason, exitCode: result.code, stderr: reason };
  }
}

function explain(
  error: unknown,
  workspace: Workspace,
  request: CheckpointRequest,
  aborted: boolean,
  late: boolean,
): Ending {
  const base = { exitCode: null, stderr: '' };
  if (aborted) return { type: 'unknown', reason: 'stopped before the snapshot was made', ...base };
  if (late) return { type: 'timed_out', reason: `no snapshot within ${request.timeoutMs / 1_000} s`, ...base };
  if (error instanceof UnfitWorkspaceError) return { type: 'unavailable', reason: error.message, ...base };
  return { type: 'failed', reason: describeError(error, workspace.storeDir), ...base };
}
