import type { Call } from '../../../calls.ts';
import type { Interruption } from '../../../interruptions.ts';
import { msToNs } from '../../../units.ts';
import type { Draft } from '../../draft.ts';
import { episodeAt, openEpisode, patchEpisode, stormAfter, type Where } from './episodes.ts';
import { forgetEpisode, isGuess } from './guess.ts';
import { belongsTo, raise } from '../raise.ts';
import { interruptionSignalId, rowId, rowSignal, stormSignalId } from '../../signals.ts';
import { nextSuccess } from './storms.ts';
import type { Episode, PendingRow } from '../../types.ts';

type News = PendingRow['news'];
type ConversationRow = Interruption & { readonly conversationId: string };

/** A storm's or a loop's row: it belongs to the episode that contains its time, or begins one. */
export function judgeEpisode(draft: Draft, row: ConversationRow, news: News, call: Call | null): void {
  const { detect } = draft.state;
  const episode = episodeAt(detect.episodes, row.type, row.conversationId, row.occurredNs);
  if (episode) return joinEpisode(draft, row, episode, news);
  if (news === 'none') return;
  const later = laterStorm(draft, row);
  if (later !== null && !isGuess(draft, later)) {
    return joinEpisode(draft, row, { ...later, startNs: row.occurredNs }, news);
  }
  if (later !== null) forgetEpisode(draft, later);
  const opened = episodeOf(draft, row);
  const episodes = openEpisode(draft.state.detect.episodes, opened);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
  raise(
    draft,
    rowSignal(draft.state.settings, row, call, {
      signalId: opened.signalId,
      signal: row.type,
      severity: row.severity,
      callId: row.callId,
      historical: news !== 'live',
      downgraded: null,
      cause: `${row.type} reported by agentsight`,
    }),
  );
}

// agentsight counts failures with successes between, so that its fifth may come before ours of the same storm.
function laterStorm(draft: Draft, row: ConversationRow): Episode | null {
  if (row.type !== 'retry_storm' || row.resolved) return null;
  const { episodes, rows } = draft.state.detect;
  return stormAfter(episodes, whereOf(row), row.occurredNs, nextSuccess(rows, whereOf(row), row.occurredNs));
}

function whereOf({ conversationId, agent, pid }: ConversationRow): Where {
  return { conversationId, agent: agent === 'unknown' ? null : agent, pid };
}

function episodeOf(draft: Draft, row: ConversationRow): Episode {
  const { type, conversationId, occurredNs, resolved, interruptionId } = row;
  const facts = { type, conversationId, startNs: occurredNs, interruptionId };
  const resolvedNs = resolved ? occurredNs : null;
  if (type !== 'retry_storm') {
    return { ...facts, agent: null, pid: null, endNs: resolvedNs, signalId: interruptionSignalId(rowId(row)) };
  }
  const from = whereOf(row);
  const endNs = resolvedNs ?? nextSuccess(draft.state.detect.rows, from, occurredNs);
  return { ...facts, ...from, endNs, signalId: stormSignalId(type, conversationId, occurredNs) };
}

function joinEpisode(draft: Draft, row: Interruption, episode: Episode, news: News): void {
  const ends = row.resolved && (episode.interruptionId === null || episode.interruptionId === row.interruptionId);
  const resolvedNs = maxNs(msToNs(draft.at), episode.startNs);
  const patch: Partial<Episode> = {
    startNs: episode.startNs,
    interruptionId: episode.interruptionId ?? row.interruptionId,
    ...(ends && episode.endNs === null ? { endNs: resolvedNs } : {}),
  };
  const episodes = patchEpisode(draft.state.detect.episodes, episode.signalId, episode.conversationId, patch);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
  belongsTo(draft, episode.signalId, row, news === 'live' || (news === 'none' && row.resolved));
}

function maxNs(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
