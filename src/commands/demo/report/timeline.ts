import type { Fate, Signal } from '../../../core/signals.ts';
import type { Notice } from '../../../core/reactor/messages.ts';
import type { SourceView } from '../../../engine/types.ts';
import { wordOperator } from '../../../wording/done.ts';
import { wordCause, wordFate } from '../../../wording/fates.ts';
import { wordRefusal } from '../../../wording/refusals.ts';
import { counted } from '../../../wording/units.ts';
import type { DemoEvent } from '../event.ts';

/** One line of the timeline: its topic and its text. */
export type TimelineLine = { readonly topic: string; readonly text: string };

const TOPIC_WIDTH = 'checkpoint'.length;
const SECONDS_WIDTH = '00.0'.length;

/** A line as it is printed, with the seconds since the start; no line break at its end. */
export function formatLine(line: TimelineLine, seconds: number): string {
  return `${seconds.toFixed(1).padStart(SECONDS_WIDTH)}s  ${line.topic.padEnd(TOPIC_WIDTH)}  ${line.text}`;
}

/** Formats an event for the timeline; null if it has no line. */
export function timelineLine(event: DemoEvent): TimelineLine | null {
  switch (event.type) {
    case 'agent':
      return { topic: 'agent', text: `${event.agent} ${event.text}` };
    case 'demo':
      return { topic: 'demo', text: event.text };
    case 'talk':
      return { topic: 'engine', text: event.line };
    case 'started':
      return {
        topic: 'engine',
        text: `started in mode ${event.mode}, over ${event.sources.map(sourceText).join('; ')}`,
      };
    case 'source':
      return { topic: 'feed', text: sourceText(event.source) };
    case 'stopped':
      return {
        topic: 'engine',
        text: `stopped: ${counted(event.signals, 'live signal')}, ${counted(event.checkpoints, 'checkpoint')}`,
      };
    case 'advisory':
      return { topic: 'advisory', text: advisoryText(event.advisory) };
    case 'notice':
      return noticeLine(event.notice);
  }
}

function sourceText({ health, counts, historicalSignals }: SourceView): string {
  return `${health.uri} ${health.status} (${counted(counts.calls, 'call')}, ${counted(historicalSignals, 'historical signal')})`;
}

function noticeLine(notice: Notice): TimelineLine | null {
  switch (notice.type) {
    case 'signal':
      // A historical signal has its fate at once: one line has both.
      return notice.signal.historical ? null : { topic: 'signal', text: signalText(notice.signal) };
    case 'fate':
      return { topic: 'fate', text: fateText(notice.signal, notice.fate) };
    case 'update':
      return { topic: 'update', text: updateText(notice) };
    case 'held':
      return { topic: 'checkpoint', text: `held for ${projectName(notice.workspace)}` };
    case 'started':
      return { topic: 'checkpoint', text: startedText(notice) };
    case 'ended':
      return { topic: 'checkpoint', text: endedText(notice) };
    case 'budget':
    case 'foreign':
      // It has no budgets. No other engine acts here; this one has reported its own first snapshots.
      return null;
    case 'operator':
      return {
        topic: 'operator',
        text: withReason(`${notice.action} ${notice.target}`, notice.reason && wordOperator(notice.reason)),
      };
    case 'refused':
      return {
        topic: 'operator',
        text: withReason(`${notice.action} ${notice.target} refused`, wordRefusal(notice.reason)),
      };
  }
}

function signalText(signal: Signal): string {
  const derived = signal.origin === 'derived' ? ', derived' : '';
  return `${nameOf(signal)} (${signal.severity}${derived}): ${wordCause(signal.cause)}`;
}

/** The fate by its name, and why; a checkpoint's own lines have its cause. */
function fateText(signal: Signal, fate: Fate): string {
  const text = `${nameOf(signal)} -> ${fate.kind}${fate.settled ? '' : ', waiting'}`;
  if (fate.kind === 'checkpointed') return `${text} as ${fate.snapshot ?? '?'} in ${fate.durationMs ?? '?'} ms`;
  return withReason(fate.snapshot === null ? text : `${text} into ${fate.snapshot}`, wordFate(fate.reason));
}

function updateText(notice: Extract<Notice, { type: 'update' }>): string {
  const resolved = notice.resolved ? ' (resolved)' : '';
  const row = notice.interruptionId === null ? 'more detail' : `agentsight's row ${notice.interruptionId.slice(0, 8)}`;
  return `${row} is the same cause as the ${notice.signal} above${resolved}${notice.count > 1 ? `, its report ${notice.count}` : ''}: no second signal`;
}

function startedText({ workspace, run }: Extract<Notice, { type: 'started' }>): string {
  const project = projectName(workspace);
  if (run.kind === 'baseline') return `first, whole snapshot of ${project} started`;
  return `${run.snapshot} of ${project} started (${run.kind})`;
}

function endedText(notice: Extract<Notice, { type: 'ended' }>): string {
  const name = notice.snapshot ?? 'the held checkpoint';
  const output = notice.stderr === '' ? '' : ` [${notice.stderr}]`;
  return `${name} of ${projectName(notice.workspace)} ${outcomeName(notice.outcome)} after ${notice.durationMs} ms${output}`;
}

function outcomeName(outcome: Extract<Notice, { type: 'ended' }>['outcome']): string {
  return outcome === 'timed_out' ? 'timed out' : outcome;
}

function advisoryText(advisory: Extract<DemoEvent, { type: 'advisory' }>['advisory']): string {
  const why = advisory.cacheReported ? 'no prompt caching' : 'cache not reported';
  return `${advisory.agent} read ${advisory.inputTokens} input tokens within an hour: ${why}`;
}

function nameOf(signal: Signal): string {
  return `${signal.type} of ${signal.agent ?? 'an unknown agent'}`;
}

function withReason(text: string, reason: string | null): string {
  return reason === null || reason === '' ? text : `${text} (${reason})`;
}

/** The last part of a workspace's path. */
export function projectName(workspace: string): string {
  return workspace.slice(workspace.lastIndexOf('/') + 1);
}
