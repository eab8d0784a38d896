import { type Ms, type Now, wallOf } from '../units.ts';
import { actsElsewhere, breakerDue, breakerReason, guardGate, OWNER_GONE } from './acting/gates.ts';
import { shownSilenceEnd, workspaceSilence } from './silences/silences.ts';
import type { ActiveRun, Hold, HoldState, ReactorState, Run, SignalRecord, WorkspaceState } from './types.ts';
import { shownEnd } from './why.ts';

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
export function workspaceStatus(state: ReactorState, workspace: WorkspaceState, now: Now): WorkspaceStatus {
  const { run, hold, lock, availability } = workspace;
  if (run)
    return { state: 'running', endsAt: shownRun(now, run).deadlineAt, reason: runReason(run.kind, run.snapshot) };
  if (hold)
    return { state: 'held', endsAt: wallOf(now, hold.endsMono), reason: 'a checkpoint is held: veto or fire it' };
  if (state.mode === 'observe') return { state: 'disarmed', endsAt: null, reason: 'mode observe' };
  const elsewhere = actsElsewhere(lock);
  if (elsewhere !== null) return { state: 'observer', endsAt: null, reason: elsewhere };
  if (lock.type === 'gone') return { state: 'observer', endsAt: null, reason: OWNER_GONE };
  if (availability?.state !== 'available') {
    return {
      state: availability?.state === 'unmanaged' ? 'unmanaged' : 'unavailable',
      endsAt: null,
      reason: availability?.reason ?? 'the checkpointer has not answered yet',
    };
  }
  return restraint(state, workspace, now);
}

function restraint(state: ReactorState, workspace: WorkspaceState, now: Now): WorkspaceStatus {
  const guarded = guardGate(state, workspace, null, now.mono);
  if (guarded) return { state: 'guarded', endsAt: null, reason: guarded.reason };
  if (workspace.breaker.open) {
    const endsAt = shownEnd(now, breakerDue(workspace));
    return { state: 'breaker_open', endsAt, reason: breakerReason(workspace, now.mono) };
  }
  const silence = workspaceSilence(state.silences, workspace.workspace, now);
  if (silence) {
    const reason = `silence ${silence.id} by ${silence.createdBy}`;
    return { state: 'suppressed', endsAt: shownSilenceEnd(now, silence), reason };
  }
  const backoffEndsAt = shownEnd(now, workspace.backoffEndsMono);
  if (backoffEndsAt !== null) return { state: 'backing_off', endsAt: backoffEndsAt, reason: 'after a failure' };
  const windowEndsAt = shownEnd(now, workspace.windowEndsMono);
  if (windowEndsAt !== null) {
    const reason = `since ${workspace.windowSnapshot ?? 'a checkpoint'}`;
    return { state: 'debouncing', endsAt: windowEndsAt, reason };
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

/** A hold by the wall clock as it stands now. */
export function shownHold(now: Now, { endsMono, ...hold }: HoldState): Hold {
  return { ...hold, startedAt: wallOf(now, hold.startedMono), endsAt: wallOf(now, endsMono) };
}

/** A run that is on, by the wall clock as it stands now: the clock may have been set since it began. */
export function shownRun(now: Now, { startedMono, ...run }: ActiveRun): Run {
  const startedAt = wallOf(now, startedMono);
  return {
    ...run,
    startedAt,
    deadlineAt: run.deadlineAt === null ? null : startedAt + (run.deadlineAt - run.startedAt),
  };
}

/** Returns true if a signal is not settled: it is held, coalesced, backing off or running. */
export function isUnsettled({ fate }: SignalRecord): boolean {
  return fate === null || !fate.settled;
}
