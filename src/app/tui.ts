import type { Config } from '../core/config-type.ts';
import { systemClock } from '../effects/clock.ts';
import { copyByTerminal, isUtf8Locale, type Keyboard, openKeyboard, stopUntilContinued } from '../effects/terminal.ts';
import { ArmError, type Engine } from './engine/types.ts';
import { closeEngine } from './tui/close.ts';
import { type Leaving, listenForLeaving } from './tui/leaving.ts';
import { startTicker } from './tui/ticker.ts';
import { logOf, toastOf } from './tui/words.ts';
import { openEngine } from './wire.ts';

/** Least time between two frames that are not a key's, ms. */
const COMMIT_MS = 33;

export type TuiOptions = { readonly ascii: boolean };

/** What whoever opened the screen may say on it. */
export type Stage = {
  readonly log: (text: string) => void;
  /** A line that explains what is happening; null takes it away. */
  readonly caption: (text: string | null) => void;
};

export type ShowOptions = TuiOptions & {
  readonly keyboard: Keyboard;
  /** Deadline of one checkpoint, ms: how long leaving may take. */
  readonly timeoutMs: number;
  /** Lines that came up before the screen was open. */
  readonly early: readonly string[];
  /** Called when the screen is open and the engine has started. */
  readonly onOpen?: (stage: Stage) => void;
};

/** The dashboard over the configured engine; resolves to the exit code. */
export async function runTui(config: Config, options: TuiOptions): Promise<number> {
  const keyboard = process.stdout.isTTY ? openKeyboard(config.sources.includes('-')) : null;
  if (keyboard === null) return refuse();
  const early: string[] = [];
  const engine = await openEngine(config, { evict: true, takeOver: false, commitMs: COMMIT_MS }, (line) =>
    early.push(line),
  );
  try {
    return await showEngine(engine, { ...options, keyboard, timeoutMs: config.timeoutMs, early });
  } finally {
    keyboard.close();
  }
}

/** Starts an engine and shows it until the person leaves or a signal ends it; closes it, and resolves to the exit code. */
export async function showEngine(engine: Engine, options: ShowOptions): Promise<number> {
  const leaving = listenForLeaving();
  const screen = await mount(engine, options, leaving);
  const crashed = screen.closed.then(() => 'the screen was closed');
  try {
    const started = engine.start();
    await Promise.race([started, leaving.first, crashed]);
    options.onOpen?.(screen);
    const reason = await Promise.race([leaving.first, crashed]);
    return await closeEngine(engine, { ...options, reason, screen, second: leaving.second });
  } catch (error) {
    screen.close();
    await engine.close('the screen broke down');
    if (!(error instanceof ArmError)) throw error;
    process.stderr.write(`sightline: cannot arm: ${error.message}\n`);
    return 2;
  } finally {
    screen.close();
    leaving.forget();
  }
}

async function mount(engine: Engine, options: ShowOptions, leaving: Leaving) {
  const { openScreen } = await import('../ui/screen.tsx');
  const suspend = (): void => void screen.suspend(stopUntilContinued);
  const screen = openScreen({
    engine,
    terminal: {
      copy: (text) => copyByTerminal(process.stdout, text),
      suspend,
      quit: () => leaving.ask('the operator left', 130),
    },
    input: options.keyboard.stream,
    output: process.stdout,
    now: () => systemClock.now(),
    ascii: options.ascii || !isUtf8Locale(process.env),
    colour: !process.env['NO_COLOR'],
  });
  for (const line of options.early) screen.log(line);
  const hush = engine.listen((event) => {
    const toast = toastOf(event);
    if (toast !== null) screen.toast(toast.text, toast.kind);
    const line = logOf(event);
    if (line !== null) screen.log(line);
  });
  const stopTicker = startTicker(engine, systemClock, screen.tick);
  return {
    ...screen,
    close: () => {
      hush();
      stopTicker();
      screen.close();
    },
  };
}

function refuse(): number {
  process.stderr.write(
    'sightline: the screen needs a terminal; use "sightline headless" to follow and act, "sightline once" for the state ' +
      'right now, or "sightline demo" to see it work\n',
  );
  return 2;
}
