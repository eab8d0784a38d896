import type { Silence } from '../core/signals.ts';
import type { Notice, OperatorAction } from '../core/reactor/messages.ts';
import { covers } from '../core/reactor/silences/view.ts';
import type { EngineEvent } from '../engine/types.ts';
import { lineOf } from './log-lines.ts';
import { wordCause, wordFate } from '../wording/fates.ts';
import { wordRefusal } from '../wording/refusals.ts';
import { wordChanged, wordLeftOut } from '../wording/snapshots.ts';
import { duration } from '../wording/units.ts';

export type Toast = { readonly text: string; readonly kind: 'done' | 'refused' | 'info' };

/** Returns the toast for an event; null where the panes show it all. */
export function toastOf(event: EngineEvent): Toast | null {
  if (event.type !== 'notice') return null;
  const { notice } = event;
  switch (notice.type) {
    case 'refused':
      return { text: `${notice.action} refused: ${wordRefusal(notice.reason)}`, kind: 'refused' };
    case 'operator':
      return operatorToast(notice);
    case 'held':
      return { text: `checkpoint of ${notice.workspace} held: x vetoes, f fires`, kind: 'info' };
    case 'ended':
      return endedToast(notice);
    case 'update':
      return notice.snapshot === undefined
        ? null
        : { text: `${notice.snapshot} was made late, for ${notice.signal}`, kind: 'info' };
    case 'signal':
    case 'fate':
    case 'started':
    case 'foreign':
      return null;
  }
}

/** Returns the line of the dashboard's log for an event; null where there is none. */
export function logLineOf(event: EngineEvent): string | null {
  if (event.type === 'started' || event.type === 'stopped') return null;
  return isOutcome(event) ? (toastOf(event)?.text ?? null) : lineOf(event);
}

// What an operator did, and how a checkpoint ended.
function isOutcome(event: EngineEvent): boolean {
  return event.type === 'notice' && (event.notice.type === 'operator' || event.notice.type === 'ended');
}

/** Words an event with its time, for a screen reader; null where it is not news. */
export function sentenceWithTime(event: EngineEvent): string | null {
  const sentence = sentenceOf(event);
  return sentence === null ? null : `${new Date(event.at).toTimeString().slice(0, 8)} ${sentence}`;
}

/** Words an event as a sentence; null where it is not news. */
export function sentenceOf(event: EngineEvent): string | null {
  if (event.type === 'advisory') return advisorySentence(event);
  if (event.type !== 'notice') return lineOf(event);
  const { notice } = event;
  switch (notice.type) {
    case 'signal': {
      const { type: signal, severity, agent, cause, historical } = notice.signal;
      return historical ? null : `signal ${signal}, ${severity}, agent ${agent ?? 'unknown'}: ${wordCause(cause)}`;
    }
    case 'fate': {
      const { signal, fate } = notice;
      const what = fate.snapshot ?? wordFate(fate.reason);
      return signal.historical ? null : `${signal.type} of ${signal.agent ?? 'unknown'}: ${fate.kind}, ${what}`;
    }
    case 'update':
      if (notice.snapshot !== undefined) return `${notice.snapshot} was made late, for ${notice.signal}`;
      if (notice.resolved) return `${notice.signal} is resolved`;
      return notice.count > 1 ? `${notice.signal} was reported again, ${notice.count} times by now` : null;
    case 'started':
      return `checkpoint ${notice.run.snapshot} of ${notice.workspace} is running`;
    case 'foreign':
      return lineOf(event);
    case 'refused':
    case 'operator':
    case 'held':
    case 'ended':
      return toastOf(event)?.text ?? null;
  }
}

function advisorySentence({ advisory, historical }: EngineEvent & { type: 'advisory' }): string | null {
  if (historical) return null;
  const why = advisory.cacheReported ? 'no prompt caching' : 'its cache is not reported';
  return `advice: ${advisory.agent} has sent ${advisory.inputTokens} input tokens; ${why}`;
}

/** Words for an operator's action, if its bare name is not enough. */
const ACTS: Readonly<Partial<Record<OperatorAction, (target: string) => string>>> = {
  veto: (workspace) => `vetoed: no checkpoint of ${workspace}`,
  fire: (workspace) => `fired: a checkpoint of ${workspace}`,
  checkpoint: (workspace) => `checkpoint of ${workspace} requested`,
  policy: (name) => `policy of ${name} for this session`,
  reload: (path) => `reloaded ${path}`,
  takeover: (workspace) => `took over ${workspace}`,
  confirm: (folder) => `${folder} is a workspace from now on`,
};

/** Actions whose reason is their result, by the word before it. */
const RESULTS: Readonly<Partial<Record<OperatorAction, string>>> = {
  rollback: 'rollback',
  remove: 'remove',
  init: 'init',
  repin: 'pinned again',
  resolve: 'resolved',
};

function operatorToast({ action, target, reason, silence }: Notice & { type: 'operator' }): Toast {
  const result = RESULTS[action];
  if (reason !== null && result !== undefined) return { text: `${result}: ${reason}`, kind: 'done' };
  const what = silence ? describeSilence(action, silence) : (ACTS[action]?.(target) ?? `${action} ${target}`);
  return { text: reason === null ? what : `${what} (${reason})`, kind: 'done' };
}

function describeSilence(action: OperatorAction, { matcher, endsAt }: Silence): string {
  const what = covers(matcher);
  if (action === 'unsilence') return `no longer silenced: ${what}`;
  return `silenced until ${new Date(endsAt).toTimeString().slice(0, 5)}: ${what}`;
}

function endedToast(notice: Notice & { type: 'ended' }): Toast | null {
  const { outcome, snapshot, workspace, stderr, durationMs, leftOut, changed } = notice;
  const what = snapshot ?? `the checkpoint of ${workspace}`;
  switch (outcome) {
    case 'created':
      return {
        text: [
          `${what} was taken in ${duration(durationMs, 'an unknown time')}${changed ? `, ${wordChanged(changed)}` : ''}`,
          ...(leftOut ? [wordLeftOut(leftOut)] : []),
        ].join('; '),
        kind: 'done',
      };
    case 'failed':
    case 'timed_out':
      return {
        text: `${what} ${outcome === 'failed' ? 'failed' : 'timed out'}${stderr && `: ${stderr}`}`,
        kind: 'refused',
      };
    case 'unavailable':
      return { text: `${what} was not taken${stderr && `: ${stderr}`}`, kind: 'refused' };
    case 'vetoed':
    case 'cancelled':
      return null;
  }
}
