import type { Advisory, Fate, Signal } from '../../core/signals.ts';
import type { Notice } from '../../core/reactor/messages.ts';
import type { DemoEvent } from './event.ts';

/** One signal's story: every fate it got, and the rows that turned out to be the same cause. */
export type SignalStory = {
  readonly signal: Signal;
  readonly fates: readonly Fate[];
  readonly updates: number;
};

/** The events of a run, as far as the summary and the self-check need it. */
export type Recording = {
  readonly stories: ReadonlyMap<string, SignalStory>;
  readonly advisories: readonly Advisory[];
  /** Checkpoints that were started and ended, in order of their end. */
  readonly checkpoints: readonly Extract<Notice, { type: 'ended' }>[];
};

export const EMPTY_RECORDING: Recording = { stories: new Map(), advisories: [], checkpoints: [] };

/** The recording with one more event. */
export function record(recording: Recording, event: DemoEvent): Recording {
  if (event.type === 'advisory' && !event.historical)
    return { ...recording, advisories: [...recording.advisories, event.advisory] };
  if (event.type !== 'notice') return recording;
  const { notice } = event;
  switch (notice.type) {
    case 'signal':
      return withStory(
        recording,
        notice.signal.signalId,
        (story) => story ?? { signal: notice.signal, fates: [], updates: 0 },
      );
    case 'fate':
      return withStory(recording, notice.signal.signalId, (story) => ({
        signal: notice.signal,
        fates: [...(story?.fates ?? []), notice.fate],
        updates: story?.updates ?? 0,
      }));
    case 'update':
      return withStory(recording, notice.signalId, (story) => story && { ...story, updates: story.updates + 1 });
    case 'ended':
      return { ...recording, checkpoints: [...recording.checkpoints, notice] };
    case 'started':
    case 'held':
    case 'budget':
    case 'foreign':
    case 'operator':
    case 'refused':
      return recording;
  }
}

/** The fate in which a signal has ended, or null while it waits. */
export function settledFate(story: SignalStory): Fate | null {
  return story.fates.find((fate) => fate.settled) ?? null;
}

/** True when every signal has ended. */
export function allSettled(recording: Recording): boolean {
  return [...recording.stories.values()].every((story) => settledFate(story) !== null);
}

function withStory(
  recording: Recording,
  signalId: string,
  change: (story: SignalStory | undefined) => SignalStory | undefined,
): Recording {
  const story = change(recording.stories.get(signalId));
  if (story === undefined) return recording;
  return { ...recording, stories: new Map(recording.stories).set(signalId, story) };
}
