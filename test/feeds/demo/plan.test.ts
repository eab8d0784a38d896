import { expect, test } from 'vitest';
import { planScenario, scenarioProjects } from '../../../src/feeds/demo/script/plan.ts';
import { PARTS } from '../../../src/feeds/demo/script/parts.ts';
import { CAST } from '../../../src/feeds/demo/script/cast.ts';
import type { Scenario } from '../../../src/feeds/demo/script/scenario.ts';
import { findScenario, SCENARIO_NAMES, scenarioSeconds } from '../../../src/feeds/demo/script/select.ts';

test.each(SCENARIO_NAMES)('scenario %s plans the same run for the same seed', (name) => {
  const scenario = found(name);
  expect(planScenario(scenario, 3)).toEqual(planScenario(scenario, 3));
  expect(planScenario(scenario, 3)).not.toEqual(planScenario(scenario, 4));
});

test('a part that plays alone has the same rows as among the others', () => {
  const ids = (scenario: Scenario): readonly string[] =>
    planScenario(scenario, 1).actions.flatMap((action) => (action.type === 'open' ? [action.call.callId] : []));
  const all = new Set(ids(found('all')));
  expect(PARTS.flatMap((part) => ids(found(part.name))).every((id) => all.has(id))).toBe(true);
});

test('every agent plays in one part only, so that its signals belong to one part', () => {
  const actors = PARTS.flatMap((part) => [...new Set(part.steps.map((step) => CAST[step.actor].agent))]);
  expect(new Set(actors).size).toBe(actors.length);
});

test('actions come in order of time, and calls never end after the moment that writes them', () => {
  const { actions } = planScenario(found('all'), 1);
  expect(actions.map((action) => action.at)).toEqual(actions.map((action) => action.at).toSorted((a, b) => a - b));
  for (const action of actions) if (action.type === 'open') expect(action.call.endedAt).toBeLessThanOrEqual(action.at);
});

test('all of it leaves room for windows and deadlines within a minute', () => {
  expect(scenarioSeconds(found('all'))).toBeLessThan(35);
});

test('the parts that act have a workspace of their own each', () => {
  const acting = ['storm', 'overflow', 'crash', 'burst', 'stuck'];
  const projects = acting.flatMap((name) => scenarioProjects(found(name)));
  expect(new Set(projects).size).toBe(acting.length);
});

test('an unknown scenario is none', () => {
  expect(findScenario('teapot')).toBeNull();
});

function found(name: string): Scenario {
  const scenario = findScenario(name);
  if (scenario === null) throw new Error(name);
  return scenario;
}
