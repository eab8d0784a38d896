import { detailInWords, type Interruption } from '../../core/interruptions.ts';
import { shardedGet } from '../../core/reactor/sharded-map.ts';
import type { Episode, ReactorState } from '../../core/reactor/types.ts';

/** Storms that we derived and no row has confirmed, as interruptions without an id; over with the next success. */
export function derivedStorms(state: ReactorState): readonly Interruption[] {
  return state.detect.episodes.flatMap((episode) => derivedStorm(state, episode) ?? []);
}

function derivedStorm(state: ReactorState, episode: Episode): Interruption | null {
  const record = state.open.get(episode.signalId) ?? shardedGet(state.settled, episode.signalId);
  if (episode.interruptionId !== null || record?.signal.origin !== 'derived') return null;
  const { signal } = record;
  return {
    interruptionId: null,
    type: signal.signal,
    severity: signal.severity,
    agent: signal.agent ?? 'unknown',
    pid: signal.pid,
    conversationId: signal.conversationId,
    sessionId: null,
    callId: null,
    occurredNs: episode.startNs,
    resolved: episode.endNs !== null,
    detail: detailInWords(signal.cause),
  };
}
