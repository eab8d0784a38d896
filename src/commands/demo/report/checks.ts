import type { FateName } from '../../../core/signals.ts';
import type { PartName } from '../../../feeds/demo/script/scenario.ts';
import { settledFate, type Recording, type SignalStory } from '../recording.ts';

/** The result of one part; `problem` is null if it went as it should. */
export type Verdict = { readonly part: PartName; readonly found: string; readonly problem: string | null };

/** Checks one part, from the stories of its own agents. */
type Check = (scene: Scene) => string | null;

type Scene = {
  /** Live signals of the part's agents. */
  readonly stories: readonly SignalStory[];
  readonly advised: boolean;
  readonly stored: ReadonlySet<string> | null;
};

/**
 * Judges one part. `agents` are the part's own; `stored` holds the ids of the snapshots that the stores really have, null
 * before they are checked.
 */
export function judge(
  part: PartName,
  agents: ReadonlySet<string>,
  recording: Recording,
  stored: ReadonlySet<string> | null,
): Verdict {
  const ours = (agent: string | null): boolean => agent !== null && agents.has(agent);
  const stories = [...recording.stories.values()].filter(({ signal }) => !signal.historical && ours(signal.agent));
  const advised = recording.advisories.some(({ agent }) => ours(agent));
  const scene: Scene = { stories, advised, stored };
  return { part, found: describe(scene), problem: unsettled(scene) ?? CHECKS[part](scene) ?? missingSnapshot(scene) };
}

const CHECKS: Readonly<Record<PartName, Check>> = {
  calm: ({ stories }) => (stories.length === 0 ? null : 'ordinary traffic has raised a signal'),
  storm: (scene) =>
    need(scene, 'retry_storm', ['checkpointed']) ??
    wrongIf(derivedAlone(scene), "agentsight's own storm row did not join the signal"),
  overflow: (scene) => need(scene, 'context_overflow', ['checkpointed']),
  crash: (scene) => need(scene, 'agent_crash', ['checkpointed']),
  'clean-exit': (scene) =>
    need(scene, 'agent_crash', ['flagged']) ??
    wrongIf(only(scene, 'agent_crash')?.signal.downgraded === null, 'the ended agent was taken for a crashed one'),
  'no-cache': (scene) =>
    wrongIf(!scene.advised, 'no advisory') ?? wrongIf(scene.stories.length > 0, 'it raised a signal'),
  silence: (scene) => need(scene, 'context_overflow', ['suppressed']),
  burst: (scene) =>
    wrongIf(count(scene, 'checkpointed') !== 2, 'not one checkpoint at once and one trailing') ??
    wrongIf(count(scene, 'coalesced') !== 2, 'not two signals coalesced'),
  stuck: (scene) =>
    wrongIf(count(scene, 'timed_out') !== 1, 'no checkpoint timed out') ??
    wrongIf(count(scene, 'checkpointed') !== 1, 'the next checkpoint did not succeed'),
};

function need(scene: Scene, signal: string, fates: readonly FateName[]): string | null {
  const named = scene.stories.filter((story) => story.signal.type === signal);
  if (named.length !== 1) return `${signal} signals: ${named.length}, not 1`;
  const got = named.map((story) => settledFate(story)?.kind);
  return got.every((fate, index) => fate === fates[index]) ? null : `${signal} is ${got.join()}, not ${fates.join()}`;
}

/** Whichever door was first, ours or agentsight's row, the other must have joined the same signal. */
function derivedAlone(scene: Scene): boolean {
  const storm = only(scene, 'retry_storm');
  return storm?.signal.origin === 'derived' && storm.updates === 0;
}

function only(scene: Scene, signal: string): SignalStory | undefined {
  return scene.stories.find((story) => story.signal.type === signal);
}

function count(scene: Scene, fate: FateName): number {
  return scene.stories.filter((story) => settledFate(story)?.kind === fate).length;
}

function wrongIf(wrong: boolean, problem: string): string | null {
  return wrong ? problem : null;
}

function unsettled({ stories }: Scene): string | null {
  const waiting = stories.filter((story) => settledFate(story) === null);
  return waiting.length === 0 ? null : `signals without a settled fate: ${waiting.length}`;
}

/** A fate that names a snapshot is only true when the store has it. */
function missingSnapshot({ stories, stored }: Scene): string | null {
  if (stored === null) return null;
  const named = stories.flatMap((story) => settledFate(story)?.snapshot ?? []);
  const missing = named.filter((snapshot) => !stored.has(snapshot));
  return missing.length === 0 ? null : `not in the store: ${missing.join(', ')}`;
}

function describe({ stories, advised }: Scene): string {
  const fates = stories.map((story) => `${story.signal.type} -> ${settledFate(story)?.kind ?? 'waiting'}`);
  return [...fates, ...(advised ? ['advisory'] : [])].join(', ') || 'no signal';
}
