import type { Ack } from '../core/acks.ts';
import type { ActionOf, ActionResult, Operator } from '../core/actions.ts';
import { MAX_ONCE_SIGNALS } from '../core/limits.ts';
import type { Silence } from '../core/signals.ts';
import { restoreState } from '../core/reactor/persist.ts';
import { shownSilence } from '../core/reactor/silences/silences.ts';
import type { SignalRecord } from '../core/reactor/types.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { EngineConfig } from '../config/config.ts';
import type { Clock } from '../effects/clock.ts';
import { readSavedState } from '../effects/state/saved-state.ts';
import { createStateStore } from '../effects/state/state-store.ts';
import type { Journal } from '../effects/state/journal.ts';
import { resultOf } from './actions.ts';
import { createLoop } from './loop.ts';
import { settingsOf } from './settings.ts';
import { allSignals } from './view.ts';

/** The actions that concern what a state folder keeps, and nothing that runs. */
export type StateAction = ActionOf<'silence' | 'unsilence' | 'extend_silence' | 'ack' | 'unack'>;

/** The core on a state folder alone: no feed, no workspace, no timer. */
export type StateCore = {
  readonly silences: () => readonly Silence[];
  /** Oldest first. */
  readonly acks: () => readonly Ack[];
  /** Newest first. */
  readonly signals: () => readonly SignalRecord[];
  /** Runs an action and keeps what comes of it. */
  readonly dispatch: (action: StateAction & { readonly by?: Operator }) => ActionResult;
};

type StateCoreDeps = {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly version: string;
  readonly notice: (notice: Notice) => void;
};

/**
 * Opens what a state folder keeps for an operator, while no engine runs: silences can be changed, signals read. What an
 * engine that was killed left open stays open. `notice` gets what its actions come to.
 */
export function openStateCore(config: EngineConfig, { clock, journal, version, notice }: StateCoreDeps): StateCore {
  const now = { at: clock.now(), mono: clock.mono() };
  const settings = settingsOf({ config, version, maxSignals: MAX_ONCE_SIGNALS }, clock);
  const { state } = restoreState(settings, readSavedState(journal, now.at), now);
  const saved = createStateStore(journal, { prints: false });
  const nothing = (): void => undefined;
  const loop = createLoop({
    initial: state,
    clock,
    record: saved.record,
    notice,
    spawn: nothing,
    operation: nothing,
    pause: nothing,
    probe: nothing,
    retracted: nothing,
    changed: nothing,
  });
  return {
    silences: () => loop.state().silences.map((silence) => shownSilence(loop.now(), silence)),
    acks: () => loop.state().acks,
    signals: () => allSignals(loop.state()),
    dispatch: (action) => {
      const result = resultOf(loop.dispatch(action));
      loop.stopTimers();
      return result;
    },
  };
}
