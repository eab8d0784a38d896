import type { FateReason, QueueReason } from '../reasons.ts';
import type { Fate, Signal } from '../signals.ts';
import { contentsOf } from '../snapshots.ts';
import type { Mono, Ms } from '../units.ts';
import { MAX_WORKSPACES } from '../limits.ts';
import { type Edits, shardedDelete, shardedGet, shardedSet } from './sharded-map.ts';
import type { Command, Notice } from './messages.ts';
import type { DetectState, ReactorState, SignalRecord, WorkspaceState } from './types.ts';
import { whyNow } from './why.ts';

/**
 * The work in hand during one `step`: the state so far (replaced, never changed in place) and the commands so far.
 * It does not outlive the step.
 */
export type Draft = {
  state: ReactorState;
  readonly at: Ms;
  readonly mono: Mono;
  readonly commands: Command[];
  /** Of a batch: what it may change in place, because it made it. */
  readonly edits: Edits;
};

export function notice(draft: Draft, notified: Notice): void {
  draft.commands.push({ type: 'notice', notice: notified });
}

/** The workspace's state; a new one when it was not known yet. */
export function workspaceOf(draft: Draft, workspace: string): WorkspaceState {
  return draft.state.workspaces.get(workspace) ?? newWorkspace(workspace);
}

export function newWorkspace(workspace: string): WorkspaceState {
  return {
    path: workspace,
    availability: null,
    lock: { type: 'none' },
    waiting: [],
    hold: null,
    run: null,
    queuedManual: null,
    windowEndsMono: null,
    windowSnapshot: null,
    backoffEndsMono: null,
    failures: 0,
    lastFailureMono: null,
    breaker: { open: false, probe: null },
    recentAuto: [],
    lastSnapshot: null,
    rollbacks: [],
    lostRuns: [],
  };
}

export function patchWorkspace(draft: Draft, workspace: string, patch: Partial<WorkspaceState>): void {
  if (!draft.state.workspaces.has(workspace) && draft.state.workspaces.size >= MAX_WORKSPACES) return;
  const workspaces = new Map(draft.state.workspaces);
  workspaces.set(workspace, { ...workspaceOf(draft, workspace), ...patch });
  draft.state = { ...draft.state, workspaces };
}

/** Changes what detection knows. */
export function patchDetect(draft: Draft, patch: Partial<DetectState>): void {
  draft.state = { ...draft.state, detect: { ...draft.state.detect, ...patch } };
}

// ---------------------------------------------------------------- signals

/** Returns what is known of a signal by its id. */
export function recordOf(state: ReactorState, signalId: string): SignalRecord | undefined {
  return state.open.get(signalId) ?? shardedGet(state.settled, signalId);
}

/** Returns true for the id of a signal that was raised, even if its record was evicted. */
export function isKnown(state: ReactorState, signalId: string): boolean {
  return recordOf(state, signalId) !== undefined || shardedGet(state.remembered, signalId) !== undefined;
}

/** Adds a new, unsettled signal and reports it. */
export function announce(draft: Draft, signal: Signal): void {
  const open = new Map(draft.state.open);
  const { nextSeq: seq } = draft.state;
  const reports = { count: 1, lastAt: signal.at };
  open.set(signal.signalId, { signal, fate: null, seq, reports, ...because(draft, signal, null) });
  draft.state = { ...draft.state, open, nextSeq: seq + 1 };
  notice(draft, { type: 'signal', signal });
}

/** Replaces what is known of a signal's description (a row came for it, for example); its fate stays. */
export function amend(draft: Draft, signal: Signal): void {
  patchRecord(draft, signal.signalId, { signal });
}

/** Counts a further report on a signal. */
export function countReport(draft: Draft, signalId: string, at: Ms): void {
  const reports = recordOf(draft.state, signalId)?.reports;
  if (reports === undefined) return;
  patchRecord(draft, signalId, { reports: { count: reports.count + 1, lastAt: Math.max(reports.lastAt, at) } });
}

function patchRecord(draft: Draft, signalId: string, patch: Partial<Pick<SignalRecord, 'signal' | 'reports'>>): void {
  const { open, settled } = draft.state;
  const record = recordOf(draft.state, signalId);
  if (record === undefined) return;
  const next = { ...record, ...patch };
  if (open.has(signalId)) draft.state = { ...draft.state, open: new Map(open).set(signalId, next) };
  else draft.state = { ...draft.state, settled: shardedSet(settled, signalId, next) };
}

/** Forgets a historical signal that more of the history has disproved. */
export function retractSignal(draft: Draft, signalId: string): void {
  draft.state = { ...draft.state, settled: shardedDelete(draft.state.settled, signalId) };
  draft.commands.push({ type: 'retracted', signalId });
}

export type FateFacts = Partial<Pick<Fate, 'snapshot' | 'durationMs' | 'leftOut' | 'changed'>> & {
  readonly silenceId?: string;
};

/** The one door to a settled fate: once settled, a second call changes nothing. */
export function settle(
  draft: Draft,
  signalId: string,
  fate: Fate['kind'],
  reason: FateReason,
  facts: FateFacts = {},
): void {
  const record = draft.state.open.get(signalId);
  if (!record) return;
  const settled = makeFate(draft.at, fate, true, reason, facts);
  const why = because(draft, record.signal, facts.silenceId ?? null);
  const open = new Map(draft.state.open);
  open.delete(signalId);
  draft.state = {
    ...draft.state,
    open,
    settled: shardedSet(
      draft.state.settled,
      signalId,
      { ...record, fate: settled, ...why },
      yieldsTo(record),
      draft.edits,
    ),
    remembered: record.signal.historical
      ? draft.state.remembered
      : shardedSet(draft.state.remembered, signalId, record.signal.at),
  };
  endProbe(draft, record.signal);
  notice(draft, { type: 'fate', signal: record.signal, fate: settled });
}

// Nothing decides about what was there when we attached.
function because(draft: Draft, signal: Signal, silenceId: string | null): Pick<SignalRecord, 'why'> {
  return signal.historical ? {} : { why: whyNow(draft.state, signal, draft, silenceId) };
}

// A long history must not push out the fates of what was acted upon: these are asked for when something is read again.
// And the rest of a history must not push out its newest, which may be read first.
function yieldsTo({ signal: settled }: SignalRecord): (other: SignalRecord) => boolean {
  return ({ signal }) => signal.historical && (!settled.historical || signal.at <= settled.at);
}

/** Emits once that a signal is queued behind something. */
export function notifyQueued(draft: Draft, signalId: string, reason: QueueReason): void {
  const record = draft.state.open.get(signalId);
  if (!record || record.fate !== null) return;
  const fate = makeFate(draft.at, 'coalesced', false, reason, {});
  const why = because(draft, record.signal, null);
  draft.state = { ...draft.state, open: new Map(draft.state.open).set(signalId, { ...record, fate, ...why }) };
  notice(draft, { type: 'fate', signal: record.signal, fate });
}

function makeFate(at: Ms, fate: Fate['kind'], settled: boolean, reason: FateReason, facts: FateFacts): Fate {
  const { snapshot = null, durationMs = null, leftOut, changed } = facts;
  return { kind: fate, settled, reason, at, snapshot, durationMs, ...contentsOf({ leftOut, changed }) };
}

// A probe that settles, however it ended, is no probe any more; whether it counted is the run's business.
function endProbe(draft: Draft, { workspace, signalId }: Signal): void {
  if (workspace === null) return;
  const { breaker } = workspaceOf(draft, workspace);
  if (breaker.probe === signalId) patchWorkspace(draft, workspace, { breaker: { ...breaker, probe: null } });
}

// ---------------------------------------------------------------- timers

/** Sets the timer of a key; an earlier one of the same key means nothing any more. */
export function schedule(draft: Draft, key: string, mono: Mono): void {
  const tag = draft.state.nextTag;
  draft.state = { ...draft.state, nextTag: tag + 1, timers: new Map(draft.state.timers).set(key, tag) };
  draft.commands.push({ type: 'schedule', key, tag, mono });
}

/** Takes a timer back, if it is set. */
export function cancel(draft: Draft, key: string): void {
  if (!draft.state.timers.has(key)) return;
  const timers = new Map(draft.state.timers);
  timers.delete(key);
  draft.state = { ...draft.state, timers };
  draft.commands.push({ type: 'cancel', key });
}
