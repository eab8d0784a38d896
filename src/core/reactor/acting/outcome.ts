import type { CheckpointerReason } from '../../checkpointer-reasons.ts';
import type { FateReason, RunReason } from '../../reasons.ts';
import { type Availability, contentsOf, type Outcome, type Snapshot } from '../../snapshots.ts';
import { ageOf, type Mono } from '../../units.ts';
import { BACKOFF_FIRST_MS, BREAKER_FAILURES, MAX_LOST_RUNS } from '../../limits.ts';
import { cancel, type Draft, notice, patchWorkspace, recordOf, settle, workspaceOf } from '../draft.ts';
import { breakerReason } from './gates.ts';
import { endHold, advance, recheck, clearTimers } from './waiting.ts';
import type { Input, Notice, RecoveredRun } from '../messages.ts';
import { causeOf } from './spawn.ts';
import type { Run } from '../types.ts';
import { countedByGuard } from '../why.ts';

/** The checkpointer sets to work. Only then is a run announced: one that its folder forbids is none. */
export function beginRun(draft: Draft, name: string, runId: string): void {
  const { run } = workspaceOf(draft, name);
  if (run?.runId === runId) notice(draft, { type: 'started', workspace: name, run });
}

/** A run has ended: settle what it acted for, then move on. An outcome of a run that is not on means nothing. */
export function finishRun(
  draft: Draft,
  { workspace: name, runId, outcome, begun = true }: Input & { readonly type: 'outcome' },
): void {
  const { run } = workspaceOf(draft, name);
  if (!run || run.runId !== runId) return;
  // Ended by our own shutdown: the run stays on record, and the next start looks it up.
  if (outcome.type === 'unknown' && draft.state.stopping) return;
  patchWorkspace(draft, name, { run: null });
  if (begun) emitEnded(draft, name, run, outcome);
  if (outcome.type === 'timed_out' || outcome.type === 'failed' || outcome.type === 'unknown')
    keepLost(draft, name, run);
  if (run.kind === 'manual') finishManual(draft, name, run, outcome);
  else finishAuto(draft, name, run, outcome);
  if (draft.state.stopping) settleStopped(draft, name);
  else advance(draft, name);
}

function finishAuto(draft: Draft, name: string, run: Run, outcome: Outcome): void {
  switch (outcome.type) {
    case 'created':
      return succeed(draft, name, run, outcome);
    case 'empty':
      settleAll(draft, run, 'failed', { code: 'empty_workspace' });
      return patchWorkspace(draft, name, { backoffEndsMono: draft.mono + BACKOFF_FIRST_MS });
    case 'unchanged': {
      const { snapshot } = outcome;
      return settleAll(draft, run, 'coalesced', { code: 'unchanged', snapshot }, snapshot);
    }
    case 'guarded':
      // The next try reads the workspace again: not at once.
      settleAll(draft, run, 'guarded', outcome.reason);
      return patchWorkspace(draft, name, { backoffEndsMono: draft.mono + BACKOFF_FIRST_MS });
    case 'unavailable':
      settleAll(draft, run, 'unavailable', outcome.reason);
      return becomeUnavailable(draft, name, outcome.reason);
    case 'not_ours':
      return settleAll(draft, run, 'observer', outcome.reason);
    case 'failed':
    case 'timed_out':
    case 'unknown':
      settleAll(draft, run, outcome.type === 'timed_out' ? 'timed_out' : 'failed', failureReason(outcome));
      return countFailure(draft, name);
  }
}

function succeed(draft: Draft, name: string, run: Run, outcome: Outcome & { type: 'created' }): void {
  const agent = agentOf(draft, run);
  const { snapshot, durationMs, late, leftOut } = outcome;
  const facts = { snapshot, ...contentsOf(outcome) };
  for (const id of run.signals) {
    if (id === run.trigger) {
      const reason = { code: 'created', snapshot, durationMs, late, ...(leftOut && { leftOut }) } as const;
      settle(draft, id, 'checkpointed', reason, { ...facts, durationMs });
    } else settle(draft, id, 'coalesced', { code: 'created_for_all', late }, facts);
  }
  const recentAuto = countedByGuard(workspaceOf(draft, name).recentAuto, draft.mono);
  patchWorkspace(draft, name, { recentAuto: [...recentAuto, { mono: draft.mono, agent }] });
  clearFailures(draft, name);
  openWindow(draft, name, outcome.snapshot, draft.mono);
  patchWorkspace(draft, name, { lastSnapshot: { id: outcome.snapshot, at: draft.at, trigger: run.trigger ?? '' } });
}

function finishManual(draft: Draft, name: string, run: Run, outcome: Outcome): void {
  if (outcome.type !== 'created') {
    if (outcome.type === 'unavailable') becomeUnavailable(draft, name, outcome.reason);
    // What arrived before it started goes through the checks at once, as if it had just come.
    return recheck(draft, name);
  }
  clearFailures(draft, name);
  openWindow(draft, name, outcome.snapshot, draft.mono);
  const absorbed = new Set(run.signals);
  const waiting = workspaceOf(draft, name).waiting.filter((id) => !absorbed.has(id));
  for (const id of run.signals) {
    settle(
      draft,
      id,
      'coalesced',
      { code: 'operator_created' },
      { snapshot: outcome.snapshot, ...contentsOf(outcome) },
    );
  }
  patchWorkspace(draft, name, { waiting, lastSnapshot: { id: outcome.snapshot, at: draft.at, trigger: 'operator' } });
  endHold(draft, name, 'cancelled');
  clearTimers(draft, name);
}

function keepLost(draft: Draft, name: string, { runId, signals, trigger }: Run): void {
  const { lostRuns } = workspaceOf(draft, name);
  patchWorkspace(draft, name, { lostRuns: [...lostRuns, { runId, signals, trigger }].slice(-MAX_LOST_RUNS) });
}

/** The snapshot of a run that had been given up (a stopped daemon went on): reported as an update, and the fates stay. */
export function lateSnapshot(draft: Draft, name: string, snapshot: Snapshot): void {
  const { lostRuns, recentAuto } = workspaceOf(draft, name);
  const lost = lostRuns.find(({ runId }) => runId === snapshot.metadata?.['run_id']);
  if (lost === undefined) return;
  const { signals, trigger } = lost;
  const records = signals.flatMap((id) => recordOf(draft.state, id) ?? []);
  // An operator's settled nothing: what waited has a run, or a fate, of its own.
  for (const { signal, reports } of trigger === null ? [] : records) {
    const { signalId, type: signalType, interruptionId } = signal;
    const facts = { signalId, signal: signalType, interruptionId, resolved: false, snapshot: snapshot.id };
    notice(draft, { type: 'update', ...facts, ...reports, late: { workspace: name, agent: signal.agent } });
  }
  const agent = records.find(({ signal }) => signal.signalId === trigger)?.signal.agent ?? null;
  patchWorkspace(draft, name, {
    lostRuns: lostRuns.filter((run) => run !== lost),
    recentAuto: trigger === null ? recentAuto : [...recentAuto, { mono: draft.mono, agent }],
    lastSnapshot: { id: snapshot.id, at: Math.min(snapshot.at, draft.at), trigger: trigger ?? 'operator' },
  });
  openWindow(draft, name, snapshot.id, draft.mono);
  advance(draft, name);
}

/** Another tool, or another run of ours, made an `auto-…` snapshot here: it opens the window as ours would. */
export function foreignSnapshot(
  draft: Draft,
  { workspace: name, snapshot, isListed = false }: Input & { readonly type: 'foreign_snapshot' },
): void {
  notice(draft, { type: 'foreign', workspace: name, snapshot });
  const { lastSnapshot, windowEndsMono } = workspaceOf(draft, name);
  // A stamp ahead of the clock is no evidence of which of the two came later.
  if (!lastSnapshot || lastSnapshot.at < snapshot.at || lastSnapshot.at > draft.at) {
    patchWorkspace(draft, name, {
      lastSnapshot: {
        id: snapshot.id,
        at: Math.min(snapshot.at, draft.at),
        trigger: snapshot.metadata?.['tool'] === 'sightline' ? 'other_run' : 'foreign',
      },
    });
  }
  if (isListed && snapshot.at > draft.at) return;
  const madeMono = draft.mono - ageOf(draft, snapshot.at);
  const endsMono = madeMono + draft.state.settings.debounceMs;
  if (!snapshot.id.startsWith('auto-') || endsMono <= draft.mono) return;
  if (windowEndsMono !== null && endsMono <= windowEndsMono) return;
  openWindow(draft, name, snapshot.id, madeMono);
  advance(draft, name);
}

/** The engine that acted here before us left its window open: it goes on, no longer than a window of ours. */
export function inheritWindow(
  draft: Draft,
  name: string,
  { leftMs, snapshot }: { readonly leftMs: number; readonly snapshot: string | null },
): void {
  const { windowEndsMono } = workspaceOf(draft, name);
  const { debounceMs } = draft.state.settings;
  const endsMono = draft.mono + Math.min(leftMs, debounceMs);
  const isLonger = endsMono > draft.mono && (windowEndsMono === null || endsMono > windowEndsMono);
  if (isLonger) openWindow(draft, name, snapshot, endsMono - debounceMs);
}

/** A run of an earlier process: `snapshot` is what a lookup found, null for nothing. */
export function recoverRun(draft: Draft, { workspace: name, run, snapshot }: RecoveredRun): void {
  if (snapshot === null) return;
  const agent = agentOf(draft, run);
  const durationMs = ageOf(draft, run.startedAt);
  for (const id of run.signals) {
    const ours = id === run.trigger;
    const facts = { snapshot, durationMs: ours ? durationMs : null };
    settle(draft, id, ours ? 'checkpointed' : 'coalesced', { code: 'found_after_restart' }, facts);
  }
  clearFailures(draft, name);
  openWindow(draft, name, snapshot, draft.mono);
  const trigger = run.trigger ?? 'operator';
  const recentAuto = workspaceOf(draft, name).recentAuto;
  patchWorkspace(draft, name, {
    lastSnapshot: { id: snapshot, at: run.startedAt, trigger },
    recentAuto: run.kind === 'auto' ? [...recentAuto, { mono: draft.mono - durationMs, agent }] : recentAuto,
  });
}

/** At shutdown: what waits is notified; a run that is on settles its own signals when it ends. */
export function settleStopped(draft: Draft, name: string): void {
  if (workspaceOf(draft, name).queuedManual) {
    patchWorkspace(draft, name, { queuedManual: null });
    notice(draft, { type: 'refused', action: 'checkpoint', target: name, reason: { code: 'stopping' } });
  }
  for (const id of workspaceOf(draft, name).waiting) settle(draft, id, 'stopped', { code: 'stopped', when: 'waiting' });
  patchWorkspace(draft, name, { waiting: [] });
  clearTimers(draft, name);
}

/** A new answer of the checkpointer; what waits is not rechecked, because a spawn checks again anyway. */
export function setAvailability(draft: Draft, name: string, availability: Availability): void {
  patchWorkspace(draft, name, { availability });
}

// ---------------------------------------------------------------- helpers

// The agent whose signal named the run: its hourly count is the one that grows.
function agentOf(draft: Draft, run: Run): string | null {
  return run.trigger === null ? null : (draft.state.open.get(run.trigger)?.signal.agent ?? null);
}

function openWindow(draft: Draft, name: string, snapshot: string | null, from: Mono): void {
  cancel(draft, `window:${name}`);
  const { debounceMs } = draft.state.settings;
  patchWorkspace(draft, name, { windowEndsMono: from + debounceMs, windowSnapshot: snapshot });
}

function clearFailures(draft: Draft, name: string): void {
  cancel(draft, `backoff:${name}`);
  patchWorkspace(draft, name, {
    failures: 0,
    lastFailureMono: null,
    backoffEndsMono: null,
    breaker: { open: false, probe: null },
  });
}

function countFailure(draft: Draft, name: string): void {
  const failures = workspaceOf(draft, name).failures + 1;
  patchWorkspace(draft, name, { failures, lastFailureMono: draft.mono });
  if (failures < BREAKER_FAILURES) {
    return patchWorkspace(draft, name, { backoffEndsMono: draft.mono + BACKOFF_FIRST_MS * 2 ** (failures - 1) });
  }
  patchWorkspace(draft, name, { breaker: { open: true, probe: null }, backoffEndsMono: null });
  const reason = breakerReason(workspaceOf(draft, name), draft.mono);
  for (const id of workspaceOf(draft, name).waiting) settle(draft, id, 'breaker_open', reason);
  patchWorkspace(draft, name, { waiting: [] });
  clearTimers(draft, name);
}

function becomeUnavailable(draft: Draft, name: string, reason: CheckpointerReason): void {
  const { availability } = workspaceOf(draft, name);
  if (availability) patchWorkspace(draft, name, { availability: { ...availability, state: 'unavailable', reason } });
  draft.commands.push({ type: 'probe', workspace: name });
}

function settleAll(
  draft: Draft,
  run: Run,
  fate: 'failed' | 'timed_out' | 'unavailable' | 'observer' | 'guarded' | 'coalesced',
  reason: FateReason,
  snapshot: string | null = null,
): void {
  for (const id of run.signals) settle(draft, id, fate, reason, { snapshot });
}

function failureReason({
  reason,
  exitCode,
  stderr,
}: Outcome & { type: 'failed' | 'timed_out' | 'unknown' }): RunReason {
  return { code: 'run_failed', why: reason, exitCode, stderr };
}

type Announced = Outcome & { readonly type: 'created' | 'timed_out' | 'unavailable' | 'unchanged' };

function isAnnounced(outcome: Outcome): outcome is Announced {
  return ['created', 'timed_out', 'unavailable', 'unchanged'].includes(outcome.type);
}

function whyNot(
  outcome: Exclude<Outcome, { type: 'created' | 'unchanged' }>,
): NonNullable<(Notice & { readonly type: 'ended' })['why']> {
  return outcome.type === 'empty' ? { code: 'empty_workspace' } : outcome.reason;
}

function emitEnded(draft: Draft, name: string, run: Run, outcome: Outcome): void {
  const verdict = isAnnounced(outcome) ? outcome.type : 'failed';
  notice(draft, {
    type: 'ended',
    workspace: name,
    snapshot: 'snapshot' in outcome ? outcome.snapshot : run.snapshot,
    trigger: run.trigger ?? 'operator',
    outcome: verdict,
    exitCode: outcome.exitCode,
    durationMs: outcome.durationMs,
    stderr: outcome.stderr,
    cause: causeOf(draft.state, run.trigger, run.signals),
    ...(outcome.type === 'created' && contentsOf(outcome)),
    ...(outcome.type !== 'created' && outcome.type !== 'unchanged' && { why: whyNot(outcome) }),
  });
}
