import type { Result } from '../../core/result.ts';
import type { Availability, CheckpointRequest, Outcome } from '../../core/snapshots.ts';
import type { Command, Notice, RecoveredRun } from '../../core/reactor/messages.ts';
import type { Run } from '../../core/reactor/types.ts';
import type { Clock } from '../../effects/clock.ts';
import { createProber } from './prober.ts';
import type { Ownership } from './ownership.ts';
import { createOpener, type Slot, type SlotsDeps } from './slots.ts';
import type { Initializer } from '../deps.ts';

export type Acting = {
  readonly slots: ReadonlyMap<string, Slot>;
  /** Chooses a checkpointer for each workspace and asks it for the first time. */
  readonly open: () => Promise<void>;
  readonly spawn: (request: CheckpointRequest) => void;
  /** An operator's work on the whole workspace. */
  readonly work: (command: Command & { readonly type: 'work' }) => void;
  /** How a run that is on will have ended, once the core has been told; null for one that is not on. */
  readonly ending: (runId: string) => Promise<Result<string>> | null;
  readonly probe: (workspace: string) => Promise<Availability | null>;
  /** The folder was pinned by an operator, here or by another process: goes on with it, and says so. */
  readonly repinned: (workspace: string, change: string) => Promise<void>;
  /** The first, whole snapshot, made on arming: signals wait behind it, no deadline. */
  readonly prepare: (workspace: string) => void;
  readonly lookUp: (
    runs: readonly { readonly workspace: string; readonly run: Run }[],
  ) => Promise<readonly RecoveredRun[]>;
  /** Shutdown has begun; resolves when nothing runs any more. */
  readonly close: () => Promise<void>;
  readonly abort: () => void;
};

export type ActingDeps = Omit<SlotsDeps, 'probe' | 'stopping'> & {
  readonly workspaces: readonly string[];
  readonly initializer: Initializer | undefined;
  readonly clock: Clock;
  readonly notice: (notice: Notice) => void;
  /** The workspaces' locks, around what is started here; they are made after this. */
  readonly locks: () => Pick<Ownership, 'confirm' | 'suspend' | 'renew'>;
};

export function createActing(deps: ActingDeps): Acting {
  const slots = new Map<string, Slot>();
  const running = new Set<Promise<void>>();
  const endings = new Map<string, Promise<Result<string>>>();
  const abort = new AbortController();
  const stopping = new AbortController();
  const repinned: Acting['repinned'] = async (workspace, change) => {
    await opener.reopen(workspace);
    deps.notice({ type: 'operator', action: 'repin', target: workspace, reason: change });
    const { mode, workspaces } = deps.loop.state();
    if (mode !== 'observe' && workspaces.get(workspace)?.lock.type === 'ours') prepare(workspace);
  };
  const { probe, stop: stopProbing } = createProber(slots, deps.clock, deps.loop, repinned);

  const track = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  const keepEnding = (runId: string, ending: Promise<Result<string>>): void => {
    endings.set(runId, ending);
    track(ending.then(() => void endings.delete(runId)));
  };
  const opener = createOpener(slots, { ...deps, probe, stopping: stopping.signal });
  const runOne = async (request: CheckpointRequest): Promise<Result<string>> => {
    const { workspace, runId, message, metadata } = request;
    const control = { abort: abort.signal, stopping: stopping.signal };
    // An operator's checkpoint outranks the lock.
    const elsewhere = metadata.auto ? await elsewhereOf(deps, workspace) : null;
    const outcome = elsewhere ?? (await checkpointOf(slots.get(workspace), request, control));
    if (outcome.type === 'created') {
      const made = { id: outcome.snapshot, at: deps.loop.now().at, message, metadata, pinned: false };
      deps.known.appeared(workspace, made);
    }
    deps.loop.dispatch({ type: 'outcome', workspace, runId, outcome });
    if (!stopping.signal.aborted) await probe(workspace);
    return resultOf(outcome);
  };
  const workOne = async (command: Command & { readonly type: 'work' }): Promise<Result<string>> => {
    const { workspace, runId } = command;
    const slot = slots.get(workspace);
    const isMoved = command.kind === 'init' || slot?.checkpointer.name === 'ws-ckpt';
    if (isMoved) deps.locks().suspend(workspace);
    const done = await workOf(slot, deps.initializer, command);
    const other =
      command.kind === 'init' && done.ok && !stopping.signal.aborted ? await opener.openAgain(workspace) : null;
    if (isMoved) await deps.locks().renew(workspace);
    const result = done.ok && other !== null ? { ok: true as const, value: switched(done.value, other) } : done;
    deps.loop.dispatch({ type: 'worked', workspace, runId, result });
    if (!stopping.signal.aborted) await probe(workspace);
    return result;
  };
  const prepareOne = async (workspace: string, slot: Slot): Promise<void> => {
    deps.loop.dispatch({ type: 'baseline', workspace, phase: 'started' });
    const talk = (line: string): void => deps.talk(`${workspace}: ${line}`);
    const prepared = await slot.checkpointer.prepare(talk, stopping.signal);
    if (!prepared.ok && !stopping.signal.aborted) talk(prepared.reason);
    deps.loop.dispatch({ type: 'baseline', workspace, phase: 'ended' });
  };
  const prepare: Acting['prepare'] = (workspace) => {
    const slot = slots.get(workspace);
    if (slot && !deps.loop.state().workspaces.get(workspace)?.run) track(prepareOne(workspace, slot));
  };
  return {
    slots,
    probe,
    repinned,
    open: async () => {
      await Promise.all(deps.workspaces.map(opener.open));
    },
    spawn: (request) => keepEnding(request.runId, runOne(request)),
    work: (command) => keepEnding(command.runId, workOne(command)),
    ending: (runId) => endings.get(runId) ?? null,
    prepare,
    lookUp: (runs) => Promise.all(runs.map((open) => lookUpOne(slots, open))),
    close: async () => {
      stopping.abort();
      stopProbing();
      await Promise.all(running);
    },
    abort: () => abort.abort(),
  };
}

async function elsewhereOf({ locks }: ActingDeps, workspace: string): Promise<Outcome | null> {
  const reason = await locks().confirm(workspace);
  return reason === null ? null : { type: 'not_ours', reason, durationMs: 0, exitCode: null, stderr: '' };
}

async function lookUpOne(
  slots: ReadonlyMap<string, Slot>,
  { workspace, run }: { readonly workspace: string; readonly run: Run },
): Promise<RecoveredRun> {
  const found = await slots.get(workspace)?.checkpointer.lookUp({ snapshot: run.snapshot, runId: run.runId });
  return { workspace, run, snapshot: found?.type === 'found' ? found.snapshot : null };
}

// The interface promises values; a defect of ours must still not take the engine along.
async function checkpointOf(
  slot: Slot | undefined,
  request: CheckpointRequest,
  control: { readonly abort: AbortSignal; readonly stopping: AbortSignal },
): Promise<Outcome> {
  const failed = (reason: string): Outcome => ({ type: 'failed', reason, durationMs: 0, exitCode: null, stderr: '' });
  if (!slot) return failed('no checkpointer was chosen for this workspace');
  try {
    return await slot.checkpointer.checkpoint(request, control);
  } catch (error) {
    return failed(`defect in the ${slot.checkpointer.name} checkpointer: ${String(error)}`);
  }
}

async function workOf(
  slot: Slot | undefined,
  initializer: Initializer | undefined,
  { kind, workspace, snapshot }: Command & { readonly type: 'work' },
): Promise<Result<string>> {
  try {
    if (kind === 'init')
      return (await initializer?.init(workspace)) ?? { ok: false, reason: 'ws-ckpt init is not to be had' };
    return (await slot?.checkpointer.rollback(snapshot)) ?? { ok: false, reason: 'no checkpointer was chosen' };
  } catch (error) {
    return { ok: false, reason: `defect in ${kind}: ${String(error)}` };
  }
}

function resultOf(outcome: Outcome): Result<string> {
  if (outcome.type === 'created') return { ok: true, value: outcome.snapshot };
  if (outcome.type === 'empty') return { ok: false, reason: 'empty workspace: nothing was created' };
  return { ok: false, reason: outcome.reason };
}

// What an operator must know first: the choice is another one now.
function switched(done: string, { now, before }: { readonly now: string; readonly before: string }): string {
  const rest = `the snapshots of ${before} stay where they are, and --checkpointer ${before} lists them`;
  return `checkpoints are by ${now} from now on: ${done}; ${rest}`;
}
