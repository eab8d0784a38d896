import { PARTS } from './parts.ts';
import type { Scenario } from './scenario.ts';

/** Names that `--scenario` takes. */
export const SCENARIO_NAMES: readonly string[] = ['all', ...PARTS.map((part) => part.name)];

/** The scenario of a name, or null when there is none. A part that plays alone starts at once. */
export function findScenario(name: string): Scenario | null {
  if (name === 'all') return { name, parts: PARTS };
  const part = PARTS.find((candidate) => candidate.name === name);
  return part === undefined ? null : { name, parts: [{ ...part, offset: 0 }] };
}

/** Parts that begin earlier than this, in seconds, do so at every pace: a newcomer should not have to wait. */
const OPENING_SECONDS = 4;

/** The same parts, each as it is, beginning `pace` times as far apart once the opening is over. */
export function atPace({ name, parts }: Scenario, pace: number): Scenario {
  const later = (offset: number): number => OPENING_SECONDS + (offset - OPENING_SECONDS) * pace;
  return {
    name,
    parts: parts.map((part) => ({ ...part, offset: part.offset > OPENING_SECONDS ? later(part.offset) : part.offset })),
  };
}

/** Seconds from the start to the last step. */
export function scenarioSeconds(scenario: Scenario): number {
  return Math.max(0, ...scenario.parts.flatMap((part) => part.steps.map((step) => part.offset + step.at)));
}
