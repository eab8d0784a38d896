import type { Notice } from '../../core/reactor/messages.ts';
import { isUnsettled } from '../../core/reactor/view.ts';
import { isDark } from '../../core/sources.ts';
import type { Ms } from '../../core/units.ts';
import type { ScreenConfig } from '../../config/config.ts';
import { systemClock } from '../../effects/clock.ts';
import type { KeyStream } from '../../effects/terminal/key-stream.ts';
import { type TerminalExtras, terminalExtras } from '../../effects/terminal/terminal-extras.ts';
import type { Engine, EngineEvent, EngineView } from '../../engine/types.ts';
import { wordBudget } from '../../wording/budgets.ts';

type Suspend = (work: () => Promise<void>) => Promise<void>;

/** All features are off unless the configuration enables them. */
const OFF: Features = { mouse: false, title: false, bell: false, notify: false };
type Alarms = Pick<ScreenConfig, 'bell' | 'notify'>;
type Features = Pick<ScreenConfig, 'mouse' | 'title' | 'bell' | 'notify'>;

/** `keyStream`: null where keys are read as lines, without a mouse. */
export type TerminalExtrasDeps = { readonly wanted: Features | undefined; readonly keyStream: KeyStream | null };

/** Keeps mouse, title and alarms while the screen is open; another program that has the terminal in between has it without them. */
export function openTerminalExtras(
  engine: Pick<Engine, 'store' | 'listen'>,
  output: NodeJS.WriteStream,
  { wanted = OFF, keyStream }: TerminalExtrasDeps,
) {
  const extras = terminalExtras(output, { title: wanted.title, mouse: wanted.mouse && keyStream !== null });
  // The title is not made at each commit where it is disabled.
  const updateTitle = (): void => {
    if (wanted.title) extras.title(titleOf(engine.store.getState()));
  };
  const alarm = (by: Alarms) => createAlarm(by, extras, () => systemClock.now());
  let onEvent = alarm(wanted);
  const ends = [engine.store.subscribe(updateTitle), engine.listen((event) => onEvent(event)), extras.leave];
  let isOver = false;
  updateTitle();
  extras.enter();
  return {
    /** Changes the configuration of alarms. */
    alarms: (by: Alarms): void => {
      onEvent = alarm(by);
    },
    around:
      (suspend: Suspend): Suspend =>
      (work) =>
        suspend(async () => {
          extras.leave();
          keyStream?.pause();
          await work();
          // The screen may have been closed in the meantime.
          if (isOver) return;
          keyStream?.resume();
          extras.enter();
        }),
    end: (): void => {
      isOver = true;
      for (const end of ends) end();
    },
  };
}

/** Least time between two alarms, ms: a storm is one alarm. */
export const ALARM_COOLDOWN_MS = 30_000;

/** Rings and notifies for new critical signals and for a budget that asks, all through one gate with a cooldown. */
export function createAlarm({ bell, notify }: Alarms, extras: Pick<TerminalExtras, 'ring' | 'notify'>, now: () => Ms) {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return (event: EngineEvent): void => {
    if (!(bell || notify) || event.type !== 'notice') return;
    const text = alarmOf(event.notice);
    if (text === null || now() < quietUntil) return;
    quietUntil = now() + ALARM_COOLDOWN_MS;
    if (bell) extras.ring();
    if (notify) extras.notify(text);
  };
}

// The signal of a budget that asks is raised only when nobody has answered: then it is late to call someone.
function alarmOf(told: Notice): string | null {
  if (told.type === 'budget') return told.phase === 'asked' ? `${wordBudget(told.budget)} asks` : null;
  if (told.type !== 'signal') return null;
  const { type, severity, agent, historical } = told.signal;
  return historical || severity !== 'critical' ? null : `${type}, agent ${agent ?? 'unknown'}`;
}

/** Formats the state for the terminal's title. Countdowns are left out: they would change it every second. */
export function titleOf({ started, sources, workspaces, signals, budgets, mode }: EngineView): string {
  const blind = started && sources.every(isDark);
  const running = workspaces.filter(({ run }) => run !== null).length;
  const held = workspaces.filter(({ hold }) => hold !== null).length;
  const open = signals.filter((record) => !record.signal.historical && isUnsettled(record)).length;
  const parts = [
    blind ? 'BLIND' : '',
    held > 0 ? 'checkpoint held' : '',
    budgets.some(({ hold }) => hold !== null) ? 'budget asks' : '',
    running > 0 ? 'checkpoint running' : '',
    open > 0 ? `${open} open` : '',
    mode,
  ];
  return `sightline: ${parts.filter(Boolean).join(', ')}`;
}
