import { render } from 'ink';
import { createStore } from 'zustand/vanilla';
import type { Engine } from '../app/engine/types.ts';
import type { Ms } from '../core/events.ts';
import { App } from './App.tsx';
import { createSession, type Terminal } from './session.ts';
import { themeOf } from './theme.ts';
import { newViewState } from './view/reducer.ts';
import type { Toast, ViewState } from './view/types.ts';

/** Frames a second that Ink may write: more than are made, so that it never holds one back. */
const MAX_FPS = 120;
const DEFAULT_SIZE = { columns: 80, rows: 24 };

export type ScreenOptions = {
  readonly engine: Pick<Engine, 'store' | 'intents' | 'calls' | 'commit'>;
  readonly terminal: Terminal;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly now: () => Ms;
  readonly ascii: boolean;
  readonly colour: boolean;
};

/** The open screen, as the front end holds it. */
export type Screen = {
  readonly tick: (now: Ms) => void;
  readonly log: (text: string) => void;
  readonly toast: (text: string, kind: Toast['kind']) => void;
  readonly caption: (text: string | null) => void;
  /** Says what is waited for before the screen closes. */
  readonly leaving: (text: string) => void;
  /** Gives the terminal away while `work` lasts, and draws everything anew. */
  readonly suspend: (work: () => Promise<void>) => Promise<void>;
  /** Gives the terminal back, at once. */
  readonly close: () => void;
  /** Resolves when the terminal is given back; rejects with what broke the screen. */
  readonly closed: Promise<unknown>;
};

/** Opens the screen in the alternate buffer of the terminal. */
export function openScreen(options: ScreenOptions): Screen {
  const { engine, terminal, input, output, now, ascii, colour } = options;
  const store = createStore<ViewState>()(() => newViewState(now()));
  const size = () => ({
    columns: output.columns || DEFAULT_SIZE.columns,
    rows: output.rows || DEFAULT_SIZE.rows,
  });
  const session = createSession({ engine, store, terminal, size, now });
  const app = render(<App session={session} theme={themeOf({ ascii, colour })} />, {
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
  return {
    tick: (at) => dispatch({ type: 'tick', now: at }),
    log: (text) => dispatch({ type: 'log', text }),
    toast: (text, kind) => dispatch({ type: 'toast', text, kind }),
    caption: (text) => dispatch({ type: 'caption', text }),
    leaving: (text) => dispatch({ type: 'leaving', text }),
    suspend: session.suspend,
    close: () => app.unmount(),
    closed: app.waitUntilExit(),
  };
}
