import type { Signal } from '../signals.ts';
import { type Mono, type Ms, type Now, wallOf } from '../units.ts';
import { HOLD_GRACE_MS } from '../limits.ts';
import { policyVerdict } from './policy/policy.ts';
import type { ReactorState, Why, WorkspaceState } from './types.ts';

/** The settings and timers that decide about a signal now. */
export function whyNow(state: ReactorState, signal: Signal, now: Now, silenceId: string | null): Why {
  const { settings, session, mode } = state;
  const workspace = signal.workspace === null ? undefined : state.workspaces.get(signal.workspace);
  const running = workspace?.run?.kind === 'auto' ? workspace.run.signals.length : 0;
  const windowEndsAt = shownEnd(now, workspace?.windowEndsMono ?? null);
  return {
    at: now.at,
    mode,
    policy: policyVerdict({ config: settings.policy, session }, signal.type, signal.severity),
    debounceMs: settings.debounceMs,
    graceMs: graceMs(state),
    trailing: settings.trailing,
    windowEndsAt,
    windowSnapshot: windowEndsAt === null ? null : (workspace?.windowSnapshot ?? null),
    holdEndsAt: workspace?.hold ? wallOf(now, workspace.hold.endsMono) : null,
    backoffEndsAt: shownEnd(now, workspace?.backoffEndsMono ?? null),
    failures: workspace?.failures ?? 0,
    breakerOpen: workspace?.breaker.open ?? false,
    queued: (workspace?.waiting.length ?? 0) + running,
    ...(workspace !== undefined && {
      guard: { made: countedByGuard(workspace.recentAuto, now.mono).length, limit: settings.guard.perWorkspacePerHour },
    }),
    silenceId,
  };
}

/** The time over which the guard counts automatic checkpoints, ms. */
const GUARD_MS = 3_600_000;

/** Returns the automatic checkpoints that the guard still counts. */
export function countedByGuard(recentAuto: WorkspaceState['recentAuto'], mono: Mono): WorkspaceState['recentAuto'] {
  return recentAuto.filter((made) => made.mono > mono - GUARD_MS);
}

/** The countdown of the present mode, ms: hold 10 s and auto 0 unless a grace is configured. */
export function graceMs({ mode, settings }: Pick<ReactorState, 'mode' | 'settings'>): number {
  return settings.graceMs ?? (mode === 'hold' ? HOLD_GRACE_MS : 0);
}

/** The end of a window or a back-off by the wall clock: now + what is left; null where it is over. */
export function shownEnd(now: Now, endsMono: Mono | null): Ms | null {
  return endsMono !== null && now.mono < endsMono ? wallOf(now, endsMono) : null;
}
