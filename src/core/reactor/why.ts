import type { Ms, Signal } from '../events.ts';
import { HOLD_GRACE_MS } from '../limits.ts';
import { policyVerdict } from './policy/policy.ts';
import type { ReactorState, Why } from './types.ts';

/** The settings and timers that decide about a signal now. */
export function whyNow(state: ReactorState, signal: Signal, at: Ms, silenceId: string | null): Why {
  const { settings, session, mode } = state;
  const workspace = signal.workspace === null ? undefined : state.workspaces.get(signal.workspace);
  const running = workspace?.run?.kind === 'auto' ? workspace.run.signals.length : 0;
  return {
    at,
    mode,
    policy: policyVerdict({ config: settings.policy, session }, signal.signal, signal.severity),
    debounceMs: settings.debounceMs,
    graceMs: graceMs(state),
    trailing: settings.trailing,
    windowEndsAt: ifOpen(workspace?.windowEndsAt, at),
    windowSnapshot: ifOpen(workspace?.windowEndsAt, at) === null ? null : (workspace?.windowSnapshot ?? null),
    holdEndsAt: workspace?.hold?.endsAt ?? null,
    backoffEndsAt: ifOpen(workspace?.backoffEndsAt, at),
    failures: workspace?.failures ?? 0,
    breakerOpen: workspace?.breaker.open ?? false,
    queued: (workspace?.waiting.length ?? 0) + running,
    silenceId,
  };
}

/** The countdown of the present mode, ms: hold 10 s and auto 0 unless a grace is configured. */
export function graceMs({ mode, settings }: Pick<ReactorState, 'mode' | 'settings'>): number {
  return settings.graceMs ?? (mode === 'hold' ? HOLD_GRACE_MS : 0);
}

function ifOpen(endsAt: Ms | null | undefined, at: Ms): Ms | null {
  return endsAt !== null && endsAt !== undefined && at < endsAt ? endsAt : null;
}
