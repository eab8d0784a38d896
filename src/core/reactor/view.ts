import type { Ms } from '../events.ts';
import { breakerDueAt, breakerReason, guardGate } from './acting/gates.ts';
import { workspaceSilence } from './silences/silences.ts';
import type { ReactorState, Run, WorkspaceState, SignalRecord } from './types.ts';

export type WorkspaceWord =
  | 'running'
  | 'held'
  | 'disarmed'
  | 'observer'
  | 'unavailable'
  | 'unmanaged'
  | 'guarded'
  | 'breaker_open'
  | 'suppressed'
  | 'backing_off'
  | 'debouncing'
  | 'ready';

/** A workspace's state in one word, when it ends (null for open end), and why in words. */
export type WorkspaceStatus = { readonly state: WorkspaceWord; readonly endsAt: Ms | null; readonly reason: string };

/** The first word that applies, in the order of the output contract. */
export function workspaceStatus(state: ReactorState, workspace: WorkspaceState, at: Ms): WorkspaceStatus {
  const { run, hold, lock, availability } = workspace;
  if (run) return { state: 'running', endsAt: run.deadlineAt, reason: runReason(run.kind, run.snapshot) };
  if (hold) return { state: 'held', endsAt: hold.endsAt, reason: 'a checkpoint is held: veto or fire it' };
  if (state.mode === 'observe') return { state: 'disarmed', endsAt: null, reason: 'mode observe' };
  if (lock.type === 'other') {
    return {
      state: 'observer',
      endsAt: null,
      reason: `another engine acts here: pid ${lock.owner.pid} of ${lock.owner.user}`,
    };
  }
  if (availability?.state !== 'available') {
    return {
      state: availability?.state === 'unmanaged' ? 'unmanaged' : 'unavailable',
      endsAt: null,
      reason: availability?.reason ?? 'the checkpointer has not answered yet',
    };
  }
  return restraint(state, workspace, at);
}

function restraint(state: ReactorState, workspace: WorkspaceState, at: Ms): WorkspaceStatus {
  const guarded = guardGate(state, workspace, null, at);
  if (guarded) return { state: 'guarded', endsAt: null, reason: guarded.reason };
  if (workspace.breaker.open) {
    const dueAt = breakerDueAt(workspace);
    return { state: 'breaker_open', endsAt: at < dueAt ? dueAt : null, reason: breakerReason(workspace, at) };
  }
  const silence = workspaceSilence(state.silences, workspace.workspace, at);
  if (silence)
    return { state: 'suppressed', endsAt: silence.endsAt, reason: `silence ${silence.id} by ${silence.createdBy}` };
  if (workspace.backoffEndsAt !== null && at < workspace.backoffEndsAt) {
    return { state: 'backing_off', endsAt: workspace.backoffEndsAt, reason: 'after a failure' };
  }
  if (workspace.windowEndsAt !== null && at < workspace.windowEndsAt) {
    return {
      state: 'debouncing',
      endsAt: workspace.windowEndsAt,
      reason: `since ${workspace.windowSnapshot ?? 'a checkpoint'}`,
    };
  }
  return { state: 'ready', endsAt: null, reason: '' };
}

function runReason(kind: Run['kind'], snapshot: string): string {
  switch (kind) {
    case 'auto':
    case 'manual':
      return `checkpoint ${snapshot}`;
    case 'baseline':
      return 'the first, whole snapshot is being made';
    case 'rollback':
      return `rolling back to ${snapshot}`;
    case 'init':
      return 'ws-ckpt init: the tree moves into its store';
  }
}

/** Whether something still waits for a signal: it is held, coalesced, backing off or running. */
export function isUnsettled({ fate }: SignalRecord): boolean {
  return fate === null || !fate.settled;
}
