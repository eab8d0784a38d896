import type { Silence } from '../../core/signals.ts';
import type { Notice, OperatorAction } from '../../core/reactor/messages.ts';
import { covers } from '../../core/reactor/silences/view.ts';
import type { EngineEvent } from '../../engine/types.ts';
import { talkOf } from '../headless/talk.ts';

export type Word = { readonly text: string; readonly kind: 'done' | 'refused' | 'info' };

/** What is said for a moment about something that happened; null where the panes say it all. */
export function toastOf(event: EngineEvent): Word | null {
  if (event.type !== 'notice') return null;
  const { notice } = event;
  switch (notice.type) {
    case 'refused':
      return { text: `${notice.action} refused: ${notice.reason}`, kind: 'refused' };
    case 'operator':
      return operatorToast(notice);
    case 'held':
      return { text: `a checkpoint of ${notice.workspace} is held: x vetoes, f fires`, kind: 'info' };
    case 'ended':
      return endedToast(notice);
    case 'signal':
    case 'fate':
    case 'update':
    case 'started':
    case 'foreign':
      return null;
  }
}

/** The line of the log about something that happened; null where none is due. */
export function logOf(event: EngineEvent): string | null {
  if (event.type === 'started' || event.type === 'stopped') return null;
  return isOutcome(event) ? (toastOf(event)?.text ?? null) : talkOf(event);
}

// What a person did, and what came of a checkpoint, whoever asked for it.
function isOutcome(event: EngineEvent): boolean {
  return event.type === 'notice' && (event.notice.type === 'operator' || event.notice.type === 'ended');
}

/** What happened, as a sentence with its time; null where nobody needs to hear it. */
export function spokenOf(event: EngineEvent): string | null {
  const said = sentenceOf(event);
  return said === null ? null : `${new Date(event.at).toTimeString().slice(0, 8)} ${said}`;
}

/** What happened, as a sentence; null where nobody needs to hear it. */
export function sentenceOf(event: EngineEvent): string | null {
  if (event.type === 'advisory') return advisorySentence(event);
  if (event.type !== 'notice') return talkOf(event);
  const { notice } = event;
  switch (notice.type) {
    case 'signal': {
      const { signal, severity, agent, cause, historical } = notice.signal;
      return historical ? null : `signal ${signal}, ${severity}, agent ${agent ?? 'unknown'}: ${cause}`;
    }
    case 'fate': {
      const { signal, fate } = notice;
      const what = fate.snapshot ?? fate.reason;
      return signal.historical ? null : `${signal.signal} of ${signal.agent ?? 'unknown'}: ${fate.fate}, ${what}`;
    }
    case 'update':
      return notice.resolved ? `${notice.signal} is resolved` : null;
    case 'started':
      return `checkpoint ${notice.run.snapshot} of ${notice.workspace} is running`;
    case 'foreign':
      return talkOf(event);
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

/** What an operator's act was, where its bare name says too little. */
const ACTS: Readonly<Partial<Record<OperatorAction, (target: string) => string>>> = {
  veto: (workspace) => `vetoed: no checkpoint of ${workspace}`,
  fire: (workspace) => `fired: a checkpoint of ${workspace}`,
  checkpoint: (workspace) => `a checkpoint of ${workspace} is asked for`,
  policy: (name) => `policy of ${name} for this session`,
  reload: (path) => `${path} was read again`,
  takeover: (workspace) => `took over ${workspace}`,
};

/** Acts whose reason is what came of them, by the word that it stands behind. */
const TOLD: Readonly<Partial<Record<OperatorAction, string>>> = {
  rollback: 'rollback',
  remove: 'remove',
  init: 'init',
  repin: 'pinned again',
  resolve: 'resolved',
};

function operatorToast({ action, target, reason, silence }: Notice & { type: 'operator' }): Word {
  const told = TOLD[action];
  if (reason !== null && told !== undefined) return { text: `${told}: ${reason}`, kind: 'done' };
  const what = silence ? silenceWords(action, silence) : (ACTS[action]?.(target) ?? `${action} ${target}`);
  return { text: reason === null ? what : `${what} (${reason})`, kind: 'done' };
}

// A btrfs snapshot takes some milliseconds, a copy of a large folder minutes.
function took(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function silenceWords(action: OperatorAction, { matcher, endsAt }: Silence): string {
  const what = covers(matcher);
  if (action === 'unsilence') return `no longer silenced: ${what}`;
  return `silenced until ${new Date(endsAt).toTimeString().slice(0, 5)}: ${what}`;
}

function endedToast({ outcome, snapshot, workspace, stderr, durationMs }: Notice & { type: 'ended' }): Word | null {
  const what = snapshot ?? `the checkpoint of ${workspace}`;
  switch (outcome) {
    case 'created':
      return { text: `${what} was taken in ${took(durationMs)}`, kind: 'done' };
    case 'failed':
    case 'timed_out':
      return {
        text: `${what} ${outcome === 'failed' ? 'failed' : 'timed out'}${stderr && `: ${stderr}`}`,
        kind: 'refused',
      };
    case 'vetoed':
    case 'cancelled':
      return null;
  }
}
