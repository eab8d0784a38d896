/** Finds in a history all that explains one signal or one snapshot. */

import type { Action, ActionOf, ActionResult } from '../actions.ts';
import type { PauseSubject } from '../pauses.ts';
import type { RunKind } from '../runs.ts';
import type { Fate, Signal } from '../signals.ts';
import type { Outcome } from '../snapshots.ts';
import type { Ms } from '../units.ts';
import { isMeant } from '../reactor/acks/covers.ts';
import { matches } from '../reactor/silences/silences.ts';
import type { Reports, SignalRecord, Why } from '../reactor/types.ts';
import { isCheckpoint, raisedSignals } from './course.ts';
import type { ActionEntry, Decision, HistoryEntry } from './entry.ts';

/** One fate of a signal, with the settings and timers by which it got it. */
export type ExplainedFate = { readonly fate: Fate; readonly why: Why | null };

/** A signal with its course. */
export type ExplainedSignal = {
  /** With the interruption's id, where its row came later. */
  readonly signal: Signal;
  readonly raisedAt: Ms;
  /** Those before the settled one were told while it waited. */
  readonly fates: readonly ExplainedFate[];
  readonly reports: Reports;
  /** Unsettled signals of its workspace when it was raised, the newest last. */
  readonly waiting: readonly Signal[];
  /** A snapshot that appeared when its fate was settled. */
  readonly lateSnapshot: string | null;
};

/** A checkpoint with what the checkpointer said. */
export type ExplainedRun = {
  readonly runId: string;
  readonly workspace: string;
  readonly kind: RunKind;
  readonly snapshot: string;
  readonly startedAt: Ms;
  readonly trigger: string | null;
  readonly signals: readonly string[];
  /** Null where none came. */
  readonly outcome: Outcome | null;
};

/** The configuration was read again: what changed, and from which file. */
export type Reload = { readonly type: 'reload'; readonly from: string; readonly changes: string; readonly by?: never };

/** An action of an operator. */
export type ExplainedAction = { readonly at: Ms; readonly action: Action | Reload; readonly result: ActionResult };

/** All that is known of a signal or a snapshot. */
export type Explanation = {
  readonly subject: { readonly type: 'signal' | 'snapshot'; readonly id: string };
  /** The signal; of a snapshot all signals that it was made for. */
  readonly signals: readonly ExplainedSignal[];
  /** The checkpoint; null where none was made. */
  readonly run: ExplainedRun | null;
  /** Operators' actions that concern it, oldest first, bounded. */
  readonly actions: readonly ExplainedAction[];
};

/** The subjects that an id names: one, several that begin with it, or none. */
export type Found =
  | { readonly type: 'one'; readonly explanation: Explanation }
  | { readonly type: 'several'; readonly ids: readonly string[] }
  /** Checkpoints of one second have one id in every workspace. */
  | { readonly type: 'workspaces'; readonly workspaces: readonly string[] }
  | { readonly type: 'none' };

/** Signals of a snapshot, waiting signals, and actions that are told. */
const MAX_TOLD = 100;
/** Ids that are named where several are meant. */
const MAX_NAMED = 20;
/** Characters that an id must have to stand for all that begin so. */
const MIN_PREFIX = 4;

/**
 * Finds a signal by its id or the beginning of it, or a snapshot, and gathers what explains it. `workspace` tells apart
 * snapshots of one id.
 */
export function explain(entries: readonly HistoryEntry[], id: string, workspace: string | null = null): Found {
  const past = gather(entries);
  const signalId = past.signals.has(id) ? id : null;
  if (signalId !== null) return { type: 'one', explanation: ofSignal(entries, past, signalId) };
  const runs = past.bySnapshot.get(id) ?? [];
  const run = runs.length === 1 ? runs[0] : runs.find((one) => one.workspace === workspace);
  if (run !== undefined) return { type: 'one', explanation: ofSnapshot(entries, past, id, run) };
  if (runs.length > 0) return { type: 'workspaces', workspaces: runs.map((one) => one.workspace).slice(0, MAX_NAMED) };
  if (id.length < MIN_PREFIX) return { type: 'none' };
  const ids = [...past.signals.keys(), ...past.bySnapshot.keys()].filter((known) => known.startsWith(id));
  const [only] = ids;
  if (only === undefined) return { type: 'none' };
  return ids.length === 1 ? explain(entries, only, workspace) : { type: 'several', ids: ids.slice(0, MAX_NAMED) };
}

type Open = { -readonly [K in keyof ExplainedSignal]: ExplainedSignal[K] };

type Past = {
  readonly signals: ReadonlyMap<string, ExplainedSignal>;
  readonly runs: ReadonlyMap<string, ExplainedRun>;
  /** One of each workspace, the newest last. */
  readonly bySnapshot: ReadonlyMap<string, readonly ExplainedRun[]>;
};

function gather(entries: readonly HistoryEntry[]): Past {
  const signals = new Map<string, Open>();
  const runs = new Map<string, ExplainedRun>();
  const bySnapshot = new Map<string, readonly ExplainedRun[]>();
  const open = new Map<string, Signal>();
  const end = (runId: string, outcome: Outcome): void => {
    const run = runs.get(runId);
    if (run === undefined) return;
    const snapshot = outcome.type === 'created' ? outcome.snapshot : run.snapshot;
    const ended = { ...run, snapshot, outcome };
    runs.set(runId, ended);
    if (outcome.type !== 'created') return;
    const others = (bySnapshot.get(snapshot) ?? []).filter(({ workspace }) => workspace !== ended.workspace);
    bySnapshot.set(snapshot, [...others, ended]);
  };
  for (const entry of entries) {
    if (entry.type === 'opening' && entry.why === 'start') open.clear();
    if (entry.type === 'opening') for (const record of entry.state.signals) restore({ signals, runs, open }, record);
    if (entry.type !== 'input') continue;
    const { input, at, came } = entry;
    for (const signal of raisedSignals(input, came)) {
      const waiting = [...open.values()].filter(({ workspace }) => workspace === signal.workspace).slice(-MAX_TOLD);
      const reports = { count: 1, lastAt: signal.at };
      signals.set(signal.signalId, { signal, raisedAt: at, fates: [], reports, waiting, lateSnapshot: null });
      open.set(signal.signalId, signal);
    }
    for (const decision of came) decide({ signals, runs, open }, decision, at);
    if (input.type === 'outcome') end(input.runId, input.outcome);
    if (input.type === 'recover') {
      for (const { run, snapshot } of input.runs) {
        const found = { type: 'created', late: true, durationMs: 0, exitCode: null, stderr: '' } as const;
        if (snapshot !== null) end(run.runId, { ...found, snapshot });
      }
    }
  }
  return { signals, runs, bySnapshot };
}

type Gathering = {
  readonly signals: Map<string, Open>;
  readonly runs: Map<string, ExplainedRun>;
  readonly open: Map<string, Signal>;
};

// What a run found at its start, or what was raised and settled while nothing could be written.
function restore({ signals, open }: Gathering, { signal, reports, fate, why }: SignalRecord): void {
  const { signalId } = signal;
  if (fate?.settled !== true) open.set(signalId, signal);
  else open.delete(signalId);
  const known = signals.get(signalId);
  const isTold = fate === null || known?.fates.some((one) => one.fate.settled || !fate.settled) === true;
  const fates = [...(known?.fates ?? []), ...(isTold ? [] : [{ fate, why: why ?? null }])];
  const facts = known ?? { signal, raisedAt: signal.at, waiting: [], lateSnapshot: null };
  signals.set(signalId, { ...facts, reports, fates });
}

function decide({ signals, runs, open }: Gathering, decision: Decision, at: Ms): void {
  if (decision.type === 'spawn' && isCheckpoint(decision.kind)) {
    const { type: _, ...run } = decision;
    runs.set(run.runId, { ...run, startedAt: at, outcome: null });
  }
  if (decision.type !== 'fate' && decision.type !== 'update') return;
  const known = signals.get(decision.signalId);
  if (known === undefined) return;
  if (decision.type === 'fate') {
    known.fates = [...known.fates, { fate: decision.fate, why: decision.why ?? null }];
    if (decision.fate.settled) open.delete(decision.signalId);
    return;
  }
  const { count, lastAt, interruptionId, snapshot } = decision;
  known.reports = { count, lastAt };
  known.lateSnapshot = snapshot ?? known.lateSnapshot;
  if (known.signal.interruptionId === null) known.signal = { ...known.signal, interruptionId };
}

function ofSignal(entries: readonly HistoryEntry[], past: Past, id: string): Explanation {
  const signal = past.signals.get(id);
  // The last one: what a failed checkpoint left waiting was acted for again.
  const run = [...past.runs.values()].findLast(({ signals }) => signals.includes(id)) ?? null;
  const signals = signal === undefined ? [] : [signal];
  return { subject: { type: 'signal', id }, signals, run, actions: actionsOn(entries, signals, run) };
}

function ofSnapshot(entries: readonly HistoryEntry[], past: Past, id: string, run: ExplainedRun): Explanation {
  const signals = run.signals.flatMap((one) => past.signals.get(one) ?? []).slice(0, MAX_TOLD);
  return { subject: { type: 'snapshot', id }, signals, run, actions: actionsOn(entries, signals, run) };
}

/** Returns the actions that name one of the subjects, and those that may have decided about them while they were open. */
function actionsOn(
  entries: readonly HistoryEntry[],
  signals: readonly ExplainedSignal[],
  run: ExplainedRun | null,
): readonly ExplainedAction[] {
  const ids = new Set(signals.map(({ signal }) => signal.signalId));
  const told: ExplainedAction[] = [];
  for (const entry of entries) {
    if (entry.type === 'input' && entry.input.type === 'rules' && signals.some((one) => isOpenAt(entry.at, one))) {
      const { from, changes } = entry.input;
      const result = { ok: true, value: { code: 'accepted', target: from } } as const;
      told.push({ at: entry.at, action: { type: 'reload', from, changes }, result });
    }
    if (entry.type !== 'action') continue;
    const { at, action, result } = entry;
    const isTold = namesOne(action, ids) || namesRun(action, run) || signals.some((one) => concerns(entry, one));
    const isManual = run?.kind === 'manual' && action.type === 'checkpoint' && action.workspace === run.workspace;
    if (isTold || (isManual && Math.abs(at - run.startedAt) < NEAR_MS)) told.push({ at, action, result });
  }
  return told.slice(-MAX_TOLD);
}

/** An action is told at its end; of a manual checkpoint that is when it has begun, ms. */
const NEAR_MS = 1_000;

// Any kind of action, also one that this version does not know.
function namesOne(action: Action, ids: ReadonlySet<string>): boolean {
  const text = JSON.stringify(action);
  return [...ids].some((id) => text.includes(JSON.stringify(id)));
}

// The snapshot of that id in another workspace is another one.
function namesRun(action: Action, run: ExplainedRun | null): boolean {
  if (run === null || ('workspace' in action && action.workspace !== run.workspace)) return false;
  return namesOne(action, new Set([run.snapshot]));
}

function concerns({ action, at, result }: ActionEntry, told: ExplainedSignal): boolean {
  const { signal, raisedAt, fates, reports } = told;
  const silences = new Set(fates.flatMap(({ why }) => why?.silenceId ?? []));
  if (action.type === 'silence' && silences.has(idOf(action, result))) return true;
  if (at < raisedAt) return false;
  if (action.type === 'ack' || action.type === 'unack') return isMeant(action.scope, { signal, reports });
  // A pause lasts longer than what was wrong, and may come later.
  if (action.type === 'pause' || action.type === 'resume') return pauses(action, signal);
  if (!isOpenAt(at, told)) return false;
  if (action.type === 'silence') return matches(action.matcher, signal);
  if (action.type === 'policy') return [signal.type, signal.severity].includes(action.target.name);
  return 'workspace' in action ? action.workspace === signal.workspace : action.type === 'mode';
}

function pauses({ agent, conversationId, pid }: PauseSubject, signal: Signal): boolean {
  if (typeof pid === 'number') return signal.pid === pid;
  if (typeof conversationId === 'string') return signal.conversationId === conversationId;
  return typeof agent === 'string' && signal.agent === agent;
}

function isOpenAt(at: Ms, { raisedAt, fates }: ExplainedSignal): boolean {
  const settledAt = fates.find(({ fate }) => fate.settled)?.fate.at ?? Infinity;
  return at >= raisedAt && at <= settledAt;
}

// The reactor gives a silence its id where the operator gave none.
function idOf({ id }: ActionOf<'silence'>, result: ActionResult): string {
  return id ?? (result.ok && result.value.code === 'accepted' ? result.value.target : '');
}
