import type { EngineView } from '../../engine/types.ts';
import { isDarkness, sightOf } from '../views/sources/rows.ts';
import type { Situation } from './layout.ts';
import type { ViewState } from './state.ts';

/** Returns what the overview shows besides its lists: what is lost, or what to do first. */
export function situationOf(view: EngineView, { stepsHidden }: Pick<ViewState, 'stepsHidden'>): Situation {
  if (view.fleet !== undefined) return 'usual';
  const sight = sightOf(view);
  const isEmpty = view.model.fleet.conversations === 0 && view.model.fleet.agents === 0;
  if (view.started && isEmpty && (view.sources.length === 0 || sight.state === 'absent')) return 'nothing';
  if (sight.dark.some(({ health }) => health.status === 'lost')) return 'blind';
  const isUnprotected = view.workspaces.length === 0 && view.mode === 'observe' && !view.readOnly;
  return isUnprotected && !stepsHidden && !isDarkness(sight) ? 'first' : 'usual';
}

/** True while the overview is shown: on a narrow screen, its first pane. */
export function isOverview({ zoomed, focus }: Pick<ViewState, 'zoomed' | 'focus'>): boolean {
  return !zoomed && focus === 'conversations';
}
