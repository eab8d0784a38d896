import type { EngineView } from '../../app/engine/types.ts';
import type { Frozen } from '../panes/props.ts';

/** What came in since the screen was frozen. */
export function waitingBehind(frozen: EngineView, live: EngineView): Frozen {
  const lastSeq = frozen.signals[0]?.seq ?? -1;
  return {
    calls: Math.max(0, live.model.fleet.totals.calls - frozen.model.fleet.totals.calls),
    signals: live.signals.filter(({ seq }) => seq > lastSeq).length,
  };
}
