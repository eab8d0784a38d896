import { hasChangedFiles } from '../../core/checkpointer-reasons.ts';
import type { OperatorReason } from '../../core/done.ts';
import type { Ms } from '../../core/units.ts';
import { VERSION } from '../../core/version.ts';
import type { Notice, OperatorAction } from '../../core/reactor/messages.ts';
import { signalFacts } from '../signal-facts.ts';
import { isoTime } from '../iso-time.ts';
import { budgetEventJson } from '../budget-json.ts';
import { ackJson, contentsJson, sourceJson, workspaceJson } from '../once/document.ts';
import type { EngineEvent, WorkspaceView } from '../../engine/types.ts';
import { wordOperator } from '../../wording/done.ts';
import { wordCause, wordFate } from '../../wording/fates.ts';
import { wordRefusal } from '../../wording/refusals.ts';

/** The content of a line, before it gets its `schema`, `seq`, `at`, `host`. */
export type Line = { readonly at: Ms; readonly kind: string } & Readonly<Record<string, unknown>>;

/** Signals that the line of an acknowledgement names, at most. */
const MAX_LINE_SIGNALS = 256;

export type LineOptions = { readonly history: boolean };

/** The line of `sightline.event/1` for something that happened; null where it is only talk for people. */
export function lineOf(event: EngineEvent, { history }: LineOptions): Line | null {
  const { at } = event;
  switch (event.type) {
    case 'started':
      return {
        at,
        kind: 'started',
        version: VERSION,
        mode: event.mode,
        sources: event.sources.map((source) => sourceJson(source, true)),
        workspaces: event.workspaces.map(workspaceOf),
      };
    case 'source': {
      const { uri, health, detail, historical_signals } = sourceJson(event.source, true);
      return { at, kind: 'source', uri, health, detail, historical_signals };
    }
    case 'notice':
      return noticeLine(at, event.notice, history);
    case 'advisory': {
      if (event.historical && !history) return null;
      const { type, agent, inputTokens, cacheReported } = event.advisory;
      return { at, kind: 'advisory', type, agent, input_tokens: inputTokens, cache_reported: cacheReported };
    }
    case 'stopped':
      return { at, kind: 'stopped', reason: event.reason, signals: event.signals, checkpoints: event.checkpoints };
    case 'talk':
      return null;
  }
}

// The first three fields of a workspace in `once`.
function workspaceOf(view: WorkspaceView) {
  const { workspace, agents, checkpointer } = workspaceJson(view);
  return { workspace, agents, checkpointer };
}

function noticeLine(at: Ms, notice: Notice, history: boolean): Line | null {
  switch (notice.type) {
    case 'signal':
      return notice.signal.historical && !history ? null : signalLine(at, notice);
    case 'fate':
      return notice.signal.historical && !history ? null : fateLine(at, notice);
    case 'update': {
      const { signalId, signal, interruptionId, resolved, count, lastAt, snapshot, acked = null } = notice;
      return {
        at,
        kind: 'update',
        signal_id: signalId,
        signal,
        interruption_id: interruptionId,
        resolved,
        count,
        last_at: isoTime(lastAt),
        acked: acked && ackJson(acked),
        ...(snapshot === undefined ? {} : { snapshot }),
      };
    }
    case 'operator': {
      const { action, target, reason, by, ack } = notice;
      return {
        at,
        kind: 'operator',
        action: ACTION_NAMES[action] ?? action,
        target,
        reason: reason && wordOperator(reason),
        ...(by && { by }),
        ...pauseFacts(reason),
        ...(ack && { signals: ack.signals.slice(0, MAX_LINE_SIGNALS), acked: ack.ack && ackJson(ack.ack) }),
      };
    }
    case 'held':
    case 'started':
    case 'ended':
      return checkpointLine(at, notice);
    case 'refused': {
      const { action, target, reason, by } = notice;
      if (!hasChangedFiles(reason)) return null;
      return { at, kind: 'operator', action, target, reason: wordRefusal(reason), ...(by && { by }) };
    }
    case 'budget':
      return { at, kind: 'advisory', type: 'budget', ...budgetEventJson(notice) };
    case 'foreign':
      return null;
  }
}

function pauseFacts(reason: OperatorReason | null) {
  if (reason?.code === 'paused') return { pids: reason.pids, resumes_at: isoTime(reason.resumesAt) };
  return reason?.code === 'resumed' ? { pids: reason.pids } : {};
}

/** The published names of actions, where they are others than ours. */
const ACTION_NAMES: Readonly<Partial<Record<OperatorAction, string>>> = { remove: 'delete' };

function signalLine(at: Ms, { signal }: Notice & { type: 'signal' }): Line {
  return {
    at,
    kind: 'signal',
    ...signalFacts(signal),
    historical: signal.historical,
    cause: wordCause(signal.cause),
    count: 1,
    last_at: isoTime(signal.at),
    from_records: signal.recorded === true,
    acked: null,
  };
}

/** The line of a fate; `signal.historical` does not matter. */
export function fateLine(at: Ms, { signal, fate }: Pick<Notice & { type: 'fate' }, 'signal' | 'fate'>): Line {
  return {
    at,
    kind: 'fate',
    signal_id: signal.signalId,
    signal: signal.type,
    fate: fate.kind,
    settled: fate.settled,
    reason: wordFate(fate.reason),
    workspace: signal.workspace,
    ...(fate.kind === 'checkpointed' ? { snapshot: fate.snapshot, duration_ms: fate.durationMs } : {}),
    ...(fate.kind === 'coalesced' ? { into: fate.snapshot } : {}),
    ...contentsJson(fate),
  };
}

function checkpointLine(at: Ms, notice: Notice & { type: 'held' | 'started' | 'ended' }): Line {
  const blank = { outcome: null, exit_code: null, duration_ms: null, stderr: null };
  const { workspace } = notice;
  switch (notice.type) {
    case 'held': {
      const { trigger, endsAt } = notice;
      return {
        at,
        kind: 'checkpoint',
        phase: 'held',
        snapshot: null,
        workspace,
        trigger,
        ...blank,
        ends_at: isoTime(endsAt),
      };
    }
    case 'started': {
      const { snapshot, trigger } = notice.run;
      return {
        at,
        kind: 'checkpoint',
        phase: 'started',
        snapshot,
        workspace,
        trigger: trigger ?? 'operator',
        ...blank,
      };
    }
    case 'ended': {
      const { snapshot, trigger, outcome, exitCode, durationMs, stderr } = notice;
      const facts = { outcome, exit_code: exitCode, duration_ms: durationMs, stderr, ...contentsJson(notice) };
      return { at, kind: 'checkpoint', phase: 'ended', snapshot, workspace, trigger, ...facts };
    }
  }
}
