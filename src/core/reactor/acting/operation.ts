import type { ActionOf } from '../../actions.ts';
import type { RestoreCounts } from '../../checkpointer-reasons.ts';
import type { Done } from '../../done.ts';
import type { Refusal } from '../../reasons.ts';
import type { OperationKind } from '../../runs.ts';
import { MAX_ROLLBACKS } from '../../limits.ts';
import { type Draft, notice, patchWorkspace, workspaceOf } from '../draft.ts';
import { actsElsewhere } from './gates.ts';
import { settleStopped } from './outcome.ts';
import type { Input } from '../messages.ts';
import type { ActiveRun, Run, WorkspaceState } from '../types.ts';
import { advance } from './waiting.ts';

/**
 * An operator's work on the whole workspace (a rollback, a restore of some paths, `ws-ckpt init`): alone, like a checkpoint, and signals wait behind
 * it. It is no checkpoint: it opens no window and counts for nothing.
 */
export function startOperation(draft: Draft, action: ActionOf<'rollback' | 'restore' | 'init'>): void {
  const { type: kind, workspace: name, by } = action;
  const snapshot = kind === 'init' ? '' : action.snapshot;
  const paths = kind === 'restore' ? { paths: action.paths } : {};
  const refused = whyNot(draft, name);
  if (refused !== null) return notice(draft, { type: 'refused', action: kind, target: name, reason: refused });
  const runId = `${draft.state.settings.instance}-${draft.state.nextRun}`;
  draft.state = { ...draft.state, nextRun: draft.state.nextRun + 1 };
  const { waiting } = workspaceOf(draft, name);
  const times = { startedAt: draft.at, startedMono: draft.mono, deadlineAt: null };
  const run: ActiveRun = { runId, kind, snapshot, ...times, signals: waiting, trigger: null, ...(by && { by }) };
  patchWorkspace(draft, name, { run });
  draft.commands.push({ type: 'operation', workspace: name, kind, snapshot, ...paths, runId });
}

function whyNot(draft: Draft, name: string): Refusal | null {
  const { run, queuedManual, lock } = workspaceOf(draft, name);
  if (draft.state.stopping) return { code: 'stopping' };
  if (queuedManual) return { code: 'busy', kind: 'queued_manual' };
  if (run) return { code: 'busy', kind: run.kind };
  const elsewhere = actsElsewhere(lock);
  if (elsewhere !== null) return { code: 'acts_elsewhere', by: elsewhere };
  return lock.type === 'gone' ? { code: 'owner_gone' } : null;
}

/** It has ended: reports it, and lets go on what waited. An end of a run that is not on means nothing. */
export function endOperation(
  draft: Draft,
  { workspace: name, runId, result, rollback }: Input & { readonly type: 'finished' },
): void {
  const { run } = workspaceOf(draft, name);
  if (run?.runId !== runId || !isOperation(run.kind)) return;
  patchWorkspace(draft, name, {
    run: null,
    ...((result.ok || result.partial !== undefined) && run.kind === 'rollback'
      ? rolledBack(draft, name, run, rollback?.changedSince)
      : {}),
  });
  const { counts } = result.ok ? countsOf(result.value) : (result.partial ?? {});
  const isDone = rollback !== undefined && (result.ok || result.partial !== undefined);
  const report = isDone ? { rollback: { snapshot: run.snapshot, ...(counts && { counts }), ...rollback } } : {};
  const by = run.by && { by: run.by };
  if (result.ok)
    notice(draft, { type: 'operator', action: run.kind, target: name, reason: result.value, ...by, ...report });
  else notice(draft, { type: 'refused', action: run.kind, target: name, reason: result.reason, ...by, ...report });
  if (draft.state.stopping) settleStopped(draft, name);
  else advance(draft, name);
}

function rolledBack(
  draft: Draft,
  name: string,
  { snapshot }: Run,
  changedSince: number | undefined,
): Pick<WorkspaceState, 'rollbacks'> {
  const { rollbacks } = workspaceOf(draft, name);
  const since = changedSince === undefined ? {} : { changedSince };
  return { rollbacks: [...rollbacks, { at: draft.at, snapshot, ...since }].slice(-MAX_ROLLBACKS) };
}

// Absent where the tool reports none.
function countsOf(done: Done): { readonly counts?: RestoreCounts } {
  return done.code === 'rolled_back' && done.counts !== null ? { counts: done.counts } : {};
}

function isOperation(kind: Run['kind']): kind is OperationKind {
  return kind === 'rollback' || kind === 'restore' || kind === 'init';
}
