import { isMoment } from '../../moments.ts';
import type { BreakerReason, GateReason, GuardReason, SilenceName, UnavailableReason } from '../../reasons.ts';
import type { Elsewhere } from '../../runs.ts';
import type { FateName, Signal } from '../../signals.ts';
import type { Availability } from '../../snapshots.ts';
import type { Mono, Ms, Now } from '../../units.ts';
import { BREAKER_FAILURES, BREAKER_FIRST_MS, BREAKER_LAST_MS } from '../../limits.ts';
import { newWorkspace } from '../draft.ts';
import { policyAction } from '../policy/policy.ts';
import { sessionFolder } from '../signals.ts';
import { silenceFor } from '../silences/silences.ts';
import type { Lock, ReactorState, WorkspaceState } from '../types.ts';
import { countedByGuard } from '../why.ts';

/** The fate of a signal that may not act. */
export type Refused = { readonly fate: FateName; readonly reason: GateReason; readonly silenceId?: string };

/**
 * The order of checks, on arrival and again before a spawn: the first that applies is the fate; null means that the
 * signal may wait or act.
 */
export function gate(state: ReactorState, signal: Signal, now: Now): Refused | null {
  if (signal.historical) return { fate: 'historical', reason: { code: 'before_attach' } };
  return policyGate(state, signal) ?? workspaceGate(state, signal, now);
}

function policyGate({ policy }: ReactorState, signal: Signal): Refused | null {
  const action = policyAction(policy, signal.type, signal.severity);
  if (action === 'ignore') return { fate: 'ignored', reason: { code: 'policy', action, type: signal.type } };
  if (signal.downgraded !== null) return { fate: 'flagged', reason: { code: 'downgraded', rule: signal.downgraded } };
  if (action === 'flag') return { fate: 'flagged', reason: { code: 'policy', action, type: signal.type } };
  return null;
}

function workspaceGate(state: ReactorState, signal: Signal, now: Now): Refused | null {
  if (signal.workspace === null) {
    const folder = sessionFolder(state.settings.workspaces, signal);
    const refused = folder?.type === 'refused' ? { folder: { code: folder.code, path: folder.path } } : {};
    return { fate: 'no_workspace', reason: { code: 'no_workspace', agent: signal.agent, ...refused } };
  }
  const silence = silenceFor(state.silences, signal, now);
  if (silence)
    return { fate: 'suppressed', reason: { code: 'silenced', silence: nameOf(silence) }, silenceId: silence.id };
  if (state.mode === 'observe') {
    const { readOnly } = state.settings;
    return { fate: 'disarmed', reason: { code: 'disarmed', readOnly, workspace: signal.workspace } };
  }
  const workspace = state.workspaces.get(signal.workspace) ?? newWorkspace(signal.workspace);
  return (
    lockGate(workspace) ??
    availabilityGate(workspace) ??
    guardGate(state, workspace, signal, now.mono) ??
    breakerGate(workspace, signal, now.mono)
  );
}

/** Returns of a silence what names it to an operator. */
export function nameOf({ id, createdBy, reason }: SilenceName): SilenceName {
  return { id, createdBy, reason };
}

function lockGate({ lock }: WorkspaceState): Refused | null {
  const reason = actsElsewhere(lock);
  return reason === null ? null : { fate: 'observer', reason };
}

/** Returns who acts here instead of us; null where that is us or no one. */
export function actsElsewhere(lock: Lock): Elsewhere | null {
  switch (lock.type) {
    case 'other':
      return { code: 'other_engine', owner: lock.owner };
    case 'outside':
      return { code: 'held_outside' };
    case 'gone':
    case 'none':
    case 'ours':
      return null;
  }
}

function availabilityGate({ availability }: WorkspaceState): Refused | null {
  if (availability?.state === 'available') return null;
  return { fate: 'unavailable', reason: unavailableReason(availability) };
}

/** Returns why there is no checkpointer. */
export function unavailableReason(availability: Availability | null): UnavailableReason {
  return availability?.reason ?? { code: 'not_asked_yet' };
}

/**
 * The space guard: a store that is nearly full, or too many automatic checkpoints within an hour. Moments come many times
 * an hour: they may fill half of the limits, so that there is room left when something goes wrong.
 */
export function guardGate(
  { settings: { guard }, workspaces }: ReactorState,
  workspace: WorkspaceState,
  signal: Pick<Signal, 'agent' | 'type'> | null,
  mono: Mono,
): (Refused & { readonly reason: GuardReason }) | null {
  const used = workspace.availability?.usedRatio ?? null;
  const freeSpaceHint = workspace.availability?.freeSpaceHint ?? null;
  if (used !== null && used > guard.storeUsedRatio) {
    return { fate: 'guarded', reason: { code: 'store_full', usedRatio: used, freeSpaceHint } };
  }
  const isHalf = signal !== null && isMoment(signal.type);
  const most = (limit: number): number => (isHalf ? Math.ceil(limit / 2) : limit);
  const recent = countedByGuard(workspace.recentAuto, mono).length;
  if (recent >= most(guard.perWorkspacePerHour)) {
    return { fate: 'guarded', reason: { code: 'workspace_limit', count: recent, isHalf, freeSpaceHint } };
  }
  if (signal === null) return null;
  const everywhere = [...workspaces.values()].flatMap(({ recentAuto }) => recentAuto);
  const ofAgent = countedByGuard(everywhere, mono).filter(({ agent }) => agent === signal.agent).length;
  if (ofAgent < most(guard.perAgentPerHour)) return null;
  const reason = { code: 'agent_limit', count: ofAgent, agent: signal.agent, isHalf, freeSpaceHint } as const;
  return { fate: 'guarded', reason };
}

function breakerGate(workspace: WorkspaceState, signal: Signal, mono: Mono): Refused | null {
  const { breaker, failures } = workspace;
  if (!breaker.open || breaker.probe === signal.signalId) return null;
  if (breaker.probe !== null) return { fate: 'breaker_open', reason: { code: 'probe_running', failures } };
  return mono > breakerDue(workspace) ? null : { fate: 'breaker_open', reason: breakerReason(workspace, mono) };
}

/** Returns why nothing is tried any more. */
export function breakerReason(workspace: WorkspaceState, mono: Mono): BreakerReason {
  const probesInMs = Math.max(0, breakerDue(workspace) - mono);
  return { code: 'breaker_open', failures: workspace.failures, probesInMs };
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
