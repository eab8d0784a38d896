import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { until } from '../helpers/until.ts';
import type { Frame } from './animation.ts';
import { readScreen, textOf, type Screen } from './screen.ts';

/** How long a program may take to show what is waited for, ms. */
const PATIENCE_MS = 60_000;
/** Between two looks of the film camera, ms. */
const FRAME_MS = 100;

export type RecordingOptions = {
  readonly command: readonly [file: string, ...args: string[]];
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

/** A program in a terminal of its own that is looked at. */
export type Recording = {
  readonly pid: number;
  /** The last whole frame. */
  readonly screen: () => Screen;
  /** Waits until the screen shows it; throws with the screen's text when that takes too long. */
  readonly shows: (wanted: string | RegExp) => Promise<void>;
  readonly hides: (unwanted: string | RegExp) => Promise<void>;
  readonly press: (keys: string) => void;
  /** Films from now on; the returned function ends it. */
  readonly film: () => () => readonly Frame[];
  /** Resolves with everything that it showed, once it has ended. */
  readonly ended: Promise<number>;
  readonly kill: () => Promise<void>;
};

/** Starts a program in a real terminal. */
export function record({ command: [file, ...args], columns, rows, cwd, env }: RecordingOptions): Recording {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const pty = spawn(file, args, { cols: columns, rows, cwd, env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env } });
  // Some answers (where the cursor is …) are the terminal's to give.
  terminal.onData((answer) => pty.write(answer));
  let shown = readScreen(terminal);
  let isOpen = false;
  pty.onData((data) => {
    isOpen = isFrameOpen(data, isOpen);
    const isWhole = !isOpen;
    terminal.write(data, () => {
      if (isWhole) shown = readScreen(terminal);
    });
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => terminal.write('', () => resolve(exitCode)));
  });
  const screen = (): Screen => shown;
  const has = (wanted: string | RegExp): boolean => {
    const text = textOf(shown);
    return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
  };
  const waitFor = async (condition: () => boolean, what: string): Promise<void> => {
    await until(condition, PATIENCE_MS).catch(() => {
      throw new Error(`the screen did not ${what}; it is:\n${textOf(screen())}`);
    });
  };
  return {
    pid: pty.pid,
    screen,
    shows: (wanted) => waitFor(() => has(wanted), `show ${String(wanted)}`),
    hides: (unwanted) => waitFor(() => !has(unwanted), `stop showing ${String(unwanted)}`),
    press: (keys) => pty.write(keys),
    film: () => film(screen),
    ended,
    kill: async () => {
      pty.kill('SIGKILL');
      await ended;
    },
  };
}

/** Programs mark where a frame begins and ends; what stands between is not meant to be seen. */
function isFrameOpen(data: string, wasOpen: boolean): boolean {
  const [begin, end] = [data.lastIndexOf('\u001b[?2026h'), data.lastIndexOf('\u001b[?2026l')];
  return begin === end ? wasOpen : begin > end;
}

function film(screen: () => Screen): () => readonly Frame[] {
  const startedAt = performance.now();
  const frames: Frame[] = [];
  const shoot = (): void => {
    frames.push({ at: Math.round(performance.now() - startedAt), screen: screen() });
  };
  shoot();
  const timer = setInterval(shoot, FRAME_MS);
  return () => {
    clearInterval(timer);
    shoot();
    return frames.map((frame, index) => (index === 0 ? { ...frame, at: 0 } : frame));
  };
}
