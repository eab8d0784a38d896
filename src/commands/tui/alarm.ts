import { isUnsettled } from '../../core/reactor/view.ts';
import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { ScreenConfig } from '../../config/config.ts';
import type { Beyond } from '../../effects/terminal/beyond.ts';
import type { EngineEvent, EngineView } from '../../engine/types.ts';

/** Least time between two alarms, ms: a storm is one alarm. */
export const ALARM_COOLDOWN_MS = 30_000;

type Wanted = Pick<ScreenConfig, 'bell' | 'notify'>;

/** Rings and notifies for critical signals that are news: all of them through one gate with a cooldown. */
export function createAlarm({ bell, notify }: Wanted, beyond: Pick<Beyond, 'ring' | 'notify'>, now: () => Ms) {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return (event: EngineEvent): void => {
    if (!(bell || notify) || event.type !== 'notice' || event.notice.type !== 'signal') return;
    const { signal, severity, agent, historical } = event.notice.signal;
    if (historical || severity !== 'critical' || now() < quietUntil) return;
    quietUntil = now() + ALARM_COOLDOWN_MS;
    if (bell) beyond.ring();
    if (notify) beyond.notify(`${signal}, agent ${agent ?? 'unknown'}`);
  };
}

/** How things stand, in the few words of a terminal's title. What counts down is not in it: it would change every second. */
export function titleOf({ started, sources, workspaces, signals, mode }: EngineView): string {
  const blind = started && sources.every(isDark);
  const running = workspaces.filter(({ run }) => run !== null).length;
  const held = workspaces.filter(({ hold }) => hold !== null).length;
  const open = signals.filter((record) => !record.signal.historical && isUnsettled(record)).length;
  const parts = [
    blind ? 'BLIND' : '',
    held > 0 ? 'checkpoint held' : '',
    running > 0 ? 'checkpoint running' : '',
    open > 0 ? `${open} open` : '',
    mode,
  ];
  return `sightline: ${parts.filter(Boolean).join(', ')}`;
}
