/** Derived storms: five failures of one class in a row are one signal until a success ends it. */
import { MAX_STREAK_OUTCOMES } from '../../limits.ts';
import { nsToMs } from '../../units.ts';
import { type Draft, patchDetect, recordOf } from '../draft.ts';
import type { Fact } from '../messages.ts';
import { callSignal, stormSignalId } from '../signals.ts';
import type { ConversationCall, Episode, Streak } from '../types.ts';
import { defer } from './deferred.ts';
import {
  endStorms,
  episodeOfStorm,
  hasEpisode,
  isRetractable,
  openEpisode,
  patchEpisode,
  recordedStorm,
  retract,
} from './episodes.ts';
import { raise } from './raise.ts';
import {
  type Counted,
  firstNs,
  hasConversation,
  lastNs,
  markStorm,
  openingStorms,
  record,
  type Storm,
  stormsOf,
  streakKey,
  streakOf,
  wholeStreak,
} from './streaks.ts';

/**
 * Follows the streak that a call belongs to, in three steps: record how it counts, revise the episodes that it may end or
 * disprove, open the storms that the streak holds now.
 */
export function followStreak(draft: Draft, { call, previous, news }: Fact & { type: 'call' }): void {
  const seen = { call, previous, live: news === 'live' };
  const { streaks, recorded } = record(draft.state.detect.streaks, seen, draft.edits);
  const { detect } = draft.state;
  if (streaks !== detect.streaks) draft.state = { ...draft.state, detect: { ...detect, streaks } };
  if (recorded === null || !hasConversation(call)) return;
  const { streak, counted } = recorded;
  const { episodes } = draft.state.detect;
  const revised = hasEpisode(episodes, call.conversationId) && reviseEpisodes(draft, call, streak, counted);
  if (revised || counted.kind === 'failed') findStorms(draft, call, streak);
}

/** The batch is read: opens the storms that the streak of a call holds now. */
export function openDeferredStorms(draft: Draft, call: ConversationCall): void {
  const streak = streakOf(draft.state.detect.streaks, call);
  for (const storm of stormsOf(streak)) {
    if (!joinStorm(draft, call, streak, storm)) openStorm(draft, call, streak, storm);
  }
}

function findStorms(draft: Draft, call: ConversationCall, streak: Streak): void {
  for (const storm of stormsOf(streak)) {
    if (joinStorm(draft, call, streak, storm)) continue;
    // A success or an earlier failure may be in the same batch, and later storms may belong to this: timers come after it.
    if (isLive(storm)) return defer(draft, `storms:${streakKey(call)}`, { type: 'storms', call }, draft.mono);
    openStorm(draft, call, streak, storm);
  }
}

// True when the storm has its signal already: its episode is known, or its failures made one in another conversation.
function joinStorm(draft: Draft, call: ConversationCall, streak: Streak, { fifthNs, five }: Storm): boolean {
  const { episodes } = draft.state.detect;
  const known = episodeOfStorm(episodes, wholeStreak(draft.state.detect.streaks, call, streak), call, fifthNs);
  if (known) {
    if (fifthNs < known.startNs) {
      setEpisodes(draft, patchEpisode(episodes, known.signalId, call.conversationId, { startNs: fifthNs }));
    }
    return true;
  }
  const recorded = recordedStorm(episodes, wholeStreak(draft.state.detect.streaks, call, streak), call, fifthNs);
  const counted =
    recorded ?? five.find(({ storm }) => storm !== null && recordOf(draft.state, storm) !== undefined)?.storm ?? null;
  if (counted === null) return false;
  setEpisodes(
    draft,
    openEpisode(episodes, newEpisode(call, wholeStreak(draft.state.detect.streaks, call, streak), fifthNs, counted)),
  );
  return true;
}

function openStorm(draft: Draft, call: ConversationCall, streak: Streak, storm: Storm): void {
  const signalId = stormSignalId('retry_storm', call.conversationId, storm.fifthNs);
  patchDetect(draft, { streaks: markStorm(draft.state.detect.streaks, call, storm, signalId) });
  const episode = newEpisode(call, wholeStreak(draft.state.detect.streaks, call, streak), storm.fifthNs, signalId);
  setEpisodes(draft, openEpisode(draft.state.detect.episodes, episode));
  const facts = {
    signalId,
    type: 'retry_storm',
    origin: 'derived' as const,
    at: nsToMs(storm.fifthNs),
    historical: !isLive(storm),
    cause: { code: 'failed_calls', count: storm.five.length, errorClass: storm.errorClass } as const,
  };
  raise(draft, callSignal(draft.state.settings, call, facts));
}

function newEpisode(call: ConversationCall, streak: Streak, fifthNs: bigint, signalId: string): Episode {
  const success = streak.find(({ kind, endNs }) => kind === 'ok' && endNs > fifthNs);
  return {
    type: 'retry_storm',
    conversationId: call.conversationId,
    agent: call.agent,
    pid: call.pid,
    startNs: fifthNs,
    lastNs: fifthNs,
    endNs: success?.endNs ?? null,
    signalId,
    interruptionId: null,
  };
}

function isLive({ five }: Storm): boolean {
  return five.some(({ live }) => live);
}

// True when an episode is no longer what it was: the streak may hold a storm of its own now.
function reviseEpisodes(draft: Draft, call: ConversationCall, streak: Streak, { kind, endNs }: Counted): boolean {
  const retracted = retractDisproved(draft, call, streak);
  const { episodes } = draft.state.detect;
  if (kind === 'ok') setEpisodes(draft, endStorms(episodes, { ...call, endNs }));
  return retracted || draft.state.detect.episodes !== episodes;
}

// History may be read in any order: a storm that more of it disproves, or moves, was none. (A live one was acted upon.)
function retractDisproved(draft: Draft, call: ConversationCall, streak: Streak): boolean {
  const { episodes } = draft.state.detect;
  // Of a full streak the beginning is gone: nothing can be disproved any more.
  if (streak.length >= MAX_STREAK_OUTCOMES) return false;
  const [from, to] = [firstNs(streak), lastNs(streak)];
  const here = episodes.filter(
    (episode) => isOfStreak(episode, call) && from <= episode.startNs && episode.startNs <= to,
  );
  if (here.length === 0) return false;
  const fifths = new Set(openingStorms(streak).map(({ fifthNs }) => fifthNs));
  const wrong = here.filter((episode) => !fifths.has(episode.startNs) && isRetractable(draft, episode));
  for (const episode of wrong) retract(draft, episode);
  return wrong.length > 0;
}

function isOfStreak({ type, conversationId, agent, pid, interruptionId }: Episode, call: ConversationCall): boolean {
  return (
    type === 'retry_storm' &&
    interruptionId === null &&
    conversationId === call.conversationId &&
    agent === call.agent &&
    pid === call.pid
  );
}

function setEpisodes(draft: Draft, episodes: readonly Episode[]): void {
  if (episodes === draft.state.detect.episodes) return;
  patchDetect(draft, { episodes });
}
