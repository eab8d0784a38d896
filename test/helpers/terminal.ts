import { spawn, type IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { cleanEnvironment, PROGRAM } from './program.ts';
import { until } from './until.ts';

/** How long a screen may take to show what is waited for: the machine may be slow and busy, ms. */
const PATIENCE_MS = 20_000;

export type TerminalOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Starts this instead of the built program. */
  readonly command?: readonly [file: string, ...args: string[]];
};

/** A program in a terminal of its own, as a person sees it and presses keys. */
export type TestTerminal = {
  readonly pid: number;
  /** The lines that are on the screen, without trailing blanks. */
  readonly lines: () => readonly string[];
  readonly text: () => string;
  /** Everything that was written, escapes included. */
  readonly raw: () => string;
  /** Waits until the screen shows a text, at most `patienceMs` where the program itself needs more than the usual. */
  readonly shows: (text: string | RegExp, patienceMs?: number) => Promise<string>;
  readonly hides: (text: string | RegExp) => Promise<void>;
  readonly press: (...keys: string[]) => void;
  readonly resize: (columns: number, rows: number) => void;
  readonly signal: (name: string) => void;
  /** Closes the terminal, as a lost connection does. */
  readonly hangUp: () => void;
  /** Resolves when the program has ended and the screen shows the last that it wrote. */
  readonly ended: Promise<{ readonly exitCode: number; readonly signal: number | undefined }>;
  /** The modes of the terminal that a program must leave as it found them. */
  readonly modes: () => TerminalModes;
  /** The other modes that are not as in a new terminal: keys, insertion, wrapping, origin, focus. */
  readonly oddities: () => readonly string[];
};

export type TerminalModes = {
  readonly alternateScreen: boolean;
  readonly cursorHidden: boolean;
  readonly bracketedPaste: boolean;
  /** It is told of clicks. */
  readonly mouse: boolean;
};

/** Names of keys that are more than a character. */
export const KEYS = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  space: ' ',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
  pageDown: '\u001b[6~',
  end: '\u001b[F',
} as const;

/** Starts the built program with `args` in a terminal; it is killed when the test is over. */
export function openTerminal(args: readonly string[], options: TerminalOptions = {}): TestTerminal {
  const { columns = 120, rows = 34, env = cleanEnvironment(), command = [process.execPath, PROGRAM] } = options;
  const [file, ...before] = command;
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
  const pty = spawn(file, [...before, ...args], {
    cols: columns,
    rows,
    cwd: options.cwd ?? env['HOME'] ?? '/',
    // Engines of other tests, or of this machine, are not this one's.
    env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', SIGHTLINE_ATTACH: 'none', ...env },
  });
  let raw = '';
  pty.onData((data) => {
    raw += data;
    screen.write(data);
  });
  const ended = new Promise<{ exitCode: number; signal: number | undefined }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => screen.write('', () => resolve({ exitCode, signal })));
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  onTestFinished(async () => {
    if (running) kill(pty);
    await ended;
  });
  const lines = (): readonly string[] =>
    Array.from({ length: screen.rows }, (_, row) => {
      const line = screen.buffer.active.getLine(screen.buffer.active.baseY + row);
      return line?.translateToString(true) ?? '';
    });
  const text = (): string => lines().join('\n');
  const has = (wanted: string | RegExp): boolean =>
    typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text());
  const waitFor = async (condition: () => boolean, what: string, patienceMs = PATIENCE_MS): Promise<void> => {
    await until(condition, patienceMs).catch(() => {
      throw new Error(`the screen did not ${what}; it is:\n${text()}`);
    });
  };
  return {
    pid: pty.pid,
    lines,
    text,
    raw: () => raw,
    shows: async (wanted, patienceMs) => {
      await waitFor(() => has(wanted), `show ${String(wanted)}`, patienceMs);
      return text();
    },
    hides: (wanted) => waitFor(() => !has(wanted), `stop showing ${String(wanted)}`),
    press: (...keys) => {
      for (const key of keys) pty.write(key);
    },
    resize: (nextColumns, nextRows) => {
      screen.resize(nextColumns, nextRows);
      pty.resize(nextColumns, nextRows);
    },
    signal: (name) => process.kill(pty.pid, name),
    hangUp: () => (pty as unknown as { destroy: () => void }).destroy(),
    ended,
    modes: () => ({
      alternateScreen: screen.buffer.active.type === 'alternate',
      cursorHidden: raw.lastIndexOf('\u001b[?25l') > raw.lastIndexOf('\u001b[?25h'),
      bracketedPaste: screen.modes.bracketedPasteMode,
      mouse: screen.modes.mouseTrackingMode !== 'none',
    }),
    oddities: () => unusualModes(screen.modes),
  };
}

function unusualModes(modes: xterm.IModes): readonly string[] {
  const { applicationCursorKeysMode, applicationKeypadMode, insertMode, originMode, sendFocusMode, wraparoundMode } =
    modes;
  const on = { applicationCursorKeysMode, applicationKeypadMode, insertMode, originMode, sendFocusMode };
  return Object.entries({ ...on, noWraparound: !wraparoundMode })
    .filter(([, isOn]) => isOn)
    .map(([name]) => name);
}

function kill(pty: IPty): void {
  try {
    process.kill(pty.pid, 'SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}
