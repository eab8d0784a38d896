import { wordRefusal } from '../../wording/refusals.ts';
import type { Key } from 'ink';
import type { StoreApi } from 'zustand';
import type { Engine, EngineStore, EngineView } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import { aboutCall, type CallDeps, showCall, showCause } from '../views/call/actions.ts';
import { paste, press } from './input/dispatch.ts';
import { createKeyReader } from './input/key-reader.ts';
import { createMouseHandler } from './input/mouse.ts';
import { type Pager, type SnapshotDeps, outdated, runSnapshotAction } from '../views/checkpoints/actions.ts';
import { bindingOf, isGuarded, keyContextOf } from './keymap.ts';
import { FREEZE } from './keys/lists.ts';
import type { Action, Context, Queries } from './bindings.ts';
import { preloadFrozen } from './frozen.ts';
import type { Size } from './layout.ts';
import { reduceView } from './reducer.ts';
import type { CallsOf } from './list.ts';
import { contextOf } from './context.ts';
import { createSettler, sinceWords } from './settle.ts';
import type { ViewAction, ViewState } from './state.ts';
import { isCounting } from '../views/workspaces/rows.ts';

/** What the screen asks of the front end that opened it. */
export type Terminal = {
  readonly copy: (text: string) => boolean;
  readonly suspend: () => void;
  readonly redraw: () => void;
  readonly quit: () => void;
  readonly pager: Pager;
};

export type SessionDeps = {
  readonly engine: Pick<Engine, 'store' | 'intents' | 'calls' | 'commit' | 'queries'>;
  readonly store: StoreApi<ViewState>;
  readonly terminal: Terminal;
  readonly size: () => Size;
  readonly now: () => Ms;
};

/** One person at the keys: turns what they press into changes of the look and wishes to the engine. */
export type Session = {
  readonly store: StoreApi<ViewState>;
  readonly engine: EngineStore;
  readonly calls: CallsOf;
  readonly queries: Queries;
  readonly dispatch: (action: ViewAction) => void;
  /** What Ink read: a key, or several at once. */
  readonly typed: (input: string, key: Key) => void;
  readonly pasted: (text: string) => void;
  /** What the terminal said of the mouse. */
  readonly pointed: (report: string) => void;
  /** Keys by their names, one after the other: each was meant as a key. */
  readonly press: (keys: readonly string[]) => void;
  readonly context: () => Context;
  /** A frame that shows this moment has been drawn. */
  readonly drawn: (live: EngineView) => void;
  /** How long the screen may stand as it is, ms. */
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
    intents: engine.intents,
    queries: engine.queries,
    terminal,
    pager: terminal.pager,
    dispatch,
    view: store.getState,
    sources: (call) => (engine.store.getState().sources.length < 2 ? [] : engine.queries.sourcesOf(call)),
    conversations: () => engine.store.getState().model.conversations,
    about: (call) => aboutCall(engine.store.getState(), engine.calls(call.conversationId), call),
  };
  const runActions = (actions: readonly Action[]): void => {
    for (const action of actions) runAction(action, deps);
    // A key's effect is shown at once, not at the next commit.
    if (actions.some(({ type }) => type !== 'view')) engine.commit();
    if (actions.some((action) => action.type === 'view' && action.action.type === 'freeze')) preloadFrozen(context());
  };
  engine.store.subscribe((live, before) => {
    settle();
    const workspace = outdated(store.getState(), live, before);
    if (workspace !== null) void runSnapshotAction({ type: 'list_snapshots', workspace }, deps);
  });
  const settle = createSettler({ engine: engine.store, store, context, dispatch });
  settle();
  // A checkpoint that was announced a moment ago may be in no frame yet: what acts goes by what is true now, and so does what is frozen.
  const contextFor = (key: string): Context => {
    const { keys } = store.getState();
    const binding = bindingOf(keyContextOf(store.getState()), key, keys);
    if (binding && (isGuarded(binding) || binding.id === FREEZE.id)) engine.commit();
    return context();
  };
  const pressed = (): void => {
    const at = now();
    const words = sinceWords(engine.store.getState(), store.getState().pressedAt, at);
    if (words !== null) dispatch({ type: 'log', text: words });
    dispatch({ type: 'pressed', at });
  };
  const read = createKeyReader({ now, contextFor, runActions, dispatch });
  const typed: Session['typed'] = (input, key) => {
    read(input, key);
    pressed();
  };
  return {
    store,
    engine: engine.store,
    calls: engine.calls,
    queries: engine.queries,
    dispatch,
    typed,
    press: (keys) => {
      dispatch({ type: 'tick', now: now() });
      for (const key of keys) runActions(press(key, contextFor(key)));
      pressed();
    },
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
    pasted: (text) => runActions(paste(text, context())),
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

type ActionDeps = Omit<SnapshotDeps, 'intents'> &
  CallDeps & {
    readonly intents: Engine['intents'];
    readonly terminal: Terminal;
  };

// What the engine refuses comes back as a notice, which the front end shows.
function runAction(action: Action, deps: ActionDeps): void {
  const { intents, terminal, dispatch } = deps;
  switch (action.type) {
    case 'view':
      return dispatch(action.action);
    case 'checkpoint':
      return intents.checkpoint(action.workspace, { agent: action.agent, conversationId: action.conversationId });
    case 'silence':
      intents.silence(action.request);
      return;
    case 'unsilence':
      return intents.unsilence(action.id);
    case 'extend':
      return intents.lengthenSilence(action.id, action.byMs);
    case 'veto':
      return intents.veto(action.workspace, null, action.heldSince);
    case 'fire':
      return intents.fire(action.workspace, null, action.heldSince);
    case 'mode':
      void intents.setMode(action.mode);
      return;
    case 'take_over':
      return void takeOver(action.workspace, { intents, dispatch });
    case 'confirm_folder':
      // The engine says how it ended.
      return void intents.confirmFolder(action.path);
    case 'resolve':
      // The engine says how it ended; a server may take its time.
      dispatch({ type: 'toast', text: `resolving ${action.what} at ${action.at}`, kind: 'info' });
      return void intents.resolve(action.interruptionId);
    case 'copy': {
      const copied = terminal.copy(action.text);
      const text = copied ? `copied the ${action.what} ${action.text}` : `the ${action.what} is too long to copy`;
      return dispatch({ type: 'toast', text, kind: copied ? 'done' : 'refused' });
    }
    case 'policy':
      return intents.setPolicy(action.target, action.action);
    case 'open_call':
      return void showCall(action.call, deps);
    case 'cause':
      return showCause(action.signal, deps);
    case 'list_snapshots':
    case 'diff':
    case 'remove':
    case 'plan':
    case 'preview':
    case 'execute':
      return void runSnapshotAction(action, deps);
    case 'suspend':
      return terminal.suspend();
    case 'redraw':
      return terminal.redraw();
    case 'quit':
      return terminal.quit();
  }
}

async function takeOver(
  workspace: string,
  { intents, dispatch }: Pick<ActionDeps, 'intents' | 'dispatch'>,
): Promise<void> {
  const why = await intents.takeOver(workspace);
  if (why !== null) dispatch({ type: 'toast', text: `not taken over: ${wordRefusal(why)}`, kind: 'refused' });
}

const COUNTDOWN_MS = 100;
const SECOND_MS = 1_000;
const IDLE_MS = 10_000;
/** Ages below this are told in seconds. */
const MINUTE_MS = 60_000;

/**
 * How long the screen may stand as it is, ms: a tenth of a second while a bar moves, to the next second while anything
 * on it counts seconds, else to the next ten. A frame costs the same whether one cell changed or all did.
 */
export function redrawAfter(live: EngineView, view: ViewState, now: Ms): Ms {
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
