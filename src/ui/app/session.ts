import type { StoreApi } from 'zustand';
import type { EngineStore, EngineView, ScreenEngine } from '../../engine/types.ts';
import { MINUTE_MS, type Ms } from '../../core/units.ts';
import { aboutCall } from '../views/call/actions.ts';
import { createKeyboard, type Keyboard } from './input/keyboard.ts';
import { createMouseHandler } from './input/mouse.ts';
import { createContentsReader, outdated, runSnapshotAction } from '../views/checkpoints/actions.ts';
import { type ActionDeps, type Terminal, createActionRunner } from './actions.ts';
import type { Context, Queries } from './bindings.ts';
import type { Size } from '../render/frame.ts';
import { reduceView } from './reducer.ts';
import type { CallsOf } from './list.ts';
import { contextOf } from './context.ts';
import { storyIn } from '../views/calls/shown-story.ts';
import { createTextSearch } from '../views/conversations/search.ts';
import { createStoryReader } from '../views/calls/story.ts';
import { createSettler, sinceText } from './settle.ts';
import type { ViewAction, ViewState } from './state.ts';
import { isCounting } from '../views/workspaces/rows.ts';

export type SessionDeps = {
  readonly engine: ScreenEngine;
  readonly store: StoreApi<ViewState>;
  readonly terminal: Terminal;
  readonly size: () => Size;
  readonly now: () => Ms;
};

/** Connects the engine, the view state and the input of one screen. */
export type Session = Keyboard & {
  readonly store: StoreApi<ViewState>;
  readonly engine: EngineStore;
  readonly calls: CallsOf;
  readonly queries: Queries;
  readonly dispatch: (action: ViewAction) => void;
  /** A mouse report of the terminal. */
  readonly pointed: (report: string) => void;
  readonly context: () => Context;
  /** A frame that shows this moment has been drawn. */
  readonly drawn: (live: EngineView) => void;
  /** Returns how long the screen may stand as it is, ms. */
  readonly pace: (now: Ms) => Ms;
  readonly onChange: (listener: () => void) => () => void;
  /** The mounted screen hands over how it gives the terminal away for a while; returns how it takes that back. */
  readonly onSuspend: (suspender: Suspender) => () => void;
  /** Gives the terminal away while `work` lasts, and draws everything anew; does nothing while it is given away already. */
  readonly suspend: (work: () => Promise<void>) => Promise<void>;
};

type Suspender = (work: () => Promise<void>) => Promise<void>;

export function createSession({ engine, store, terminal, size, now }: SessionDeps): Session {
  let shown: EngineView | null = null;
  const dispatch = (action: ViewAction): void => store.setState((state) => reduceView(state, action), true);
  const context = (): Context =>
    contextOf({ live: engine.store.getState(), view: store.getState() }, engine.calls, size(), {
      queries: engine.queries,
      drawn: shown,
    });
  const deps: ActionDeps = {
    act: engine.dispatch,
    queries: engine.queries,
    terminal,
    pager: terminal.pager,
    openHost: engine.openHost,
    dispatchTo: engine.dispatchTo,
    commit: engine.commit,
    context,
    dispatch,
    view: store.getState,
    sources: (call) => (engine.store.getState().sources.length < 2 ? [] : engine.queries.sourcesOf(call)),
    conversations: () => engine.store.getState().model.conversations,
    about: (call) => {
      const story = storyIn(store.getState(), call.conversationId ?? '');
      return aboutCall(engine.store.getState(), engine.calls(call.conversationId), call, story);
    },
  };
  const runActions = createActionRunner(deps);
  engine.store.subscribe((live, before) => {
    settle();
    for (const workspace of outdated(store.getState(), live, before))
      void runSnapshotAction({ type: 'list_snapshots', workspace }, deps);
  });
  const readContents = createContentsReader(deps);
  store.subscribe(({ overlay }) => {
    if (overlay.type === 'checkpoints' || overlay.type === 'files') readContents(context().selected.snapshot);
  });
  const settle = createSettler({ engine: engine.store, store, context, dispatch });
  settle();
  const { queries } = engine;
  createStoryReader({ engine: engine.store, store, queries, size, now, dispatch })();
  createTextSearch({ store, queries, now, view: engine.store.getState, dispatch });
  const pressed = (): void => {
    const at = now();
    const text = sinceText(engine.store.getState(), store.getState().pressedAt, at);
    if (text !== null) dispatch({ type: 'log', text });
    dispatch({ type: 'pressed', at });
  };
  const keyboard = createKeyboard({
    now,
    view: store.getState,
    context,
    commit: engine.commit,
    runActions,
    dispatch,
    pressed,
  });
  return {
    store,
    engine: engine.store,
    calls: engine.calls,
    queries: engine.queries,
    dispatch,
    ...keyboard,
    context,
    drawn: (live) => {
      shown = live;
    },
    pace: (at) => redrawAfter(engine.store.getState(), store.getState(), at),
    onChange: (listener) => {
      const ends = [store.subscribe(listener), engine.store.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    pointed: createMouseHandler({ now, context, runActions }),
    ...createSuspension(),
  };
}

// Gives the terminal away once at a time, as the mounted screen does it.
function createSuspension(): Pick<Session, 'onSuspend' | 'suspend'> {
  let suspender: Suspender | null = null;
  let suspended = false;
  return {
    onSuspend: (mounted) => {
      suspender = mounted;
      return () => {
        suspender = null;
      };
    },
    suspend: async (work) => {
      if (suspended || suspender === null) return;
      suspended = true;
      try {
        await suspender(work);
      } finally {
        suspended = false;
      }
    },
  };
}

const COUNTDOWN_MS = 100;
const SECOND_MS = 1_000;
const IDLE_MS = 10_000;

/**
 * Returns how long the screen may stand as it is, ms: a tenth of a second while a bar moves, to the next second while anything
 * on it counts seconds, else to the next ten. A frame costs the same whether one cell changed or all did.
 */
export function redrawAfter(live: EngineView, view: ViewState, now: Ms): Ms {
  if (live.workspaces.some((workspace) => isCounting(workspace, now))) return COUNTDOWN_MS;
  const pace = countsSeconds(live, view, now) ? SECOND_MS : IDLE_MS;
  return pace - (now % pace);
}

function countsSeconds({ silences, workspaces, model }: EngineView, view: ViewState, now: Ms): boolean {
  // Ages below a minute are shown in seconds.
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
