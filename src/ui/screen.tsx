import chalk from 'chalk';
import { render } from 'ink';
import { createStore } from 'zustand/vanilla';
import { App } from './App.tsx';
import type { Screen, ScreenOptions } from './screen-type.ts';
import { createSession } from './session.ts';
import { newViewState } from './view/reducer.ts';
import type { ViewState } from './view/types.ts';

/** Frames a second that Ink may write: more than are made, so that it never holds one back. */
const MAX_FPS = 120;
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
  return {
    tick: (at) => dispatch({ type: 'tick', now: at }),
    pace: session.pace,
    onChange: session.onChange,
    log: (text) => dispatch({ type: 'log', text }),
    toast: (text, kind) => dispatch({ type: 'toast', text, kind }),
    caption: (text) => dispatch({ type: 'caption', text }),
    choose: ({ theme, keys: others }) => {
      if (theme !== undefined) dispatch({ type: 'variant', variant: theme });
      dispatch({ type: 'keys', keys: others });
    },
    leaving: (text) => dispatch({ type: 'leaving', text }),
    pointed: session.pointed,
    suspend: session.suspend,
    close: () => app.unmount(),
    closed: app.waitUntilExit(),
  };
}
