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

/** Seconds from the start to the last step. */
export function scenarioSeconds(scenario: Scenario): number {
  return Math.max(0, ...scenario.parts.flatMap((part) => part.steps.map((step) => part.offset + step.at)));
}
