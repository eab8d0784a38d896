import type { Signal } from '../../signals.ts';
import type { CheckpointMetadata } from '../../snapshots.ts';
import { cancel, type Draft, notice, patchWorkspace, workspaceOf } from '../draft.ts';
import { autoSnapshotId, manualSnapshotId } from '../ids.ts';
import type { ActiveRun, ManualRequest, ReactorState, Run } from '../types.ts';

/** Starts the automatic checkpoint for everything that waits; there must be something, and nothing may run. */
export function startAuto(draft: Draft, name: string): void {
  const { waiting } = workspaceOf(draft, name);
  const trigger = leader(draft.state, waiting);
  const signal = draft.state.open.get(trigger)?.signal;
  if (!signal) return;
  const snapshot = autoSnapshotId(draft.at, signal.signal);
  const run = newRun(draft, { kind: 'auto', snapshot, signals: waiting, trigger });
  patchWorkspace(draft, name, { waiting: [], hold: null, run });
  for (const timer of ['hold', 'window', 'backoff']) cancel(draft, `${timer}:${name}`);
  const message = `reactive: ${signal.signal} (conv=${signal.conversationId ?? 'unknown'})`;
  spawn(draft, name, run, message, autoMetadata(draft, run, signal));
}

/** Starts an operator's checkpoint; what waits goes on waiting and is absorbed by its success. */
export function startManual(draft: Draft, name: string, request: ManualRequest): void {
  const { waiting } = workspaceOf(draft, name);
  const snapshot = manualSnapshotId(draft.at);
  const run = newRun(draft, { kind: 'manual', snapshot, signals: waiting, trigger: null });
  patchWorkspace(draft, name, { run, queuedManual: null });
  spawn(draft, name, run, manualMessage(request), {
    ...baseMetadata(draft, run),
    auto: false,
    type: 'manual',
    agent: request.agent,
    ...(request.rollbackTo === null ? {} : { rollback_to: request.rollbackTo }),
  });
}

// One before a rollback belongs to no conversation: it says what it is instead.
function manualMessage({ reason, conversationId, rollbackTo }: ManualRequest): string {
  if (rollbackTo === null) return `manual: ${reason ?? 'operator'} (conv=${conversationId ?? 'unknown'})`;
  return `manual: before rollback to ${rollbackTo}${reason === null ? '' : `: ${reason}`}`;
}

/** The signal that a checkpoint for all of them is named after: the earliest of the highest severity. */
export function leader(state: ReactorState, ids: readonly string[]): string {
  const weight = { critical: 4, high: 3, medium: 2, low: 1 };
  const weigh = (id: string): number => weight[state.open.get(id)?.signal.severity ?? 'low'];
  return ids.reduce((best, id) => (weigh(id) > weigh(best) ? id : best), ids[0] ?? '');
}

function newRun(draft: Draft, facts: Pick<Run, 'kind' | 'snapshot' | 'signals' | 'trigger'>): ActiveRun {
  const runId = `${draft.state.settings.instance}-${draft.state.nextRun}`;
  draft.state = { ...draft.state, nextRun: draft.state.nextRun + 1 };
  const { at, mono: startedMono } = draft;
  return { ...facts, runId, startedAt: at, startedMono, deadlineAt: at + draft.state.settings.timeoutMs };
}

function spawn(draft: Draft, name: string, run: Run, message: string, metadata: CheckpointMetadata): void {
  notice(draft, { type: 'started', workspace: name, run });
  const { timeoutMs } = draft.state.settings;
  const request = { runId: run.runId, workspace: name, snapshot: run.snapshot, message, metadata, timeoutMs };
  draft.commands.push({ type: 'spawn', request });
}

function autoMetadata(draft: Draft, run: Run, signal: Signal): CheckpointMetadata {
  return {
    ...baseMetadata(draft, run),
    auto: true,
    type: 'reactive',
    signal: signal.signal,
    signal_id: signal.signalId,
    agent: signal.agent,
    pid: signal.pid,
    call_id: signal.callId,
  };
}

function baseMetadata({ state }: Draft, run: Run): Pick<CheckpointMetadata, 'tool' | 'version' | 'host' | 'run_id'> {
  return { tool: 'sightline', version: state.settings.version, host: state.settings.host, run_id: run.runId };
}
