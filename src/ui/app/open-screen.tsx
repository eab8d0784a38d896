import chalk from 'chalk';
import { render } from 'ink';
import { createStore } from 'zustand/vanilla';
import { App } from './App.tsx';
import type { Terminal } from './actions.ts';
import { createSession } from './session.ts';
import { newViewState } from './reducer.ts';
import { rememberRows } from '../render/drawn-rows.ts';
import type { OwnKeys, Toast, ViewState } from './state.ts';
import type { ScreenEngine } from '../../engine/types.ts';
import type { Ms } from '../../core/units.ts';
import type { EventWords } from '../../wording/event-line.ts';
import type { Variant } from '../render/theme.ts';

/**
 * Frames a second that Ink may write: so many that it never holds one back. Of 120 a second it held a key's frame back for
 * up to 9 ms behind one of the engine's.
 */
const MAX_FPS = 1_000;
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** Opens the screen in the alternate buffer of the terminal. */
export function openScreen(options: ScreenOptions): Screen {
  const { engine, terminal, input, output, now, ascii, colour, theme: variant = 'dark', keys = {} } = options;
  const store = createStore<ViewState>()(() => newViewState(now(), { keys, variant }));
  // The theme decides about colours, and without any the selection must be seen all the same.
  chalk.level = Math.max(1, chalk.level) as typeof chalk.level;
  const size = () => ({
    columns: output.columns || DEFAULT_SIZE.columns,
    rows: output.rows || DEFAULT_SIZE.rows,
  });
  const session = createSession({ engine, store, terminal, size, now });
  rememberRows();
  const app = render(<App session={session} ascii={ascii} colour={colour} />, {
    stdin: input,
    stdout: output,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: MAX_FPS,
    patchConsole: true,
    exitOnCtrlC: false,
    interactive: true,
  });
  const { dispatch } = session;
  if (engine.store.getState().fleet !== undefined) dispatch({ type: 'focus', pane: 'hosts' });
  return {
    tick: (at) => dispatch({ type: 'tick', now: at }),
    pace: session.pace,
    onChange: session.onChange,
    log: (text) => dispatch({ type: 'log', text }),
    event: (line) => dispatch({ type: 'event', line }),
    toast: (text, kind) => dispatch({ type: 'toast', text, kind }),
    caption: (text) => dispatch({ type: 'caption', text }),
    choose: ({ theme, keys: others }) => {
      if (theme !== undefined) dispatch({ type: 'variant', variant: theme });
      dispatch({ type: 'keys', keys: others });
    },
    steady: (isSteady) => dispatch({ type: 'steady', isSteady }),
    leaving: (text) => dispatch({ type: 'leaving', text }),
    pointed: session.pointed,
    suspend: session.suspend,
    close: () => app.unmount(),
    closed: app.waitUntilExit(),
  };
}

export type ScreenOptions = {
  readonly engine: ScreenEngine;
  readonly terminal: Terminal;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly now: () => Ms;
  readonly ascii: boolean;
  readonly colour: boolean;
  readonly theme?: Variant;
  readonly keys?: OwnKeys;
};

/** The open screen, as the front end holds it. */
export type Screen = {
  readonly tick: (now: Ms) => void;
  /** Returns how long the screen may stand as it is, ms. */
  readonly pace: (now: Ms) => Ms;
  /** Calls back whenever something on it has changed; the returned function ends it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly log: (text: string) => void;
  /** Shows what happened as the last event. */
  readonly event: (line: EventWords) => void;
  readonly toast: (text: string, kind: Toast['kind']) => void;
  readonly caption: (text: string | null) => void;
  /** Goes on with other keys, and other colours if they are given. */
  readonly choose: (chosen: { readonly theme?: Variant; readonly keys: OwnKeys }) => void;
  /** Draws on without characters that this terminal draws two cells wide, or with them again. */
  readonly steady: (isSteady: boolean) => void;
  /** Shows what is waited for before the screen closes. */
  readonly leaving: (text: string) => void;
  /** A mouse report of the terminal (SGR, without the escape). */
  readonly pointed: (report: string) => void;
  /** Gives the terminal away while `work` lasts, and draws everything anew. */
  readonly suspend: (work: () => Promise<void>) => Promise<void>;
  /** Gives the terminal back, at once. */
  readonly close: () => void;
  /** Resolves when the terminal is given back; rejects with what broke the screen. */
  readonly closed: Promise<unknown>;
};
