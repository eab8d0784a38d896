import type { Call, Interruption, Signal } from '../events.ts';
import { JUDGE_DELAY_MS, MAX_PENDING_ROWS } from '../limits.ts';
import { belongsTo, raise, signalIdOfCall } from './detect.ts';
import { cancel, type Draft, recordOf, schedule } from './draft.ts';
import { EPISODE_TYPES, episodeAt, openEpisode, patchEpisode } from './episodes.ts';
import { type TextPattern, textSignal } from './patterns.ts';
import { downgradeRule } from './policy.ts';
import { shardedGet, shardedSet } from './sharded-map.ts';
import { defaultSeverity, interruptionSignalId, msToNs, rowSignal, stormSignalId } from './signals.ts';
import { hasConversation, rowKey } from './storms.ts';
import type { Episode, Input, PendingRow } from './types.ts';

type News = PendingRow['news'];

/** An interruption row was seen or has changed: one cause, one signal. */
export function detectInterruption(draft: Draft, input: Input & { type: 'interruption' }): void {
  const { interruption: row, news, calls } = input;
  if (EPISODE_TYPES.includes(row.type) && hasConversation(row)) return judgeEpisode(draft, row, news, calls[0] ?? null);
  const named = namedCalls(row);
  if (news === 'none') return judgeChange(draft, row, named);
  if (named.length === 0) return judge(draft, row, news, calls);
  // Its call is written just before it, in another database: give it a moment to be read.
  if (calls.length === 0 && news === 'live') return waitForCall(draft, row, news);
  judge(draft, row, news, calls);
}

/** A call has been read: rows that waited for it are judged now. */
export function judgeWaiting(draft: Draft, call: Call): void {
  for (const [key, { interruption, news }] of draft.state.detect.pending) {
    if (!namedCalls(interruption).includes(call.callId)) continue;
    forget(draft, key);
    judge(draft, interruption, news, [call]);
  }
}

/** The second is over: judge the row without its call. */
export function judgeOverdue(draft: Draft, key: string): void {
  const pending = draft.state.detect.pending.get(key);
  if (!pending) return;
  forget(draft, key);
  judge(draft, pending.interruption, pending.news, []);
}

export const JUDGE_TIMER = 'judge:';

function waitForCall(draft: Draft, row: Interruption, news: News): void {
  const key = rowId(row);
  const pending = new Map(draft.state.detect.pending).set(key, { interruption: row, news });
  draft.state = { ...draft.state, detect: { ...draft.state.detect, pending } };
  schedule(draft, `${JUDGE_TIMER}${key}`, draft.at + JUDGE_DELAY_MS);
  const [oldest] = pending.keys();
  if (pending.size > MAX_PENDING_ROWS && oldest !== undefined) judgeOverdue(draft, oldest);
}

function forget(draft: Draft, key: string): void {
  const pending = new Map(draft.state.detect.pending);
  pending.delete(key);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, pending } };
  cancel(draft, `${JUDGE_TIMER}${key}`);
}

function judge(draft: Draft, row: Interruption, news: News, calls: readonly Call[]): void {
  const named = namedCalls(row);
  const known = knownSignal(draft, row, named);
  if (known !== null) return belongsTo(draft, known, row, news === 'live');
  const found = textOf(row, calls);
  const [first] = named;
  const signalId = first === undefined ? interruptionSignalId(rowId(row)) : signalIdOfCall(draft, first);
  for (const callId of named.slice(1)) rememberAlias(draft, callId, signalId);
  const signal = found?.signal ?? row.type;
  raise(
    draft,
    rowSignal(draft.state.settings, row, calls[0] ?? null, {
      signalId,
      signal,
      severity: found ? defaultSeverity(signal) : row.severity,
      historical: news !== 'live',
      downgraded: downgradeRule(signal, row),
      cause: found ? `${row.type} whose error says "${found.name}"` : `${row.type} reported by agentsight`,
    }),
  );
}

// A change of a row that was judged before: resolved, or its session filled in.
function judgeChange(draft: Draft, row: Interruption, named: readonly string[]): void {
  const pending = draft.state.detect.pending.get(rowId(row));
  if (pending) {
    const changed = new Map(draft.state.detect.pending).set(rowId(row), { ...pending, interruption: row });
    draft.state = { ...draft.state, detect: { ...draft.state.detect, pending: changed } };
    return;
  }
  const known = knownSignal(draft, row, named);
  if (known !== null) belongsTo(draft, known, row, row.resolved);
}

function judgeEpisode(
  draft: Draft,
  row: Interruption & { conversationId: string },
  news: News,
  call: Call | null,
): void {
  const { detect } = draft.state;
  const episode = episodeAt(detect.episodes, row.type, row.conversationId, row.occurredNs);
  if (episode) return joinEpisode(draft, row, episode, news);
  if (news === 'none') return;
  const storm = row.type === 'retry_storm';
  const signalId = storm
    ? stormSignalId(row.type, row.conversationId, row.occurredNs)
    : interruptionSignalId(rowId(row));
  const opened: Episode = {
    type: row.type,
    conversationId: row.conversationId,
    agent: storm && row.agent !== 'unknown' ? row.agent : null,
    pid: storm ? row.pid : null,
    startNs: row.occurredNs,
    endNs: row.resolved ? row.occurredNs : storm ? nextSuccess(draft, row) : null,
    signalId,
    interruptionId: row.interruptionId,
  };
  draft.state = { ...draft.state, detect: { ...detect, episodes: openEpisode(detect.episodes, opened) } };
  raise(
    draft,
    rowSignal(draft.state.settings, row, call, {
      signalId,
      signal: row.type,
      severity: row.severity,
      historical: news !== 'live',
      downgraded: null,
      cause: `${row.type} reported by agentsight`,
    }),
  );
}

function joinEpisode(draft: Draft, row: Interruption, episode: Episode, news: News): void {
  const ends = row.resolved && (episode.interruptionId === null || episode.interruptionId === row.interruptionId);
  const patch: Partial<Episode> = {
    interruptionId: episode.interruptionId ?? row.interruptionId,
    ...(ends && episode.endNs === null ? { endNs: maxNs(msToNs(draft.at), episode.startNs) } : {}),
  };
  const episodes = patchEpisode(draft.state.detect.episodes, episode.signalId, patch);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
  belongsTo(draft, episode.signalId, row, news === 'live' || (news === 'none' && row.resolved));
}

function nextSuccess(draft: Draft, row: Interruption): bigint | null {
  const key = rowKey({ conversationId: row.conversationId, agent: row.agent, pid: row.pid });
  const outcomes = shardedGet(draft.state.detect.rows, key) ?? [];
  return outcomes.find(({ kind, endNs }) => kind === 'ok' && endNs > row.occurredNs)?.endNs ?? null;
}

function knownSignal(draft: Draft, row: Interruption, named: readonly string[]): Signal['signalId'] | null {
  const ids =
    named.length === 0 ? [interruptionSignalId(rowId(row))] : named.map((callId) => signalIdOfCall(draft, callId));
  return ids.find((id) => recordOf(draft.state, id) !== undefined) ?? null;
}

function rememberAlias(draft: Draft, callId: string, signalId: string): void {
  const aliases = shardedSet(draft.state.detect.aliases, callId, signalId);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, aliases } };
}

// Either door gives the same type; S1 wins over S2 whichever text says it.
function textOf(row: Interruption, calls: readonly Call[]): TextPattern | null {
  const found = [...calls.map(({ error }) => error), row.detail.error].map((text) => textSignal(text));
  return (
    found.find((pattern) => pattern?.signal === 'agent_crash') ?? found.find((pattern) => pattern !== null) ?? null
  );
}

function namedCalls(row: Interruption): readonly string[] {
  return [...new Set([...(row.callId === null ? [] : [row.callId]), ...row.detail.callIds])];
}

function rowId(row: Interruption): string {
  return row.interruptionId ?? `${row.type}@${row.occurredNs}`;
}

function maxNs(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
