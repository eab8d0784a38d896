import type { EngineView } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import { isCounting } from '../derive/workspace/workspace.ts';
import type { ViewState } from './types.ts';

const COUNTDOWN_MS = 100;
const SECOND_MS = 1_000;
const IDLE_MS = 10_000;
/** Ages below this are told in seconds. */
const MINUTE_MS = 60_000;

/**
 * How long the screen may stand as it is, ms: a tenth of a second while a bar moves, to the next second while anything
 * on it counts seconds, else to the next ten. A frame costs the same whether one cell changed or all did.
 */
export function paceOf(live: EngineView, view: ViewState, now: Ms): Ms {
  if (live.workspaces.some((workspace) => isCounting(workspace, now))) return COUNTDOWN_MS;
  const pace = countsSeconds(live, view, now) ? SECOND_MS : IDLE_MS;
  return pace - (now % pace);
}

function countsSeconds({ silences, workspaces, model }: EngineView, view: ViewState, now: Ms): boolean {
  const isYoung = (at: Ms | null): boolean => at !== null && now - at <= MINUTE_MS;
  return (
    view.toast !== null ||
    view.leaving !== null ||
    silences.length > 0 ||
    workspaces.some(({ status }) => status.endsAt !== null && status.endsAt > now) ||
    // The most recent comes first.
    isYoung(model.conversations[0]?.lastCallAt ?? null) ||
    isYoung(model.agents[0]?.lastCallAt ?? null)
  );
}
