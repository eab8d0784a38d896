/** The output of `explain` and `replay` for programs: `sightline.explain/1`, `sightline.replay/1`; changed by addition only. */

import type { Course } from '../../core/history/course.ts';
import { compareCourses } from '../../core/history/course.ts';
import type {
  ExplainedAction,
  ExplainedFate,
  ExplainedRun,
  ExplainedSignal,
  Explanation,
} from '../../core/history/explain.ts';
import type { Overrides, Replay } from '../../core/history/replay.ts';
import type { Why } from '../../core/reactor/types.ts';
import type { Fate } from '../../core/signals.ts';
import type { Ms } from '../../core/units.ts';
import { wordCheckpointer } from '../../wording/checkpointers.ts';
import { wordCause, wordDowngrade, wordFate } from '../../wording/fates.ts';
import { wordAction, wordActionResult, wordComparison } from '../../wording/history.ts';
import { isoTime } from '../iso-time.ts';
import { signalFacts } from '../signal-facts.ts';
import { contentsJson } from '../once/document.ts';

/** Signals that a replay lists one by one. */
const MAX_CHANGED = 1_000;

/** Returns an explanation as `sightline.explain/1`. */
export function explainDocument({ subject, signals, run, actions }: Explanation) {
  return {
    schema: 'sightline.explain/1',
    subject,
    signals: signals.map(signalJson),
    checkpoint: run && runJson(run),
    operators: actions.map(actionJson),
  };
}

function signalJson({ signal, raisedAt, fates, reports, waiting, lateSnapshot }: ExplainedSignal) {
  return {
    ...signalFacts(signal),
    at: isoTime(signal.at),
    raised_at: isoTime(raisedAt),
    cause: wordCause(signal.cause),
    downgraded: signal.downgraded && wordDowngrade(signal.downgraded),
    count: reports.count,
    last_at: isoTime(reports.lastAt),
    waiting: waiting.map(({ signalId }) => signalId),
    late_snapshot: lateSnapshot,
    fates: fates.map(fateJson),
  };
}

function fateJson({ fate, why }: ExplainedFate) {
  return { ...fateFacts(fate), duration_ms: fate.durationMs, ...contentsJson(fate), settings: why && whyJson(why) };
}

function fateFacts({ kind, settled, reason, at, snapshot }: Fate) {
  return { at: isoTime(at), fate: kind, settled, reason: wordFate(reason), code: reason.code, snapshot };
}

function whyJson(why: Why) {
  const time = (at: Ms | null): string | null => (at === null ? null : isoTime(at));
  return {
    mode: why.mode,
    policy: why.policy,
    debounce_ms: why.debounceMs,
    grace_ms: why.graceMs,
    trailing: why.trailing,
    window_ends_at: time(why.windowEndsAt),
    window_snapshot: why.windowSnapshot,
    hold_ends_at: time(why.holdEndsAt),
    backoff_ends_at: time(why.backoffEndsAt),
    failures: why.failures,
    breaker_open: why.breakerOpen,
    queued: why.queued,
    silence_id: why.silenceId,
  };
}

function runJson({ snapshot, workspace, kind, startedAt, trigger, signals, outcome }: ExplainedRun) {
  return {
    snapshot,
    workspace,
    kind,
    trigger,
    signals,
    started_at: isoTime(startedAt),
    outcome: outcome?.type ?? null,
    reason: outcome !== null && 'reason' in outcome ? wordCheckpointer(outcome.reason) : null,
    exit_code: outcome?.exitCode ?? null,
    duration_ms: outcome?.durationMs ?? null,
    stderr: outcome?.stderr ?? '',
    ...(outcome?.type === 'created' && contentsJson(outcome)),
  };
}

function actionJson({ at, action, result }: ExplainedAction) {
  const { by = null, ...request } = action;
  return {
    at: isoTime(at),
    by,
    request,
    words: wordAction(action),
    granted: result.ok,
    result: wordActionResult(result),
  };
}

/** The input of a replay, beside its result. */
export type ReplayFacts = {
  readonly overrides: Overrides;
  readonly from: Ms;
  readonly to: Ms;
  readonly recorded: Course;
  readonly skipped: number;
};

/** Returns a replay as `sightline.replay/1`. */
export function replayDocument(replayed: Replay, { overrides, from, to, recorded, skipped }: ReplayFacts) {
  const comparison = compareCourses(recorded, replayed.course);
  const assumed = [...replayed.course.runs.values()].filter(({ runId }) => replayed.assumed.has(runId));
  return {
    schema: 'sightline.replay/1',
    from: isoTime(from),
    to: isoTime(to),
    settings: {
      mode: overrides.mode ?? null,
      debounce_ms: overrides.debounceMs ?? null,
      grace_ms: overrides.graceMs ?? null,
      trailing: overrides.trailing ?? null,
      policy: overrides.policy ?? {},
    },
    inputs: replayed.inputs,
    refused: replayed.refused,
    skipped,
    signals: replayed.course.signals.size,
    same: replayed.mismatchCount === 0 && comparison.signals.length === 0,
    different_steps: replayed.mismatchCount,
    words: wordComparison(comparison),
    checkpoints: { ...comparison.checkpoints, assumed: assumed.length, assumed_ms: replayed.assumedMs },
    fates: comparison.fates,
    changed: comparison.signals.slice(0, MAX_CHANGED).map(({ signal, recorded: before, replayed: after }) => ({
      signal_id: signal.signalId,
      signal: signal.type,
      agent: signal.agent,
      at: isoTime(signal.at),
      recorded: before && fateFacts(before),
      replayed: after && fateFacts(after),
    })),
    runs: [...replayed.course.runs.values()].map(({ runId, startedAt, ...run }) => ({
      ...run,
      started_at: isoTime(startedAt),
      assumed: replayed.assumed.has(runId),
    })),
  };
}
