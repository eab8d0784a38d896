/** Formats what the history knows of a signal or a snapshot, and what a replay of it differs in. */

import type { AckScope } from '../core/acks.ts';
import type { Action, ActionResult, Operator } from '../core/actions.ts';
import type { ChangedSignal, Comparison } from '../core/history/course.ts';
import type { ExplainedAction, ExplainedRun, ExplainedSignal, Explanation, Reload } from '../core/history/explain.ts';
import type { PauseSubject } from '../core/pauses.ts';
import type { RunKind } from '../core/runs.ts';
import type { Fate, Signal } from '../core/signals.ts';
import type { Ms } from '../core/units.ts';
import { wordCheckpointer } from './checkpointers.ts';
import { wordDone } from './done.ts';
import { wordCause, wordFate, wordMatcher } from './fates.ts';
import { wordPauseEnd } from './pauses.ts';
import { wordRefusal } from './refusals.ts';
import { wordLeftOut } from './snapshots.ts';
import { configured, counted } from './units.ts';
import { wordRule, wordSettings } from './why.ts';

/** A heading and its rows: a label and a text each. */
export type Section = { readonly title: string; readonly rows: readonly (readonly [label: string, text: string])[] };

/** Signals that are named one by one. */
const MAX_NAMED = 10;

/** Formats an explanation as sections. `when` formats a time. */
export function wordExplanation(
  { subject, signals, run, actions }: Explanation,
  when: (at: Ms) => string,
): readonly Section[] {
  const checkpoint = run === null ? [] : [runSection(run, when)];
  const operators =
    actions.length === 0 ? [] : [{ title: 'Operators', rows: actions.map((one) => actionRow(one, when)) }];
  const told = signals.map((one) => signalSection(one, when));
  const main = subject.type === 'snapshot' ? [...checkpoint, ...told] : [...told, ...checkpoint];
  return [...main, ...operators];
}

function signalSection(
  { signal, raisedAt, fates, reports, waiting, lateSnapshot }: ExplainedSignal,
  when: (at: Ms) => string,
): Section {
  const why = fates.at(-1)?.why ?? null;
  const rows: (readonly [string, string])[] = [
    ['raised', `${when(raisedAt)}${ofAgent(signal)}`],
    ['because', wordCause(signal.cause)],
    ['evidence', evidenceOf(signal)],
    ['reports', reports.count > 1 ? `${reports.count}, the last at ${when(reports.lastAt)}` : ''],
    ['workspace', signal.workspace ?? 'none'],
    ['rule', why === null ? '' : wordRule(signal.type, why, signal.downgraded)],
    ['settings', why === null ? 'not kept' : wordSettings(why)],
    [
      'waiting',
      waiting.length === 0 ? 'no other signal of the workspace' : waiting.slice(-MAX_NAMED).map(nameOf).join(', '),
    ],
    ...fates.map(({ fate }): readonly [string, string] => [
      fate.settled ? 'fate' : 'at first',
      `${when(fate.at)} ${wordOutcome(fate)}`,
    ]),
    ['fate', fates.some(({ fate }) => fate.settled) ? '' : 'none yet, or not written'],
    ['later', lateSnapshot === null ? '' : `${lateSnapshot} appeared after all`],
  ];
  return {
    title: `Signal ${signal.signalId}  ${signal.type}, ${signal.severity}`,
    rows: rows.filter(([, text]) => text !== ''),
  };
}

function ofAgent({ agent, pid, conversationId }: Signal): string {
  const who = agent === null ? '' : `, ${agent}${pid === null ? '' : ` (pid ${pid})`}`;
  return `${who}${conversationId === null ? '' : `, conversation ${conversationId}`}`;
}

function evidenceOf({ callId, interruptionId, recorded }: Signal): string {
  const parts = [
    callId === null ? '' : `call ${callId}`,
    interruptionId === null ? '' : `interruption ${interruptionId}`,
    recorded === true ? "the agent's own records alone" : '',
  ];
  return parts.filter(Boolean).join('; ');
}

function nameOf({ signalId, type }: Signal): string {
  return `${type} ${signalId.slice(0, 12)}`;
}

/** Formats a fate with its reason: `coalesced, waits: inside the debounce window of auto-1`. */
export function wordOutcome({ kind, settled, reason, snapshot }: Fate): string {
  const text = wordFate(reason);
  const into = kind === 'coalesced' && settled && snapshot !== null ? ` into ${snapshot}` : '';
  return `${kind}${into}${settled ? '' : ', waits'}: ${text}`;
}

const KINDS: Readonly<Record<RunKind, string>> = {
  auto: 'automatic',
  manual: "an operator's",
  baseline: 'the first, whole snapshot',
  rollback: 'a rollback',
  restore: 'a restore of some paths',
  init: 'ws-ckpt init',
};

function runSection(
  { snapshot, kind, workspace, startedAt, trigger, signals, outcome }: ExplainedRun,
  when: (at: Ms) => string,
): Section {
  const named = trigger === null ? '' : `, named after ${trigger.slice(0, 12)}`;
  const absorbed =
    kind === 'manual'
      ? `${counted(signals.length, 'signal')} waited`
      : `for ${counted(signals.length, 'signal')}${named}`;
  const leftOut = outcome?.type === 'created' && outcome.leftOut ? wordLeftOut(outcome.leftOut) : '';
  const rows: (readonly [string, string])[] = [
    ['taken', `${when(startedAt)}, ${KINDS[kind]}, ${absorbed}`],
    ['workspace', workspace],
    ['answer', outcome === null ? 'none: sightline ended before it, or it was not written' : answerOf(outcome)],
    ['output', outcome?.stderr ?? ''],
    ['lacks', leftOut],
  ];
  return { title: `Checkpoint ${snapshot}`, rows: rows.filter(([, text]) => text !== '') };
}

function answerOf(outcome: NonNullable<ExplainedRun['outcome']>): string {
  const exit = outcome.exitCode === null ? '' : `, exit ${outcome.exitCode}`;
  if (outcome.type === 'created')
    return `created in ${outcome.durationMs} ms${outcome.late ? ', found by look-up' : exit}`;
  if (outcome.type === 'unchanged')
    return `none in ${outcome.durationMs} ms: nothing was written since ${outcome.snapshot}`;
  const why = outcome.type === 'empty' ? 'empty workspace' : wordCheckpointer(outcome.reason);
  return `${outcome.type.replace('_', ' ')} after ${outcome.durationMs} ms${exit}: ${why}`;
}

function actionRow({ at, action, result }: ExplainedAction, when: (at: Ms) => string): readonly [string, string] {
  return [when(at), `${wordOperatorName(action.by)}: ${wordAction(action)}: ${wordActionResult(result)}`];
}

/** Formats who acted: `ann on pts/3`; `says` where the name is only claimed. */
export function wordOperatorName(by: Operator | undefined): string {
  if (by === undefined) return 'the program itself';
  return `${by.user}${by.tty === null ? '' : ` on ${by.tty}`}${by.claimed ? ' (as the console says)' : ''}`;
}

/** Formats a request of an operator; of a kind that has no words of its own, its fields. */
export function wordAction(action: Action | Reload): string {
  if (action.type === 'reload') return `reload of ${action.from}: ${action.changes}`;
  if (action.type === 'silence') {
    return `silence ${wordMatcher(action.matcher)} for ${configured(action.durationMs)}${because(action.reason)}`;
  }
  if (action.type === 'checkpoint') return `checkpoint of ${action.workspace}${because(action.reason)}`;
  if (action.type === 'mode') return `mode ${action.mode}${because(action.reason)}`;
  if (action.type === 'ack') return `acknowledge ${wordScope(action.scope)}${because(action.note)}`;
  if (action.type === 'unack') return `take back what was acknowledged of ${wordScope(action.scope)}`;
  if (action.type === 'policy') {
    return `policy ${action.target.scope} ${action.target.name} → ${action.action ?? 'as configured'}`;
  }
  if (action.type === 'pause') {
    const forMs = action.durationMs ?? null;
    return `pause ${subjectOf(action)}${forMs === null ? '' : ` for ${configured(forMs)}`}${because(action.reason)}`;
  }
  if (action.type === 'resume') {
    return `resume ${subjectOf(action)}${action.end === undefined ? '' : ` (${wordPauseEnd(action.end)})`}`;
  }
  return [action.type, ...fieldsOf(action)].join(' ');
}

function wordScope({ ids, before, ...matcher }: AckScope): string {
  const named = ids === undefined ? wordMatcher(matcher) : ids.slice(0, MAX_NAMED).join(', ');
  return before === undefined ? named : `${named}, older ones`;
}

function subjectOf({ agent, conversationId, pid }: PauseSubject): string {
  if (typeof pid === 'number') return `pid ${pid}`;
  return typeof conversationId === 'string' ? `conversation ${conversationId}` : (agent ?? 'all');
}

function because(reason: string | null | undefined): string {
  return reason === null || reason === undefined ? '' : ` (${reason})`;
}

function fieldsOf(action: object): readonly string[] {
  return Object.entries(action).flatMap(([name, value]) => {
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return name === 'type' || !isPlain ? [] : [`${name} ${String(value)}`];
  });
}

/** Formats the result of an action: granted, done, or refused and why. */
export function wordActionResult(result: ActionResult): string {
  if (!result.ok) return `refused: ${wordRefusal(result.reason)}`;
  return result.value.code === 'accepted' ? 'granted' : wordDone(result.value);
}

/** Formats what a replay differs in: `3 checkpoints more; signals: 2 less coalesced, 2 more checkpointed`. */
export function wordComparison({ checkpoints, fates }: Comparison): string {
  const made = difference(checkpoints.replayed - checkpoints.recorded);
  const first = made === null ? 'as many checkpoints' : `${counted(made.amount, 'checkpoint')} ${made.word}`;
  const rows = fates.flatMap(({ fate, recorded, replayed }) => {
    const change = difference(replayed - recorded);
    return change === null ? [] : [`${change.amount} ${change.word} ${fate}`];
  });
  return rows.length === 0 ? `${first}; each signal as it was` : `${first}; signals: ${rows.join(', ')}`;
}

function difference(by: number): { readonly amount: number; readonly word: string } | null {
  return by === 0 ? null : { amount: Math.abs(by), word: by > 0 ? 'more' : 'less' };
}

/** Formats one signal that a replay treats otherwise. */
export function wordChange({ signal, recorded, replayed }: ChangedSignal, when: (at: Ms) => string): string {
  return `${when(signal.at)}  ${nameOf(signal)}${signal.agent === null ? '' : ` of ${signal.agent}`}: ${fateName(recorded)} → ${fateName(replayed)}`;
}

function fateName(fate: Fate | null): string {
  return fate === null ? 'open' : `${fate.kind}${fate.settled ? '' : ', waits'}`;
}
