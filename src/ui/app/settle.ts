import type { StoreApi } from 'zustand';
import type { Ms } from '../../core/units.ts';
import type { EngineStore, EngineView } from '../../engine/types.ts';
import { troubles } from '../ladder/ladder.ts';
import { isOpen } from '../ladder/open-signals.ts';
import { counted, timeOfDay } from '../render/values.ts';
import type { Context, Pane } from './bindings.ts';
import type { ViewAction, ViewState } from './state.ts';
import { FIRST_PANE, PANES } from './views.ts';

type SettlerDeps = {
  readonly store: StoreApi<ViewState>;
  readonly engine: EngineStore;
  readonly context: () => Context;
  readonly dispatch: (action: ViewAction) => void;
};

/**
 * Makes the view state follow what is there: the selection of a list is a thing from the first frame on in which the list
 * has the focus, and the alert line tells since when nothing is wrong. Runs after every change, so it checks first whether anything is to be done.
 */
export function createSettler({ engine, store, context, dispatch }: SettlerDeps): () => void {
  let running = false;
  const bind = (): void => {
    const { lists, overlay, focus } = store.getState();
    // A pane that never had the focus shows its first rows, whatever they are by then. The calls follow the first pane.
    const binds = ({ name }: Pane): boolean => name === focus || name === FIRST_PANE.name;
    const isUnbound = PANES.some((pane) => binds(pane) && !pane.isFollowed && lists[pane.name] === undefined);
    if (!isUnbound && (overlay.type === 'none' || lists[overlay.type] !== undefined)) return;
    const { listNamed, panes, shown } = context();
    for (const list of [...panes.filter(binds), listNamed(overlay.type)]) {
      if (list === null || list.isFollowed || lists[list.name] !== undefined) continue;
      const [first] = list.ids(shown);
      if (first !== undefined) dispatch({ type: 'list', of: list.name, list: { selectedId: first, offset: 0 } });
    }
  };
  const calm = (): void => {
    const { calmSince } = store.getState();
    const live = engine.getState();
    const isCalm = troubles(live, live.at).length === 0;
    if (isCalm !== (calmSince !== null)) dispatch({ type: 'calm', since: isCalm ? live.at : null });
  };
  const settle = (): void => {
    if (running) return;
    running = true;
    try {
      bind();
      calm();
    } catch {
      // What is broken there breaks the drawing, too, which tells of it; the engine goes on.
    } finally {
      running = false;
    }
  };
  store.subscribe(settle);
  return settle;
}

/** After so long without a key, the first one shows what came since, ms. */
const AWAY_MS = 60_000;

/** Returns what came while no one pressed a key for long; null where nothing did, or it was not long. */
export function sinceText(view: EngineView, from: Ms, to: Ms): string | null {
  if (to - from < AWAY_MS) return null;
  const fresh = view.signals.filter(({ signal }) => !signal.historical && signal.at > from);
  if (fresh.length === 0) return null;
  const made = fresh.filter(({ fate }) => fate?.kind === 'checkpointed').length;
  const failed = fresh.filter(({ fate }) => fate?.kind === 'failed' || fate?.kind === 'timed_out').length;
  const open = view.signals.filter((record) => isOpen(view, record, to));
  const news = open.filter(({ signal }) => signal.at > from).length;
  const failures = failed === 0 ? 'none failed' : `${failed} failed`;
  return `since ${timeOfDay(from, to)}: ${counted(fresh.length, 'signal')}, ${counted(made, 'checkpoint')}, ${failures}; ${open.length} open, ${news} of them new`;
}
