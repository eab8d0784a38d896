/** Interruption rows: one cause, one signal, whichever door it came through and in whatever order. */
import type { Call } from '../../calls.ts';
import { type Interruption, interruptionType, isAnothers } from '../../interruptions.ts';
import { JUDGE_DELAY_MS } from '../../limits.ts';
import type { Cause } from '../../reasons.ts';
import type { Signal } from '../../signals.ts';
import { type Ns, msToNs, nsToMs } from '../../units.ts';
import { amend, type Draft, isKnown, patchDetect, recordOf } from '../draft.ts';
import type { Fact } from '../messages.ts';
import { downgradeRule, recordsRule } from '../policy/policy.ts';
import {
  type CallName,
  defaultSeverity,
  interruptionSignalId,
  isUniqueCallId,
  rowId,
  rowSignal,
  stormSignalId,
} from '../signals.ts';
import type { DeferredRow, Episode } from '../types.ts';
import { defer, resume } from './deferred.ts';
import {
  episodeAt,
  episodesOf,
  isRetractable,
  openEpisode,
  patchEpisode,
  retract,
  stormAfter,
  type Where,
} from './episodes.ts';
import { type TextPattern, textSignal } from './error-text.ts';
import { belongsTo, raise, signalIdOfCall, tieCall } from './raise.ts';
import { hasConversation, nextSuccess } from './streaks.ts';

/** An interruption row was seen or has changed: one cause, one signal. */
export function detectInterruption(draft: Draft, input: Fact & { type: 'interruption' }): void {
  const { interruption: row, news, calls } = input;
  if (interruptionType(row.type)?.episodic === true && hasConversation(row))
    return judgeEpisode(draft, row, news, calls[0] ?? null);
  if (news === 'none') return judgeChange(draft, row, calls);
  const pending: DeferredRow = { type: 'row', interruption: row, news, calls };
  if (news === 'live' && waitsForCall(draft, row, calls)) {
    return defer(draft, rowId(row), pending, draft.mono + JUDGE_DELAY_MS);
  }
  judgeRow(draft, pending);
}

/** A call has been read: rows that waited for it are judged now. */
export function judgeDeferred(draft: Draft, call: Call): void {
  for (const [key, pending] of draft.state.detect.deferred) {
    if (pending.type !== 'row' || !namedCalls(pending.interruption).includes(call.callId)) continue;
    if (!isRead(pending.interruption, call) || isAnothers(pending.interruption, call)) continue;
    resume(draft, key);
    judgeRow(draft, { ...pending, calls: [call] });
  }
}

/** Judges a row by what is known of the calls that it names. */
export function judgeRow(draft: Draft, { interruption: row, news, calls }: DeferredRow): void {
  const named = namedCalls(row);
  const known = knownSignal(draft, row, calls);
  if (known !== null) {
    for (const callId of named) tieCall(draft, callOf(callId, calls), known);
    return belongsTo(draft, known, row, news === 'live');
  }
  const found = named.length === 0 ? null : textOf(row, calls);
  // The call whose text it is gives the id, so that either door gives the same.
  const matching = calls.find(({ error, statusCode }) => textSignal(error, statusCode) !== null)?.callId;
  const speaking = matching ?? named[0];
  // A short id names a call with its start only, which is not known wherever the row is read.
  const isNameEnough = speaking !== undefined && (matching !== undefined || isUniqueCallId(speaking));
  const signalId =
    (isNameEnough ? signalIdNamed(draft, row, callOf(speaking, calls)) : null) ?? interruptionSignalId(rowId(row));
  for (const callId of named) {
    const call = callOf(callId, calls);
    tieCall(draft, call, signalId, signalIdNamed(draft, row, call) === null);
  }
  const signal = found?.type ?? row.type;
  raise(
    draft,
    rowSignal(draft.state.settings, row, calls[0] ?? null, {
      signalId,
      type: signal,
      severity: found ? defaultSeverity(signal) : row.severity,
      callId: speaking ?? null,
      historical: news !== 'live',
      downgraded: downgradeRule(signal, row, draft.state.settings.recordsPolicy),
      cause: rowCause(row, found?.name ?? null),
    }),
  );
}

function rowCause({ type, recorded }: Interruption, pattern: string | null): Cause {
  return recorded === true ? { code: 'records', type } : { code: 'row', type, pattern };
}

// Its call is written just before it, in another database (or that row is completed just before): give it a moment.
function waitsForCall(draft: Draft, row: Interruption, calls: readonly Call[]): boolean {
  if (namedCalls(row).length === 0 || knownSignal(draft, row, calls) !== null) return false;
  return !calls.some((call) => isRead(row, call));
}

// A failure is read when its call has ended; a crash is about a call that has not.
function isRead(row: Interruption, call: Call): boolean {
  return call.status !== 'pending' || row.type === 'agent_crash';
}

// A change of a row that was judged before: resolved, or its session filled in.
function judgeChange(draft: Draft, row: Interruption, calls: readonly Call[]): void {
  const key = rowId(row);
  const pending = draft.state.detect.deferred.get(key);
  if (pending?.type === 'row') return defer(draft, key, { ...pending, interruption: row }, draft.mono);
  const known = knownSignal(draft, row, calls);
  if (known === null) return;
  learn(draft, known, row);
  belongsTo(draft, known, row, row.resolved);
}

// History may be read in any order: whose a row is may be known from its call alone, after it was judged.
function learn(draft: Draft, signalId: string, row: Interruption): void {
  const known = recordOf(draft.state, signalId)?.signal;
  if (known?.historical !== true || known.origin !== 'interruption') return;
  const agent = known.agent === 'unknown' ? row.agent : known.agent;
  const conversationId = known.conversationId ?? row.conversationId;
  const pid = known.pid ?? row.pid;
  if (agent === known.agent && conversationId === known.conversationId && pid === known.pid) return;
  amend(draft, { ...known, agent, conversationId, pid });
}

function knownSignal(draft: Draft, row: Interruption, calls: readonly Call[]): Signal['signalId'] | null {
  const named = namedCalls(row);
  const ids = named.flatMap((callId) => signalIdNamed(draft, row, callOf(callId, calls)) ?? []);
  return [...ids, interruptionSignalId(rowId(row))].find((id) => isKnown(draft.state, id)) ?? null;
}

// The signal of a call that the row names; null where the id has been used again, and what is known by it is another agent's.
function signalIdNamed(draft: Draft, row: Interruption, call: Call | CallName): string | null {
  const id = signalIdOfCall(draft, call);
  const signal = recordOf(draft.state, id)?.signal;
  return signal !== undefined && isAnothers(row, signal) ? null : id;
}

// Either door gives the same type; S1 wins over S2 whichever text names it.
function textOf(row: Interruption, calls: readonly Call[]): TextPattern | null {
  const status = calls[0]?.statusCode ?? null;
  const found = [
    ...calls.map(({ error, statusCode }) => textSignal(error, statusCode)),
    textSignal(row.detail.error, status),
  ];
  return found.find((pattern) => pattern?.type === 'agent_crash') ?? found.find((pattern) => pattern !== null) ?? null;
}

// The call that the row means, where it has been read.
function callOf(callId: string, calls: readonly Call[]): Call | CallName {
  return calls.find((call) => call.callId === callId) ?? { callId, startNs: null };
}

function namedCalls(row: Interruption): readonly string[] {
  return [...new Set([...(row.callId === null ? [] : [row.callId]), ...row.detail.callIds])];
}

// ---------------------------------------------------------------- rows of storms and loops

type News = DeferredRow['news'];
type ConversationRow = Interruption & { readonly conversationId: string };

/** A storm's or a loop's row: it belongs to the episode that contains its time, or begins one. */
function judgeEpisode(draft: Draft, row: ConversationRow, news: News, call: Call | null): void {
  const episode = episodeAt(episodesOf(draft), row.type, row.conversationId, row.occurredNs);
  if (episode) return joinEpisode(draft, row, episode, news);
  if (news === 'none') return;
  const later = laterStorm(draft, row);
  if (later !== null && !isRetractable(draft, later)) {
    return joinEpisode(draft, row, { ...later, startNs: row.occurredNs }, news);
  }
  if (later !== null) retract(draft, later);
  const opened = episodeOf(draft, row);
  const episodes = openEpisode(draft.state.detect.episodes, opened);
  patchDetect(draft, { episodes });
  raise(
    draft,
    rowSignal(draft.state.settings, row, call, {
      signalId: opened.signalId,
      type: row.type,
      severity: row.severity,
      callId: row.callId,
      historical: news !== 'live',
      downgraded: row.recorded === true ? recordsRule(draft.state.settings.recordsPolicy, row.type) : null,
      cause: rowCause(row, null),
    }),
  );
}

// agentsight counts failures with successes between, so that its fifth may come before ours of the same storm.
function laterStorm(draft: Draft, row: ConversationRow): Episode | null {
  if (row.type !== 'retry_storm' || row.resolved) return null;
  const { episodes, streaks } = draft.state.detect;
  return stormAfter(episodes, whereOf(row), row.occurredNs, nextSuccess(streaks, whereOf(row), row.occurredNs));
}

function whereOf({ conversationId, agent, pid }: ConversationRow): Where {
  return { conversationId, agent: agent === 'unknown' ? null : agent, pid };
}

function episodeOf(draft: Draft, row: ConversationRow): Episode {
  const { type, conversationId, occurredNs, resolved } = row;
  // One without an id is derived from records: no streak of calls can disprove it.
  const interruptionId = row.interruptionId ?? rowId(row);
  const facts = { type, conversationId, startNs: occurredNs, lastNs: occurredNs, interruptionId };
  const resolvedNs = resolved ? occurredNs : null;
  if (type !== 'retry_storm') {
    return { ...facts, agent: null, pid: null, endNs: resolvedNs, signalId: interruptionSignalId(rowId(row)) };
  }
  const from = whereOf(row);
  const endNs = resolvedNs ?? nextSuccess(draft.state.detect.streaks, from, occurredNs);
  return { ...facts, ...from, endNs, signalId: stormSignalId(type, conversationId, occurredNs) };
}

function joinEpisode(draft: Draft, row: Interruption, episode: Episode, news: News): void {
  const ends = row.resolved && (episode.interruptionId === null || episode.interruptionId === row.interruptionId);
  const resolvedNs = maxNs(msToNs(draft.at), episode.startNs);
  const patch: Partial<Episode> = {
    startNs: row.type === 'retry_storm' ? episode.startNs : minNs(episode.startNs, row.occurredNs),
    lastNs: maxNs(episode.lastNs, row.occurredNs),
    interruptionId: episode.interruptionId ?? row.interruptionId,
    ...(ends && episode.endNs === null ? { endNs: resolvedNs } : {}),
  };
  const episodes = patchEpisode(draft.state.detect.episodes, episode.signalId, episode.conversationId, patch);
  patchDetect(draft, { episodes });
  const emits = news === 'live' || (news === 'none' && row.resolved);
  belongsTo(draft, episode.signalId, row, emits, isRepeat(row, episode, news) ? nsToMs(row.occurredNs) : null);
}

// The row that confirms what we derived is no further report, nor is one that was counted by an earlier run.
function isRepeat(row: Interruption, { interruptionId, startNs, lastNs }: Episode, news: News): boolean {
  if (news === 'none' || interruptionId === null || interruptionId === row.interruptionId) return false;
  return row.occurredNs > lastNs || row.occurredNs < startNs;
}

function minNs(a: Ns, b: Ns): Ns {
  return a < b ? a : b;
}

function maxNs(a: Ns, b: Ns): Ns {
  return a > b ? a : b;
}
