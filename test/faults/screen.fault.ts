import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { PROGRAM } from '../helpers/program.ts';
import type { Fault } from './fault.ts';
import { removeTree } from '../helpers/temp-dir.ts';

const COLUMNS = 100;
const ROWS = 30;
/** What a terminal sends for keys, the mouse and a paste; each holds letters that act when they are typed. */
const SEQUENCES = ['[A', 'OA', '[1;2A', '[[A', '[<0;12;3M', '[MAcA', '[200~AcfxA\u001b[201~', '[15~', '[?62;c'];
const DELAYS_MS = [5, 60, 130, 400, 900];
/** Keys that open each view. */
const VIEWS = ['?', ':', 'P', '7', 's', '5', 'm', '?', ':'];

type Session = {
  readonly pty: ReturnType<typeof spawn>;
  readonly shows: (text: string | RegExp) => Promise<boolean>;
  readonly resize: (columns: number, rows: number) => void;
  readonly raw: () => string;
  /** Ends it as a service manager does; false where it has to be killed. */
  readonly end: () => Promise<boolean>;
};

/** The built program in a terminal, watching a database that is not there. */
async function open(): Promise<Session> {
  const home = mkdtempSync(join(tmpdir(), 'sightline-fault-screen-'));
  const pty = spawn(process.execPath, [PROGRAM, '--source', `sqlite:${home}/none.db`], {
    cols: COLUMNS,
    rows: ROWS,
    cwd: home,
    env: { HOME: home, XDG_STATE_HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
  });
  const screen = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  let raw = '';
  let isOver = false;
  pty.onData((data) => {
    raw += data;
    screen.write(data);
  });
  pty.onExit(() => {
    isOver = true;
  });
  const within = async (probe: () => boolean, ms: number): Promise<boolean> => {
    for (const until = performance.now() + ms; performance.now() < until; await delay(20)) if (probe()) return true;
    return probe();
  };
  const text = (): string =>
    Array.from({ length: screen.rows }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true)).join(
      '\n',
    );
  const session: Session = {
    pty,
    raw: () => raw,
    shows: (wanted) => within(() => text().search(wanted) !== -1, 10_000),
    resize: (columns, rows) => {
      screen.resize(columns, rows);
      pty.resize(columns, rows);
    },
    end: async () => {
      if (!isOver) pty.kill('SIGTERM');
      const hasEnded = await within(() => isOver, 10_000);
      if (!hasEnded) pty.kill('SIGKILL');
      removeTree(home);
      return hasEnded;
    },
  };
  if (!(await session.shows('sightline'))) throw new Error(`no screen: ${text()}`);
  return session;
}

/** Splits every sequence at another place, with another delay, in each try; A would be told that it lowers the mode. */
async function splitKeys(n: number): Promise<string | null> {
  const { pty, raw, shows, end } = await open();
  for (const [at, rest] of SEQUENCES.entries()) {
    const sequence = `\u001b${rest}`;
    const cut = 1 + ((n * 7 + at * 3) % (sequence.length - 1));
    pty.write(sequence.slice(0, cut));
    await delay(DELAYS_MS[(n + at) % DELAYS_MS.length]);
    pty.write(sequence.slice(cut));
    await delay(20);
  }
  await delay(300);
  const said = /observe is the lowest mode|no workspace configured|nothing is held/.exec(raw())?.[0] ?? null;
  // The keyboard is alive all the same.
  pty.write('?');
  const isAlive = await shows('Keys');
  const hasEnded = await end();
  if (said !== null) return `a part of a sequence was read as a key: ${said}`;
  return isAlive && hasEnded ? null : 'the keyboard is dead';
}

/** Opens a view, walks through small sizes, and comes back. */
async function shrink(n: number): Promise<string | null> {
  const { pty, resize, shows, end } = await open();
  const key = VIEWS[n % VIEWS.length] ?? '?';
  pty.write(key);
  await delay(100);
  for (const columns of [59, 30, 22, 21, 20, 12, 6, 3, 2, 1, (n * 5) % 30 || 1]) {
    resize(columns, 1 + ((n * 3 + columns) % 15));
    await delay(15);
  }
  resize(COLUMNS, ROWS);
  // Help may cover all that tells who it is.
  pty.write('\u001b');
  const isBack = await shows('sightline');
  const hasEnded = await end();
  return isBack && hasEnded
    ? null
    : `after ${key} and small windows ${isBack ? 'SIGTERM is ignored' : 'nothing is drawn'}`;
}

export const faults: readonly Fault[] = [
  {
    name: 'screen: an escape sequence arrives in pieces on a slow line',
    needs: ['linux'],
    tries: { short: 2, full: 40 },
    attempt: splitKeys,
  },
  {
    name: 'screen: the window shrinks to nothing while a view is open',
    needs: ['linux'],
    tries: { short: 3, full: 40 },
    attempt: shrink,
  },
];
