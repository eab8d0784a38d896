import type { StatusReason } from '../reasons.ts';
import { type Ms, type Now, wallOf } from '../units.ts';
import { actsElsewhere, breakerDue, breakerReason, guardGate, nameOf, unavailableReason } from './acting/gates.ts';
import { shownSilenceEnd, workspaceSilence } from './silences/silences.ts';
import type { ActiveRun, Hold, HoldState, ReactorState, Run, SignalRecord, WorkspaceState } from './types.ts';
import { shownEnd } from './why.ts';

/** In the order of the output contract: the first that applies. */
export const WORKSPACE_STATES = [
  'running',
  'held',
  'disarmed',
  'observer',
  'unavailable',
  'unmanaged',
  'guarded',
  'breaker_open',
  'suppressed',
  'backing_off',
  'debouncing',
  'ready',
] as const;

export type WorkspaceStateName = (typeof WORKSPACE_STATES)[number];

/** A workspace's state as one name, when it ends (null for open end), and why. */
export type WorkspaceStatus = {
  readonly state: WorkspaceStateName;
  readonly endsAt: Ms | null;
  readonly reason: StatusReason;
};

/** The first state that applies, in the order of the output contract. */
export function workspaceStatus(state: ReactorState, workspace: WorkspaceState, now: Now): WorkspaceStatus {
  const { run, hold, lock, availability } = workspace;
  if (run) {
    const reason = { code: 'running', kind: run.kind, snapshot: run.snapshot } as const;
    return { state: 'running', endsAt: shownRun(now, run).deadlineAt, reason };
  }
  if (hold) return { state: 'held', endsAt: wallOf(now, hold.endsMono), reason: { code: 'held' } };
  if (state.mode === 'observe') return { state: 'disarmed', endsAt: null, reason: { code: 'observing' } };
  const elsewhere = actsElsewhere(lock);
  if (elsewhere !== null) return { state: 'observer', endsAt: null, reason: elsewhere };
  if (lock.type === 'gone') return { state: 'observer', endsAt: null, reason: { code: 'owner_gone' } };
  if (availability?.state !== 'available') {
    return {
      state: availability?.state === 'unmanaged' ? 'unmanaged' : 'unavailable',
      endsAt: null,
      reason: unavailableReason(availability),
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
  const silence = workspaceSilence(state.silences, workspace.path, now);
  if (silence) {
    const reason = { code: 'silenced', silence: nameOf(silence) } as const;
    return { state: 'suppressed', endsAt: shownSilenceEnd(now, silence), reason };
  }
  const backoffEndsAt = shownEnd(now, workspace.backoffEndsMono);
  if (backoffEndsAt !== null) return { state: 'backing_off', endsAt: backoffEndsAt, reason: { code: 'backing_off' } };
  const windowEndsAt = shownEnd(now, workspace.windowEndsMono);
  if (windowEndsAt !== null) {
    const reason = { code: 'inside_window', snapshot: workspace.windowSnapshot } as const;
    return { state: 'debouncing', endsAt: windowEndsAt, reason };
  }
  return { state: 'ready', endsAt: null, reason: { code: 'ready' } };
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
