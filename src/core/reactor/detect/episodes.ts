import type { Ns } from '../../events.ts';
import { MAX_EPISODES } from '../../limits.ts';
import { type FailureRow, type Episode } from '../types.ts';
import { successBetween } from './storms.ts';

/** The types of which a conversation has one signal an episode. */
export const EPISODE_TYPES: readonly string[] = ['retry_storm', 'dead_loop'];

/** The episode of (type, conversation) that contains a time; null for none. */
export function episodeAt(episodes: readonly Episode[], type: string, conversationId: string, at: Ns): Episode | null {
  return (
    episodes.findLast(
      (episode) =>
        episode.type === type &&
        episode.conversationId === conversationId &&
        episode.startNs <= at &&
        (episode.endNs === null || at <= episode.endNs),
    ) ?? null
  );
}

/**
 * The episode that a storm found in `row` belongs to: the one that contains its fifth failure, or one that agentsight's row
 * opened a little later without a success in between (its row was read before our calls were).
 */
export function episodeOfStorm(
  episodes: readonly Episode[],
  row: FailureRow,
  conversationId: string,
  fifthNs: Ns,
): Episode | null {
  const containing = episodeAt(episodes, 'retry_storm', conversationId, fifthNs);
  if (containing) return containing;
  return (
    episodes.find(
      (episode) =>
        episode.type === 'retry_storm' &&
        episode.conversationId === conversationId &&
        episode.startNs > fifthNs &&
        !successBetween(row, fifthNs, episode.startNs),
    ) ?? null
  );
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
export function dropEpisode(episodes: readonly Episode[], signalId: string): readonly Episode[] {
  return episodes.filter((episode) => episode.signalId !== signalId);
}

/** A success ends the open storms of its conversation (of its own agent and process, where the storm names them). */
export function endStorms(
  episodes: readonly Episode[],
  success: { readonly conversationId: string; readonly agent: string; readonly pid: number | null; readonly endNs: Ns },
): readonly Episode[] {
  const ends = (episode: Episode): boolean =>
    episode.type === 'retry_storm' &&
    episode.conversationId === success.conversationId &&
    (episode.agent === null || episode.agent === success.agent) &&
    (episode.pid === null || success.pid === null || episode.pid === success.pid) &&
    episode.startNs < success.endNs &&
    (episode.endNs === null || success.endNs < episode.endNs);
  if (!episodes.some(ends)) return episodes;
  return episodes.map((episode) => (ends(episode) ? { ...episode, endNs: success.endNs } : episode));
}
