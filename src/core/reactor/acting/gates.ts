import type { FateName, Signal } from '../../signals.ts';
import type { Mono, Ms, Now } from '../../units.ts';
import { BREAKER_FAILURES, BREAKER_FIRST_MS, BREAKER_LAST_MS } from '../../limits.ts';
import { newWorkspace } from '../draft.ts';
import { policyAction } from '../policy/policy.ts';
import { silenceFor } from '../silences/silences.ts';
import type { Lock, ReactorState, WorkspaceState } from '../types.ts';

const HOUR_MS = 3_600_000;

/** A folder that is locked by a process out of view. */
const HELD_OUTSIDE =
  'the folder is held outside this container, by a process that cannot be seen from here; "lock": "record" in the configuration ignores it';
/** An owner that is gone, before anybody takes over. */
export const OWNER_GONE = 'the owner is gone';

export type Refusal = { readonly fate: FateName; readonly reason: string; readonly silenceId?: string };

/**
 * The order of checks, on arrival and again before a spawn: the first that applies is the fate; null means that the
 * signal may wait or act.
 */
export function gate(state: ReactorState, signal: Signal, now: Now): Refusal | null {
  if (signal.historical) return { fate: 'historical', reason: 'it was there when we attached: shown, not acted upon' };
  return policyGate(state, signal) ?? workspaceGate(state, signal, now);
}

function policyGate({ policy }: ReactorState, signal: Signal): Refusal | null {
  const action = policyAction(policy, signal.signal, signal.severity);
  if (action === 'ignore') return { fate: 'ignored', reason: `policy: ${signal.signal} is ignored` };
  if (signal.downgraded !== null) return { fate: 'flagged', reason: `downgraded: ${signal.downgraded}` };
  if (action === 'flag') return { fate: 'flagged', reason: `policy: ${signal.signal} is flagged, not acted upon` };
  return null;
}

function workspaceGate(state: ReactorState, signal: Signal, now: Now): Refusal | null {
  if (signal.workspace === null) {
    return { fate: 'no_workspace', reason: `no workspace is configured for agent ${signal.agent ?? 'unknown'}` };
  }
  const silence = silenceFor(state.silences, signal, now);
  if (silence) return { fate: 'suppressed', reason: silenceReason(silence), silenceId: silence.id };
  if (state.mode === 'observe') {
    const why = state.settings.readOnly ? 'read-only' : 'mode observe';
    return { fate: 'disarmed', reason: `${why}: would have checkpointed ${signal.workspace}` };
  }
  const workspace = state.workspaces.get(signal.workspace) ?? newWorkspace(signal.workspace);
  return (
    lockGate(workspace) ??
    availabilityGate(workspace) ??
    guardGate(state, workspace, signal, now.mono) ??
    breakerGate(workspace, signal, now.mono)
  );
}

function silenceReason({ id, createdBy, reason }: { id: string; createdBy: string; reason: string | null }): string {
  return `silence ${id} by ${createdBy}${reason === null ? '' : `: ${reason}`}`;
}

function lockGate({ lock }: WorkspaceState): Refusal | null {
  const reason = actsElsewhere(lock);
  return reason === null ? null : { fate: 'observer', reason };
}

/** Who acts here in our place, in words; null where that is us or no one. */
export function actsElsewhere(lock: Lock): string | null {
  switch (lock.type) {
    case 'other':
      return `another engine acts here: pid ${lock.owner.pid} of ${lock.owner.user}`;
    case 'outside':
      return HELD_OUTSIDE;
    case 'gone':
    case 'none':
    case 'ours':
      return null;
  }
}

function availabilityGate({ availability }: WorkspaceState): Refusal | null {
  if (availability?.state === 'available') return null;
  return { fate: 'unavailable', reason: availability?.reason ?? 'the checkpointer has not answered yet' };
}

/** The space guard: a store that is nearly full, or too many automatic checkpoints within an hour. */
export function guardGate(
  { settings: { guard }, workspaces }: ReactorState,
  workspace: WorkspaceState,
  signal: Pick<Signal, 'agent'> | null,
  mono: Mono,
): Refusal | null {
  const used = workspace.availability?.usedRatio ?? null;
  const hint = workspace.availability?.freeSpaceHint ?? null;
  const remedy = hint === null ? '' : `; free space: ${hint}`;
  if (used !== null && used > guard.storeUsedRatio) {
    return { fate: 'guarded', reason: `the snapshot store is ${(used * 100).toFixed(1)} % full${remedy}` };
  }
  const recent = workspace.recentAuto.filter((made) => made.mono > mono - HOUR_MS);
  if (recent.length >= guard.perWorkspacePerHour) {
    return {
      fate: 'guarded',
      reason: `${recent.length} automatic checkpoints of this workspace within an hour${remedy}`,
    };
  }
  if (signal === null) return null;
  const everywhere = [...workspaces.values()].flatMap(({ recentAuto }) => recentAuto);
  const ofAgent = everywhere.filter((made) => made.agent === signal.agent && made.mono > mono - HOUR_MS).length;
  if (ofAgent < guard.perAgentPerHour) return null;
  return {
    fate: 'guarded',
    reason: `${ofAgent} automatic checkpoints for agent ${signal.agent ?? 'unknown'} within an hour${remedy}`,
  };
}

function breakerGate(workspace: WorkspaceState, signal: Signal, mono: Mono): Refusal | null {
  const { breaker } = workspace;
  if (!breaker.open || breaker.probe === signal.signalId) return null;
  if (breaker.probe !== null)
    return { fate: 'breaker_open', reason: `${workspace.failures} failures in a row; a probe is under way` };
  return mono > breakerDue(workspace) ? null : { fate: 'breaker_open', reason: breakerReason(workspace, mono) };
}

/** Why nothing is tried any more, and the remedy. */
export function breakerReason(workspace: WorkspaceState, mono: Mono): string {
  const seconds = Math.ceil((breakerDue(workspace) - mono) / 1_000);
  const next = seconds > 0 ? `the first signal after ${seconds} s probes` : 'the next signal probes';
  return `${workspace.failures} failures in a row; ${next}; see why the last one failed, then take a manual checkpoint: its success closes the breaker`;
}

/** From when on (exclusive) a signal may probe: 1, 2, 4 … 16 minutes after the last failure. */
export function breakerDue({ failures, lastFailureMono }: WorkspaceState): Mono {
  return lastFailureMono === null ? -Infinity : lastFailureMono + breakerWait(failures);
}

/** Returns the wait of the breaker after so many failures in a row, ms. */
export function breakerWait(failures: number): Ms {
  const doublings = Math.max(0, failures - BREAKER_FAILURES);
  return Math.min(BREAKER_LAST_MS, BREAKER_FIRST_MS * 2 ** Math.min(doublings, 10));
}
