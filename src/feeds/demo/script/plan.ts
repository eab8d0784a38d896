import type { Plan } from './action.ts';
import { CAST, type Project } from './cast.ts';
import { initialFiles } from './files.ts';
import type { Scenario } from './scenario.ts';
import { planStep } from './steps.ts';

/** The whole run of a scenario. The same scenario and seed give the same plan. */
export function planScenario(scenario: Scenario, seed: number): Plan {
  const actions = scenario.parts.flatMap((part) =>
    part.steps.flatMap((step, index) => {
      const seconds = step.at < 0 ? step.at : part.offset + step.at;
      return planStep({ step, index, part: part.name, at: Math.round(seconds * 1_000), seed });
    }),
  );
  return {
    projects: scenarioProjects(scenario).map((project) => ({ project, files: initialFiles(project, seed) })),
    actions: actions.toSorted((a, b) => a.at - b.at),
  };
}

/** The workspaces that a scenario's agents work in, each once. */
export function scenarioProjects(scenario: Scenario): readonly Project[] {
  return [...new Set(scenario.parts.flatMap((part) => part.steps.map((step) => CAST[step.actor].project)))];
}
