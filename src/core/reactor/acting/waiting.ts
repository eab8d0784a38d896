import type { QueueReason } from '../../reasons.ts';
import type { Signal } from '../../signals.ts';
import { type Mono, wallOf } from '../../units.ts';
import { MAX_WAITING } from '../../limits.ts';
import { cancel, type Draft, notice, patchWorkspace, schedule, settle, notifyQueued, workspaceOf } from '../draft.ts';
import { gate, type Refused } from './gates.ts';
import { causeOf, leader, startAuto, startManual } from './spawn.ts';
import { countHeldBack } from '../silences/silences.ts';
import type { WorkspaceState } from '../types.ts';
import { graceMs } from '../why.ts';

/** A new signal has been announced: it gets its fate, waits, or acts. */
export function arrive(draft: Draft, signal: Signal): void {
  const refusal = gate(draft.state, signal, draft);
  if (refusal) return refuse(draft, signal.signalId, refusal);
  if (draft.state.stopping) return settle(draft, signal.signalId, 'stopped', { code: 'stopped', when: 'on_arrival' });
  if (signal.workspace === null) return; // unreachable: the gate refuses it
  enqueue(draft, signal, signal.workspace);
}

function enqueue(draft: Draft, signal: Signal, name: string): void {
  const workspace = workspaceOf(draft, name);
  const unsettled = workspace.waiting.length + (workspace.run?.kind === 'auto' ? workspace.run.signals.length : 0);
  if (unsettled >= MAX_WAITING) {
    return settle(draft, signal.signalId, 'dropped', { code: 'queue_full', max: MAX_WAITING });
  }
  patchWorkspace(draft, name, {
    waiting: [...workspace.waiting, signal.signalId],
    ...(workspace.breaker.open ? { breaker: { open: true, probe: signal.signalId } } : {}),
  });
  advance(draft, name);
}

/**
 * Moves a workspace on as far as it may go now: running → back-off → window → held → queue. Called whenever something that
 * signals wait behind has begun or ended.
 */
export function advance(draft: Draft, name: string): void {
  const workspace = workspaceOf(draft, name);
  if (workspace.run) return notifyAll(draft, workspace, { code: 'behind_run', kind: workspace.run.kind });
  if (workspace.queuedManual && !draft.state.stopping) return startManual(draft, workspace.queuedManual);
  if (workspace.waiting.length === 0 || draft.state.stopping) return;
  if (workspace.lock.type === 'gone') return waitForTakeover(draft, workspace);
  if (isOpen(workspace.backoffEndsMono, draft.mono))
    return waitUntil(draft, workspace, 'backoff', workspace.backoffEndsMono, { code: 'backing_off' });
  // Something else may have come at the very moment at which a timer was to fire.
  cancel(draft, `backoff:${name}`);
  if (isOpen(workspace.windowEndsMono, draft.mono)) return waitForWindow(draft, workspace, workspace.windowEndsMono);
  cancel(draft, `window:${name}`);
  if (workspace.hold && !workspace.hold.over) return;
  if (workspace.hold?.over) return fireWaiting(draft, name);
  beginHoldOrFire(draft, name);
}

function isOpen(endsMono: Mono | null, mono: Mono): endsMono is Mono {
  return endsMono !== null && mono < endsMono;
}

// A countdown would announce what this engine may not do.
function waitForTakeover(draft: Draft, workspace: WorkspaceState): void {
  endHold(draft, workspace.path, 'cancelled');
  cancel(draft, `window:${workspace.path}`);
  cancel(draft, `backoff:${workspace.path}`);
  notifyAll(draft, workspaceOf(draft, workspace.path), { code: 'awaits_takeover' });
}

function waitForWindow(draft: Draft, workspace: WorkspaceState, endsMono: Mono): void {
  const into = workspace.windowSnapshot;
  const reason = { code: 'inside_window', snapshot: into } as const;
  if (draft.state.settings.trailing) {
    return waitUntil(draft, workspace, 'window', endsMono, reason);
  }
  endHold(draft, workspace.path, 'cancelled');
  patchWorkspace(draft, workspace.path, { waiting: [] });
  for (const id of workspace.waiting) {
    settle(draft, id, 'coalesced', reason, { snapshot: into });
  }
}

function waitUntil(
  draft: Draft,
  workspace: WorkspaceState,
  timer: 'backoff' | 'window',
  endsMono: Mono,
  reason: QueueReason,
): void {
  // A hold that a window or a back-off overtook starts anew behind it.
  endHold(draft, workspace.path, 'cancelled');
  notifyAll(draft, workspaceOf(draft, workspace.path), reason);
  const key = `${timer}:${workspace.path}`;
  if (!draft.state.timers.has(key)) schedule(draft, key, endsMono);
}

function notifyAll(draft: Draft, workspace: WorkspaceState, reason: QueueReason): void {
  if (workspace.hold) return notifyLatecomers(draft, workspace, reason);
  for (const id of workspace.waiting) notifyQueued(draft, id, reason);
}

// What is held has no fate yet; only the signals that joined while something ran wait behind it.
function notifyLatecomers(draft: Draft, workspace: WorkspaceState, reason: QueueReason): void {
  if (!workspace.run) return;
  const before = new Set(workspace.run.signals);
  for (const id of workspace.waiting) if (!before.has(id)) notifyQueued(draft, id, reason);
}

function beginHoldOrFire(draft: Draft, name: string): void {
  recheck(draft, name);
  const { waiting } = workspaceOf(draft, name);
  if (waiting.length === 0) return;
  const grace = graceMs(draft.state);
  if (grace <= 0) return startAuto(draft, name);
  const { mono: startedMono } = draft;
  const endsMono = startedMono + grace;
  const trigger = leader(draft.state, waiting);
  patchWorkspace(draft, name, { hold: { startedMono, endsMono, trigger, over: false } });
  schedule(draft, `hold:${name}`, endsMono);
  const cause = causeOf(draft.state, trigger, waiting);
  notice(draft, { type: 'held', workspace: name, trigger, endsAt: wallOf(draft, endsMono), cause });
}

/** Checks everything that waits once more, then acts for what is left. */
export function fireWaiting(draft: Draft, name: string): void {
  recheck(draft, name);
  if (workspaceOf(draft, name).waiting.length > 0) startAuto(draft, name);
}

/** Checks everything that waits; what may not act any more gets its fate. `only` limits which fates are given now. */
export function recheck(draft: Draft, name: string, only?: readonly Refused['fate'][]): void {
  for (const id of workspaceOf(draft, name).waiting) {
    const signal = draft.state.open.get(id)?.signal;
    const refusal = signal ? gate(draft.state, signal, draft) : null;
    if (!refusal || (only && !only.includes(refusal.fate))) continue;
    leave(draft, name, id);
    refuse(draft, id, refusal);
  }
  renameHold(draft, name);
  clearTimers(draft, name);
}

// What the hold was announced for may be gone while others are still held.
function renameHold(draft: Draft, name: string): void {
  const { hold, waiting } = workspaceOf(draft, name);
  if (!hold || waiting.length === 0 || waiting.includes(hold.trigger)) return;
  patchWorkspace(draft, name, { hold: { ...hold, trigger: leader(draft.state, waiting) } });
}

/** Ends the countdowns that nothing waits for any more. */
export function clearTimers(draft: Draft, name: string): void {
  if (workspaceOf(draft, name).waiting.length > 0) return;
  endHold(draft, name, 'cancelled');
  cancel(draft, `window:${name}`);
  cancel(draft, `backoff:${name}`);
}

/** Ends a countdown that did not fire, and reports it; nothing when there is none. */
export function endHold(draft: Draft, name: string, outcome: 'vetoed' | 'cancelled'): void {
  const { hold, waiting } = workspaceOf(draft, name);
  if (!hold) return;
  patchWorkspace(draft, name, { hold: null });
  cancel(draft, `hold:${name}`);
  notice(draft, {
    type: 'ended',
    workspace: name,
    snapshot: null,
    trigger: hold.trigger,
    outcome,
    exitCode: null,
    durationMs: draft.mono - hold.startedMono,
    stderr: '',
    cause: causeOf(draft.state, hold.trigger, waiting),
  });
}

function leave(draft: Draft, name: string, id: string): void {
  patchWorkspace(draft, name, { waiting: workspaceOf(draft, name).waiting.filter((waiting) => waiting !== id) });
}

function refuse(draft: Draft, signalId: string, refusal: Refused): void {
  if (refusal.silenceId !== undefined) countHeldBack(draft, refusal.silenceId);
  const { silenceId } = refusal;
  settle(draft, signalId, refusal.fate, refusal.reason, silenceId === undefined ? {} : { silenceId });
}
