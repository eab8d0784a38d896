import type { EngineView } from '../../app/engine/types.ts';
import type { Ms } from '../../core/events.ts';
import type { Frozen } from '../panes/props.ts';
import type { ViewState } from './types.ts';

/** What came in since the screen was frozen. */
export function waitingBehind(frozen: EngineView, live: EngineView): Frozen {
  const lastSeq = frozen.signals[0]?.seq ?? -1;
  return {
    calls: Math.max(0, live.model.fleet.totals.calls - frozen.model.fleet.totals.calls),
    signals: live.signals.filter(({ seq }) => seq > lastSeq).length,
  };
}

/** The moment that is shown: ages and countdowns are told of it. */
export function nowOf({ frozen, now }: Pick<ViewState, 'frozen' | 'now'>): Ms {
  return frozen?.at ?? now;
}
