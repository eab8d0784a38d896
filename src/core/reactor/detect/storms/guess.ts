import { type Draft, forgetSignal, recordOf } from '../../draft.ts';
import type { Episode } from '../../types.ts';
import { dropEpisode } from './episodes.ts';

/** Is a storm only what the history that was read so far says, so that more of it may say otherwise? */
export function isGuess({ state }: Draft, { signalId }: Episode): boolean {
  const signal = recordOf(state, signalId)?.signal;
  return signal?.historical === true && signal.origin === 'derived';
}

/** Takes a guess back, with its signal. */
export function forgetEpisode(draft: Draft, { signalId }: Episode): void {
  const episodes = dropEpisode(draft.state.detect.episodes, signalId);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
  forgetSignal(draft, signalId);
}
