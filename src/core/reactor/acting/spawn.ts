import type { CheckpointAction } from '../../actions.ts';
import type { Signal } from '../../signals.ts';
import { type CheckpointMetadata, type CheckpointRequest, RETENTION_TURN_START } from '../../snapshots.ts';
import { DAY_MS, type Ms } from '../../units.ts';
import { cancel, type Draft, patchWorkspace, workspaceOf } from '../draft.ts';
import type { CheckpointCause } from '../messages.ts';
import type { ActiveRun, ReactorState, Run } from '../types.ts';

/** Starts the automatic checkpoint for everything that waits; there must be something, and nothing may run. */
export function startAuto(draft: Draft, name: string): void {
  const { waiting } = workspaceOf(draft, name);
  const trigger = leader(draft.state, waiting);
  const signal = draft.state.open.get(trigger)?.signal;
  if (!signal) return;
  const snapshot = autoSnapshotId(draft.at, signal.type);
  const run = newRun(draft, { kind: 'auto', snapshot, signals: waiting, trigger });
  patchWorkspace(draft, name, { waiting: [], hold: null, run });
  for (const timer of ['hold', 'window', 'backoff']) cancel(draft, `${timer}:${name}`);
  const message = `reactive: ${signal.type} (conv=${signal.conversationId ?? 'unknown'})`;
  const isTurn = run.signals.every((id) => draft.state.open.get(id)?.signal.type === 'turn_start');
  const metadata = autoMetadata(draft, run, signal);
  if (!isTurn) return spawn(draft, name, run, { message, metadata });
  // There are many of them: one that holds nothing new is not made, and only the newest are kept.
  const described = {
    message,
    metadata: { ...metadata, retention: RETENTION_TURN_START },
    unlessUnchanged: true,
  } as const;
  spawn(draft, name, run, described);
}

/** Starts an operator's checkpoint; what waits goes on waiting and is absorbed by its success. */
export function startManual(draft: Draft, action: CheckpointAction): void {
  const { workspace: name, agent = null, rollbackTo = null } = action;
  const { waiting } = workspaceOf(draft, name);
  const snapshot = manualSnapshotId(draft.at);
  const run = newRun(draft, { kind: 'manual', snapshot, signals: waiting, trigger: null });
  patchWorkspace(draft, name, { run, queuedManual: null });
  const metadata: CheckpointMetadata = {
    ...baseMetadata(draft, run),
    auto: false,
    type: 'manual',
    agent,
    ...(rollbackTo === null ? {} : { rollback_to: rollbackTo }),
  };
  spawn(draft, name, run, { message: manualMessage(action), metadata });
}

// One before a rollback belongs to no conversation: it reports what it is instead.
function manualMessage({ reason = null, conversationId = null, rollbackTo = null }: CheckpointAction): string {
  if (rollbackTo === null) return `manual: ${reason ?? 'operator'} (conv=${conversationId ?? 'unknown'})`;
  return `manual: before rollback to ${rollbackTo}${reason === null ? '' : `: ${reason}`}`;
}

/** The signal that a checkpoint for all of them is named after: the earliest of the highest severity. */
export function leader(state: ReactorState, ids: readonly string[]): string {
  const weight = { critical: 4, high: 3, medium: 2, low: 1 };
  const weigh = (id: string): number => weight[state.open.get(id)?.signal.severity ?? 'low'];
  return ids.reduce((best, id) => (weigh(id) > weigh(best) ? id : best), ids[0] ?? '');
}

/** Names the signal that a checkpoint for all of `ids` is named after; null where it is not known. */
export function causeOf(state: ReactorState, trigger: string | null, ids: readonly string[]): CheckpointCause | null {
  const signal = trigger === null ? undefined : state.open.get(trigger)?.signal;
  if (signal === undefined) return null;
  return { signal: signal.type, agent: signal.agent, others: Math.max(0, ids.length - 1) };
}

function newRun(draft: Draft, facts: Pick<Run, 'kind' | 'snapshot' | 'signals' | 'trigger'>): ActiveRun {
  const runId = `${draft.state.settings.instance}-${draft.state.nextRun}`;
  draft.state = { ...draft.state, nextRun: draft.state.nextRun + 1 };
  const { at, mono: startedMono } = draft;
  return { ...facts, runId, startedAt: at, startedMono, deadlineAt: at + draft.state.settings.timeoutMs };
}

type Described = Pick<CheckpointRequest, 'message' | 'metadata' | 'unlessUnchanged'>;

function spawn(draft: Draft, name: string, run: Run, described: Described): void {
  const { timeoutMs } = draft.state.settings;
  const request = { runId: run.runId, workspace: name, snapshot: run.snapshot, timeoutMs, ...described };
  draft.commands.push({ type: 'spawn', request });
}

function autoMetadata(draft: Draft, run: Run, signal: Signal): CheckpointMetadata {
  return {
    ...baseMetadata(draft, run),
    auto: true,
    type: 'reactive',
    signal: signal.type,
    signal_id: signal.signalId,
    agent: signal.agent,
    pid: signal.pid,
    call_id: signal.callId,
  };
}

function baseMetadata({ state }: Draft, run: Run): Pick<CheckpointMetadata, 'tool' | 'version' | 'host' | 'run_id'> {
  return { tool: 'sightline', version: state.settings.version, host: state.settings.host, run_id: run.runId };
}

// ---------------------------------------------------------------- snapshot ids

/** UTC `%Y%m%dT%H%M%S` of a time, as in the reference's snapshot ids. Pure: no Date. */
export function utcStamp(at: Ms): string {
  const days = Math.floor(at / DAY_MS);
  const seconds = Math.floor((at - days * DAY_MS) / 1_000);
  const { year, month, day } = civil(days);
  const date = `${String(year).padStart(4, '0')}${two(month)}${two(day)}`;
  return `${date}T${two(Math.floor(seconds / 3_600))}${two(Math.floor(seconds / 60) % 60)}${two(seconds % 60)}`;
}

/** `auto-<UTC>-<reason>`; a reason is reduced to what every `ws-ckpt` accepts in an id. */
export function autoSnapshotId(at: Ms, reason: string): string {
  return `auto-${utcStamp(at)}-${reason.replaceAll(/[^A-Za-z0-9_.-]/g, '_').slice(0, 64) || 'unknown'}`;
}

/** `manual-<UTC>`: an operator's. */
export function manualSnapshotId(at: Ms): string {
  return `manual-${utcStamp(at)}`;
}

// Days since 1970-01-01 → proleptic Gregorian date (the era arithmetic of Howard Hinnant's date algorithms).
function civil(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
