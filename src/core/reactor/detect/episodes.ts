/** The episodes: stretches in which a storm or a loop of a conversation is one signal. Pure, but for taking one back. */
import type { Call } from '../../calls.ts';
import { MAX_EPISODES } from '../../limits.ts';
import { type Ms, type Ns, msToNs } from '../../units.ts';
import { type Draft, retractSignal, patchDetect, recordOf } from '../draft.ts';
import type { Episode, Streak } from '../types.ts';
import { successBetween } from './streaks.ts';

const CONVERSATIONS = new WeakMap<readonly Episode[], ReadonlySet<string>>();

/** Returns true if the conversation has any episode. Called for every call, so the answer is cached with the list. */
export function hasEpisode(episodes: readonly Episode[], conversationId: string): boolean {
  const known = CONVERSATIONS.get(episodes) ?? new Set(episodes.map((episode) => episode.conversationId));
  CONVERSATIONS.set(episodes, known);
  return known.has(conversationId);
}

/** The types that a success ends. */
const ENDED_BY_SUCCESS: ReadonlySet<string> = new Set(['retry_storm', 'quota_reached']);

/**
 * Returns the episode of (type, conversation) that contains a time; null if there is none. A storm lasts to its end. A loop
 * lasts `quietMs` beyond its latest row, for nothing ends it where no row is resolved; it is found from before its first
 * row too, for history may be read from its end.
 */
export function episodeAt(
  { episodes, quietMs }: { readonly episodes: readonly Episode[]; readonly quietMs: Ms },
  type: string,
  conversationId: string,
  at: Ns,
): Episode | null {
  const quietNs = msToNs(quietMs);
  return (
    episodes.findLast(
      (episode) =>
        episode.type === type &&
        episode.conversationId === conversationId &&
        (episode.endNs === null || at <= episode.endNs) &&
        (ENDED_BY_SUCCESS.has(type)
          ? episode.startNs <= at
          : episode.startNs - quietNs <= at && at < episode.lastNs + quietNs),
    ) ?? null
  );
}

/**
 * The episode that a storm found in `streak` belongs to: the one that contains its fifth failure, or one of the same agent and
 * process that begins a little later without a success in between (agentsight's row was read before our calls were).
 */
export function episodeOfStorm(
  episodes: readonly Episode[],
  streak: Streak,
  call: { readonly conversationId: string; readonly agent: string; readonly pid: number | null },
  fifthNs: Ns,
): Episode | null {
  // Storms end by themselves.
  const containing = episodeAt({ episodes, quietMs: 0 }, 'retry_storm', call.conversationId, fifthNs);
  if (containing) return containing;
  return (
    episodes.find(
      (episode) =>
        isStormOf(episode, call) && episode.startNs > fifthNs && !successBetween(streak, fifthNs, episode.startNs),
    ) ?? null
  );
}

/** Two accounts of one storm, an agent's own and agentsight's of each attempt, begin so close to each other, ns. */
const SAME_STORM_NS = msToNs(60_000);

/**
 * The signal of the storm that an agent's own records told of in a session before agentsight's rows of the same failures
 * came, which make one of their conversation: one cause. Null for none.
 */
export function recordedStorm(
  episodes: readonly Episode[],
  streak: Streak,
  { conversationId, sessionId, recorded }: Pick<Call, 'conversationId' | 'sessionId' | 'recorded'>,
  fifthNs: Ns,
): string | null {
  if (recorded !== undefined || sessionId === null || sessionId === conversationId) return null;
  const isSame = ({ type, conversationId: session, startNs, endNs }: Episode): boolean => {
    const [from, to] = startNs < fifthNs ? [startNs, fifthNs] : [fifthNs, startNs];
    if (type !== 'retry_storm' || session !== sessionId || to - from > SAME_STORM_NS) return false;
    return (endNs === null || fifthNs <= endNs) && !successBetween(streak, from, to);
  };
  return episodes.findLast(isSame)?.signalId ?? null;
}

/**
 * The storm without a row that begins after a time and before the next success after it (null: there was none), of the
 * same agent and process: one cause with a row of that time. Null for none.
 */
export function stormAfter(episodes: readonly Episode[], where: Where, from: Ns, success: Ns | null): Episode | null {
  const isMeant = (episode: Episode): boolean =>
    episode.interruptionId === null &&
    isStormOf(episode, where) &&
    episode.startNs > from &&
    (success === null || episode.startNs < success);
  return episodes.find(isMeant) ?? null;
}

/** The owner of a storm; null for an agent or a process that is not known. */
export type Where = { readonly conversationId: string; readonly agent: string | null; readonly pid: number | null };

/** Returns true for a storm of this conversation, and of this agent and process as far as both name them. */
function isStormOf(episode: Episode, where: Where): boolean {
  return episode.type === 'retry_storm' && isEndedBy(episode, where);
}

function isEndedBy({ type, conversationId, agent, pid }: Episode, where: Where): boolean {
  return (
    ENDED_BY_SUCCESS.has(type) &&
    conversationId === where.conversationId &&
    (agent === null || where.agent === null || agent === where.agent) &&
    (pid === null || where.pid === null || pid === where.pid)
  );
}

/** Returns the episodes of a draft, with how long a loop lasts beyond its latest row. */
export function episodesOf({ state }: Draft): { readonly episodes: readonly Episode[]; readonly quietMs: Ms } {
  return { episodes: state.detect.episodes, quietMs: state.settings.episodeQuietMs };
}

/** Adds an episode; the oldest that has ended makes room. */
export function openEpisode(episodes: readonly Episode[], episode: Episode): readonly Episode[] {
  if (episodes.length < MAX_EPISODES) return [...episodes, episode];
  const ended = episodes.findIndex(({ endNs }) => endNs !== null);
  return [...episodes.toSpliced(Math.max(0, ended), 1), episode];
}

/** Replaces an episode, found by its signal and its conversation. */
export function patchEpisode(
  episodes: readonly Episode[],
  signalId: string,
  conversationId: string,
  patch: Partial<Episode>,
): readonly Episode[] {
  return episodes.map((episode) =>
    episode.signalId === signalId && episode.conversationId === conversationId ? { ...episode, ...patch } : episode,
  );
}

/** Forgets an episode, found by its signal. */
function dropEpisode(episodes: readonly Episode[], signalId: string): readonly Episode[] {
  return episodes.filter((episode) => episode.signalId !== signalId);
}

/** A success ends the open storms of its conversation (of its own agent and process, where the storm names them). */
export function endStorms(
  episodes: readonly Episode[],
  success: { readonly conversationId: string; readonly agent: string; readonly pid: number | null; readonly endNs: Ns },
): readonly Episode[] {
  const ends = (episode: Episode): boolean =>
    isEndedBy(episode, success) &&
    episode.startNs < success.endNs &&
    (episode.endNs === null || success.endNs < episode.endNs);
  if (!episodes.some(ends)) return episodes;
  return episodes.map((episode) => (ends(episode) ? { ...episode, endNs: success.endNs } : episode));
}

// ---------------------------------------------------------------- history that is disproved

/** Returns true for a storm that rests on a partly read history: the rest may disprove it. */
export function isRetractable({ state }: Draft, { signalId }: Episode): boolean {
  const signal = recordOf(state, signalId)?.signal;
  return signal?.historical === true && signal.origin === 'derived';
}

/** Takes back an episode that more of the history has disproved, with its signal. */
export function retract(draft: Draft, { signalId }: Episode): void {
  patchDetect(draft, { episodes: dropEpisode(draft.state.detect.episodes, signalId) });
  retractSignal(draft, signalId);
}
