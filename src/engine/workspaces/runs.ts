import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { Done } from '../../core/done.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import type { Refusal } from '../../core/reasons.ts';
import { cleanLine } from '../../core/text.ts';
import { wordCheckpointer } from '../../wording/checkpointers.ts';
import type { Result } from '../../core/result.ts';
import {
  type Checkpointer,
  type CheckpointRequest,
  type Outcome,
  type PinControl,
  type RollbackResult,
  contentsOf,
  RETENTION_TURN_START,
} from '../../core/snapshots.ts';
import type { Command, RecoveredRun } from '../../core/reactor/messages.ts';
import type { Run } from '../../core/reactor/types.ts';
import type { Initializer } from '../deps.ts';
import type { Loop } from '../loop.ts';
import type { Ownership } from './ownership.ts';
import { keepNewestTurns } from './retention.ts';
import { cannotRestore, type KnownSnapshots } from './snapshots.ts';
import type { Workspaces } from './workspaces.ts';
import type { Writes } from './writes.ts';

type OperationCommand = Command & { readonly type: 'operation' };
type Control = { readonly abort: AbortSignal; readonly stopping: AbortSignal };
type OpenRun = { readonly workspace: string; readonly run: Run };

/** The runs on the workspaces: checkpoints, baselines, and an operator's work on a whole workspace. */
export type Runs = {
  /** Runs a checkpoint and dispatches its outcome. */
  readonly spawn: (request: CheckpointRequest) => void;
  /** Runs an operator's work on the whole workspace and dispatches its end. */
  readonly operation: (command: OperationCommand) => void;
  /** Resolves to the end of a run, once the core knows of it; null for one that does not run. */
  readonly ending: (runId: string) => Promise<RollbackResult<Refusal>> | null;
  /** Resolves to the end of the next operator's checkpoint of a workspace, which is queued. */
  readonly nextManual: (workspace: string) => Promise<RollbackResult<Refusal>>;
  /** Makes the baseline snapshot on arming: signals wait behind it, no deadline. */
  readonly prepare: (workspace: string) => void;
  /** Finds out which snapshots the runs made that were on when an earlier process ended. */
  readonly lookUp: (runs: readonly OpenRun[]) => Promise<readonly RecoveredRun[]>;
  /** Begins shutdown; resolves when nothing runs any more. */
  readonly close: () => Promise<void>;
  /** Ends all running children at once. */
  readonly abort: () => void;
};

export type RunsDeps = {
  readonly workspaces: Pick<Workspaces, 'get' | 'probe' | 'rechoose'>;
  readonly known: Pick<KnownSnapshots, 'appeared' | 'listed' | 'madeBy' | 'of'>;
  readonly loop: Pick<Loop, 'dispatch' | 'now' | 'state'>;
  readonly initializer: Initializer | undefined;
  readonly log: (line: string) => void;
  /** The agents that are at work in a workspace. */
  readonly busyAgents: (workspace: string) => readonly string[];
  /** The tools that ran since the last snapshots. */
  readonly writes: Pick<Writes, 'made' | 'changed' | 'unchangedSince'>;
  readonly host: string;
  /** The newest snapshots of turns that are kept of a workspace. */
  readonly keepTurns: number;
  /** The workspaces' locks, around what is started here; they are made after this. */
  readonly locks: () => Pick<Ownership, 'confirm' | 'suspend' | 'renew'>;
};

export function createRuns(deps: RunsDeps): Runs {
  const { workspaces, loop } = deps;
  const running = new Set<Promise<void>>();
  const endings = new Map<string, Promise<RollbackResult<Refusal>>>();
  const queue = createQueue();
  const abort = new AbortController();
  const stopping = new AbortController();

  const track = (run: Promise<void>): void => {
    running.add(run);
    void run.finally(() => running.delete(run));
  };
  const keepEnding = (runId: string, ending: Promise<RollbackResult<Refusal>>): void => {
    endings.set(runId, ending);
    track(ending.then(() => void endings.delete(runId)));
  };
  const runCheckpoint = async (request: CheckpointRequest): Promise<Result<Done, Refusal>> => {
    const { workspace, runId, message, metadata } = request;
    const control = { abort: abort.signal, stopping: stopping.signal };
    const since = loop.now().mono;
    const { outcome, begun } = await attempt(deps, request, control);
    if (outcome.type === 'created') {
      deps.writes.made(workspace, outcome.snapshot, since);
      const made = { id: outcome.snapshot, at: loop.now().at, message, metadata, pinned: false };
      deps.known.appeared(workspace, { ...made, ...contentsOf(outcome) });
    }
    loop.dispatch({ type: 'outcome', workspace, runId, outcome, begun });
    if (outcome.type === 'created' && metadata.retention === RETENTION_TURN_START) track(dropOldTurns(deps, workspace));
    // It may have appeared at the very moment at which it was given up.
    const late = outcome.type === 'created' ? undefined : deps.known.madeBy(workspace, runId);
    if (late !== undefined) loop.dispatch({ type: 'late_snapshot', workspace, snapshot: late });
    if (!stopping.signal.aborted) await workspaces.probe(workspace);
    return resultOf(outcome);
  };
  const runTracked = async (command: OperationCommand): Promise<RollbackResult<Refusal>> => {
    const { workspace, runId } = command;
    const checkpointer = workspaces.get(workspace)?.checkpointer;
    deps.writes.changed(workspace);
    const movesFolder = command.kind === 'init' || checkpointer?.name === 'ws-ckpt';
    if (movesFolder) deps.locks().suspend(workspace);
    const done = await runOperation(checkpointer, deps.initializer, command);
    const isInit = command.kind === 'init' && done.ok && !stopping.signal.aborted;
    const switchedTo = isInit ? await workspaces.rechoose(workspace) : null;
    if (movesFolder) await deps.locks().renew(workspace);
    const changedSince =
      command.kind === 'rollback' && isRestored(done) ? await changesSince(checkpointer, command.snapshot) : null;
    const result = withNews(done, switchedTo, changedSince);
    const rollback = {
      snapshotAt: deps.known.of(workspace).find(({ id }) => id === command.snapshot)?.at ?? null,
      ...(changedSince !== null && { changedSince }),
      writers: deps.busyAgents(workspace),
    };
    loop.dispatch({ type: 'finished', workspace, runId, result, ...(command.kind === 'rollback' && { rollback }) });
    if (!stopping.signal.aborted) await workspaces.probe(workspace);
    return result;
  };
  return {
    spawn: (request) => {
      const ending = runCheckpoint(request);
      keepEnding(request.runId, ending);
      if (!request.metadata.auto) queue.began(request.workspace, ending);
    },
    operation: (command) => keepEnding(command.runId, runTracked(command)),
    ending: (runId) => endings.get(runId) ?? null,
    nextManual: queue.next,
    prepare: (workspace) => {
      const checkpointer = workspaces.get(workspace)?.checkpointer;
      const isBusy = Boolean(loop.state().workspaces.get(workspace)?.run);
      if (checkpointer && !isBusy) track(runBaseline(deps, workspace, checkpointer, stopping.signal));
    },
    lookUp: (runs) => Promise.all(runs.map((open) => lookUp(workspaces, open))),
    close: async () => {
      stopping.abort();
      queue.stop();
      await Promise.all(running);
    },
    abort: () => abort.abort(),
  };
}

async function runBaseline(
  { loop, log }: RunsDeps,
  workspace: string,
  checkpointer: Checkpointer,
  stopping: AbortSignal,
): Promise<void> {
  const isRun = checkpointer.makesBaseline === true;
  if (isRun) loop.dispatch({ type: 'baseline', workspace, phase: 'started' });
  const report = (line: string): void => log(`${workspace}: ${line}`);
  const prepared = await checkpointer.prepare(report, stopping);
  if (!prepared.ok && !stopping.aborted) report(wordCheckpointer(prepared.reason));
  if (isRun) loop.dispatch({ type: 'baseline', workspace, phase: 'ended' });
}

type Ending = RollbackResult<Refusal>;

/** Those who wait for an operator's checkpoint that is queued, by its workspace. */
function createQueue() {
  const waiting = new Map<string, ((ending: Ending | Promise<Ending>) => void)[]>();
  return {
    next: (workspace: string): Promise<Ending> =>
      new Promise((resolve) => void waiting.set(workspace, [...(waiting.get(workspace) ?? []), resolve])),
    began: (workspace: string, ending: Promise<Ending>): void => {
      for (const settle of waiting.get(workspace) ?? []) settle(ending);
      waiting.delete(workspace);
    },
    stop: (): void => {
      for (const settle of [...waiting.values()].flat()) settle({ ok: false, reason: { code: 'stopping' } });
      waiting.clear();
    },
  };
}

type Attempt = { readonly outcome: Outcome; readonly begun: boolean };

/** Runs a checkpoint, unless another engine acts there or the folder must not be touched: then it is not begun. */
async function attempt(deps: RunsDeps, request: CheckpointRequest, control: Control): Promise<Attempt> {
  const { workspace, runId, metadata } = request;
  const checkpointer = deps.workspaces.get(workspace)?.checkpointer;
  const pin = checkpointer?.pin;
  let begun = false;
  const begin = (): void => {
    begun = true;
    deps.loop.dispatch({ type: 'begun', workspace, runId });
  };
  // Any folder will do.
  if (pin === undefined) begin();
  // An operator's checkpoint outranks the lock.
  const elsewhere = metadata.auto ? await notOurs(deps, workspace) : null;
  const refused = elsewhere ?? (pin === undefined ? null : await notPinned(pin));
  if (refused === null && !begun) begin();
  return {
    outcome: refused ?? unchanged(deps, checkpointer, request) ?? (await checkpoint(checkpointer, request, control)),
    begun,
  };
}

// Of a tool that cannot compare, the tools that ran since its last snapshot decide.
function unchanged(
  { writes }: RunsDeps,
  checkpointer: Checkpointer | undefined,
  { workspace, unlessUnchanged }: CheckpointRequest,
): Outcome | null {
  if (unlessUnchanged !== true || checkpointer?.comparesLast === true) return null;
  const snapshot = writes.unchangedSince(workspace);
  return snapshot === null ? null : { type: 'unchanged', snapshot, durationMs: 0, exitCode: null, stderr: '' };
}

async function dropOldTurns({ workspaces, loop, known, host, keepTurns }: RunsDeps, workspace: string): Promise<void> {
  const checkpointer = workspaces.get(workspace)?.checkpointer;
  if (checkpointer === undefined) return;
  const removed = await keepNewestTurns(checkpointer, loop.state, { workspace, host, keep: keepTurns });
  const listed = removed === 0 ? null : await checkpointer.list();
  // Screens know of it from now on.
  if (listed?.ok === true) known.listed(workspace, listed.value);
}

async function notOurs({ locks }: RunsDeps, workspace: string): Promise<Outcome | null> {
  const reason = await locks().confirm(workspace);
  return reason === null ? null : { type: 'not_ours', reason, durationMs: 0, exitCode: null, stderr: '' };
}

// Compared again by the checkpointer; here first, because what is refused is not reported as begun.
async function notPinned(pin: PinControl): Promise<Outcome | null> {
  const reason = await pin.take();
  return reason === null ? null : { type: 'unavailable', reason, durationMs: 0, exitCode: null, stderr: '' };
}

async function lookUp({ get }: Pick<Workspaces, 'get'>, { workspace, run }: OpenRun): Promise<RecoveredRun> {
  const found = await get(workspace)?.checkpointer.lookUp({ snapshot: run.snapshot, runId: run.runId });
  return { workspace, run, snapshot: found?.type === 'found' ? found.snapshot : null };
}

// The interface promises values; a defect of ours must still not end the engine.
async function checkpoint(
  checkpointer: Checkpointer | undefined,
  request: CheckpointRequest,
  control: Control,
): Promise<Outcome> {
  const failed = (reason: CheckpointerReason): Outcome => ({
    type: 'failed',
    reason,
    durationMs: 0,
    exitCode: null,
    stderr: '',
  });
  if (!checkpointer) return failed({ code: 'no_checkpointer' });
  try {
    return await checkpointer.checkpoint(request, control);
  } catch (error) {
    return failed({
      code: 'defect',
      part: `the ${checkpointer.name} checkpointer`,
      detail: cleanLine(String(error), MAX_TEXT_LENGTH),
    });
  }
}

async function runOperation(
  checkpointer: Checkpointer | undefined,
  initializer: Initializer | undefined,
  { kind, workspace, snapshot, paths = [] }: OperationCommand,
): Promise<RollbackResult<Refusal>> {
  try {
    if (kind === 'init')
      return (await initializer?.init(workspace)) ?? { ok: false, reason: { code: 'no_initializer' } };
    if (checkpointer === undefined) return { ok: false, reason: { code: 'no_checkpointer' } };
    if (kind === 'rollback') return await checkpointer.rollback(snapshot);
    return (await checkpointer.restore?.(snapshot, paths)) ?? { ok: false, reason: cannotRestore(checkpointer) };
  } catch (error) {
    return { ok: false, reason: { code: 'defect', part: kind, detail: cleanLine(String(error), MAX_TEXT_LENGTH) } };
  }
}

function resultOf(outcome: Outcome): Result<Done, Refusal> {
  if (outcome.type === 'created') return { ok: true, value: { code: 'created', snapshot: outcome.snapshot } };
  if (outcome.type === 'unchanged') return { ok: true, value: { code: 'created', snapshot: outcome.snapshot } };
  if (outcome.type === 'empty') return { ok: false, reason: { code: 'empty_workspace' } };
  return { ok: false, reason: outcome.reason };
}

/** The deadline of the second comparison after a rollback, ms: the operator waits for it. */
const COMPARE_MS = 10_000;

/** Counts what differs from a snapshot right after the rollback to it: what still runs writes on. Null where the tool does not tell. */
async function changesSince(checkpointer: Checkpointer | undefined, snapshot: string): Promise<number | null> {
  if (checkpointer?.capabilities.diff !== true) return null;
  const late = new Promise<null>((resolve) => void setTimeout(() => resolve(null), COMPARE_MS).unref());
  const found = await Promise.race([checkpointer.diff(snapshot, null).catch(() => null), late]);
  return found?.ok ? found.value.changes : null;
}

// What failed differs from the snapshot, too: then the number would mean nothing.
function isRestored(done: RollbackResult<Refusal>): boolean {
  if (done.ok) return true;
  return done.partial !== undefined && done.partial.notRestored.every(({ what }) => what !== 'all');
}

function withNews(
  done: RollbackResult<Refusal>,
  switchedTo: { readonly now: string; readonly before: string } | null,
  changedSince: number | null,
): RollbackResult<Refusal> {
  if (!done.ok) {
    const { reason } = done;
    const isNews = reason.code === 'rolled_back_in_part' && changedSince !== null;
    return isNews ? { ...done, reason: { ...reason, changedSince } } : done;
  }
  const { value } = done;
  if (value.code === 'initialized' && switchedTo !== null) {
    return { ok: true, value: { ...value, switched: switchedTo } };
  }
  if (value.code !== 'rolled_back' || changedSince === null) return done;
  return { ok: true, value: { ...value, changedSince } };
}
