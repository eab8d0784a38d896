import { openHooks } from '../hooks.ts';
import type { Operator } from '../../core/actions.ts';
import { HOLD_GRACE_MS } from '../../core/limits.ts';
import { terminalName, userName } from '../../effects/person.ts';
import type { Journal } from '../../effects/state/journal.ts';
import type { Config, ConfigSource, ScreenConfig } from '../../config/config.ts';
import { findEngines, findRootsEngines } from '../../remote/find.ts';
import { engineName, letConsolesIn } from '../doors.ts';
import type { Attached, Shown } from './attach.ts';
import { EXIT_BY_SIGNAL } from '../exit-codes.ts';
import { systemClock } from '../../effects/clock.ts';
import { readKeys } from '../../effects/terminal/key-stream.ts';
import {
  type Keyboard,
  copyByTerminal,
  joinJobControl,
  onTerminalGone,
  openKeyboard,
} from '../../effects/terminal/terminal.ts';
import { pagerOf, showInPager } from '../../effects/terminal/pager.ts';
import { complain, onOutputState, outputTerminal, rawTerminal, screenStream } from '../../effects/terminal/output.ts';
import { ArmError, type Engine, type EngineEvent, type EngineView, type HookView } from '../../engine/types.ts';
import { requireKeys } from '../keys.ts';
import { type Logger, openLogger } from '../logger.ts';
import { type ReloadOptions, followConfig } from '../reload.ts';
import { openTerminalExtras } from './terminal-extras.ts';
import { type Appearance, appearanceOf } from './appearance.ts';
import { createLending } from './lending.ts';
import { startTicker } from './ticker.ts';
import { eventLineOf, type EventNames, namesOf, sentenceWithTime } from '../notifications.ts';
import type { EventWords } from '../../wording/event-line.ts';
import { listenForStop, shutDown, type StopRequests } from '../shutdown.ts';
import { openEngine } from '../../engine/wire.ts';
import { widthQuestion } from '../../effects/terminal/terminal-extras.ts';

/** Least time between two frames that are not a key's, ms. */
export const COMMIT_MS = 33;

/** The operations of the screen for the code that opens it. */
export type Stage = {
  readonly log: (text: string) => void;
  /** A line that explains what is happening; null takes it away. */
  readonly caption: (text: string | null) => void;
  readonly toast: (text: string, kind: 'done' | 'refused' | 'info') => void;
  /** Continues with other colours, keys and alarms. */
  readonly choose: (screen: ScreenConfig) => void;
};

export type ShowOptions = {
  readonly keyboard: Keyboard;
  readonly appearance: Appearance;
  /** Action → key, checked. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Mouse, title, bell, notifications: off where it is left out. */
  readonly beyond?: Pick<ScreenConfig, 'mouse' | 'title' | 'bell' | 'notify'> | undefined;
  /** Lines that came up before the screen was open. */
  readonly early: readonly string[];
  /** Called when the screen is open and the engine has started. */
  readonly onOpen?: (stage: Stage) => void | Promise<void>;
};

/** The dashboard over the configured engine; resolves to the exit code. */
export async function runTui(source: ConfigSource): Promise<number> {
  const config = source.load();
  const { screen } = config;
  const keys = await requireKeys(screen.keys);
  const keyboard = outputTerminal() !== null ? openKeyboard(config.sources.includes('-')) : null;
  if (keyboard === null) return refuse();
  const logger = openLogger(config.talk, null);
  // Loaded while the engine opens.
  const appearance = appearanceOf(screen);
  void loadScreen(appearance);
  const early: string[] = [];
  let end = (): void => undefined;
  let closeHooks = (): void => undefined;
  const talk = (line: string): void => {
    early.push(line);
    logger.talk(line);
  };
  try {
    if (config.talk.debug && config.talk.logFile === null)
      talk('--debug needs --log-file FILE while the screen is open');
    const openOwn = async (wanted: Config, takeOver: boolean): Promise<Engine> => {
      let journal: Journal | null = null;
      const withJournal = (opened: Journal): void => {
        // Where another engine keeps the state folder, that one tells the hooks.
        if (opened.persistent) journal = opened;
      };
      let hooksNow: () => readonly HookView[] = () => [];
      const deps = wanted.hooks.length > 0 ? { hooks: () => hooksNow() } : {};
      const options = { evict: true, takeOver, commitMs: COMMIT_MS, withJournal, deps };
      const engine = await openEngine(wanted, options, talk);
      const hooks = await openHooks(wanted, journal, engine, { count: undefined, talk: logger.talk });
      hooksNow = hooks.views;
      closeHooks = hooks.close;
      engine.listen((event) => logger.event(event, namesOf(engine.store.getState())));
      return engine;
    };
    const succeed = async (last: EngineView): Promise<Engine> => {
      const engine = signed(await openOwn(inPlaceOf(last, config), true));
      await engine.start();
      end = await letConsolesIn(engine, engineName('dashboard'), config.consoleGroup, talk);
      return engine;
    };
    const shown = { keyboard, appearance, keys, beyond: screen, early };
    if (source.namesBroker) {
      const { fleetScreen } = await import('./fleet.ts');
      return await showEngine(await fleetScreen(config, talk), shown);
    }
    const attached = await attachedEngine(source, screen.attach, keyboard, succeed, talk);
    if (attached.type === 'exit') return attached.code;
    if (attached.type === 'engine') return await showEngine(attached.engine, shown);
    const engine = signed(await openOwn(config, false));
    const onOpen = async (stage: Stage): Promise<void> => {
      const reloading = followFor(engine, stage, { source, config, logger });
      const closeDoors = await letConsolesIn(engine, engineName('dashboard'), config.consoleGroup, talk);
      end = () => {
        reloading();
        closeDoors();
      };
    };
    return await showEngine(engine, { ...shown, onOpen });
  } finally {
    end();
    closeHooks();
    keyboard.close();
    logger.close();
  }
}

// Who acts at this screen, for what the engine notes and tells its consoles; what one of them asks for has its own name.
function signed(engine: Engine): Engine {
  const by: Operator = { user: userName(), tty: terminalName(), claimed: false };
  return { ...engine, dispatch: (action) => engine.dispatch({ by, ...action }) };
}

// What our configuration leaves open is as it was with the engine that is gone, whose flags are not known here.
function inPlaceOf({ mode, graceMs, sources, workspaces }: EngineView, config: Config): Config {
  const { agents, processes, fallback } = config.workspaces;
  const isOpen = fallback === null && Object.keys(agents).length === 0 && Object.keys(processes).length === 0;
  const [only, ...others] = workspaces;
  const uris = sources.map(({ health }) => health.uri).filter((uri) => uri !== '-');
  return {
    ...config,
    mode,
    // The countdown that the operator saw: a shorter one would fire sooner than the screen has said.
    graceMs: config.graceMs ?? (graceMs === (mode === 'hold' ? HOLD_GRACE_MS : 0) ? null : graceMs),
    sources: config.sources.length > 0 ? config.sources : uris,
    ...(isOpen && only !== undefined && others.length === 0
      ? { workspaces: { ...config.workspaces, fallback: only.path }, checkpointer: only.availability.name }
      : {}),
  };
}

// What speaks with another process is loaded where there is one to speak with.
async function attachedEngine(
  { concernsEngine }: ConfigSource,
  wanted: string | null,
  keyboard: Keyboard,
  openOwn: (last: EngineView) => Promise<Engine>,
  talk: (line: string) => void,
): Promise<Attached> {
  const isFound = (): boolean => findEngines().length > 0 || findRootsEngines().pids.length > 0;
  const isWanted = wanted === null ? !concernsEngine && isFound() : wanted !== 'none';
  if (!isWanted) return { type: 'own', problem: null };
  const [{ attachToEngine }, { rootsEngineLine }] = await Promise.all([import('./attach.ts'), import('../engines.ts')]);
  const attached = await attachToEngine({ wanted, keyboard, openOwn });
  const told = attached.type === 'own' ? [attached.problem, rootsEngineLine(null)] : [];
  for (const line of told) if (line !== null) talk(line);
  return attached;
}

type Followed = Pick<ReloadOptions, 'source' | 'config'> & { readonly logger: Logger };

// The rules change in the engine, colours, keys and alarms on the screen.
function followFor(engine: Engine, stage: Stage, { source, config, logger }: Followed): () => void {
  const apply = (next: Config, changes: string): void => {
    engine.intents.reload(next, source.path, changes);
    stage.choose(next.screen);
  };
  const notify = (text: string): void => {
    logger.talk(text);
    stage.log(text);
    stage.toast(text, 'refused');
  };
  const check = ({ screen }: Config): Promise<unknown> => requireKeys(screen.keys);
  return followConfig({ source, config, hasScreen: true, check, apply, notify }).end;
}

/** Starts an engine and shows it until the operator leaves or a signal ends it; closes it, and resolves to the exit code. */
export async function showEngine(engine: Shown, options: ShowOptions): Promise<number> {
  const stop = listenForStop();
  const screen = await mount(engine, options, stop);
  const broken = screen.closed.then(() => 'the screen was closed');
  try {
    const started = engine.start().then(() => options.onOpen?.(screen));
    const asked = stop.first.then(({ reason }) => reason);
    await Promise.race([started, asked, broken]);
    const reason = await Promise.race([asked, broken]);
    return await shutDown(engine, { reason, second: stop.second, onWait: screen.leaving });
  } catch (error) {
    screen.close();
    await engine.close('the screen failed');
    if (!(error instanceof ArmError)) throw error;
    complain(`cannot arm: ${error.message}`);
    return 2;
  } finally {
    screen.close();
    // A guest that is being hung up on writes until it has ended.
    await screen.alone();
    stop.forget();
  }
}

async function mount(
  engine: Shown,
  { keyboard, appearance, keys = {}, beyond, early }: ShowOptions,
  stop: StopRequests,
) {
  const open = await loadScreen(appearance);
  const paging = createPaging(stop);
  const lending = createLending({
    keyboard,
    output: rawTerminal(),
    spoken: appearance.spoken,
    stop,
    view: engine.store.getState,
  });
  // While a pager or a guest has the terminal, it stops and continues with us.
  const suspend = (): void => {
    if (lending.isOn()) void jobs.stop().then(lending.continued);
    else void (paging.isOn() ? jobs.stop() : screen.suspend(jobs.stop));
  };
  const redraw = (): void => (lending.isOn() ? lending.continued() : void screen.suspend(() => Promise.resolve()));
  // The frame does not wait for the answer: it is drawn again where the answer reports it.
  const width = widthQuestion((isSteady) => opened.steady(isSteady));
  const keyStream = appearance.spoken
    ? null
    : readKeys(keyboard.stream, { mouse: (report) => opened.pointed(report), column: width.answer });
  if (keyStream !== null && !appearance.ascii) {
    keyboard.stream.setRawMode(true);
    width.ask(rawTerminal());
  }
  const opened = open({
    engine,
    terminal: {
      copy: (text) => copyByTerminal(rawTerminal(), text),
      suspend,
      redraw,
      quit: () => stop.request('the operator left', 130),
      pager: (text) => paging.show(text, screen),
      lend: (guest) => lending.lend(guest, screen),
    },
    input: keyStream?.stream ?? keyboard.stream,
    output: screenStream(),
    now: () => systemClock.now(),
    ...appearance,
    keys,
  });
  const outside = openTerminalExtras(engine, rawTerminal(), { wanted: beyond, keyStream });
  const screen = { ...opened, suspend: outside.around(opened.suspend) };
  const jobs = joinJobControl({ onStop: suspend, onContinue: redraw });
  for (const line of early) screen.log(line);
  const ends = [
    jobs.forget,
    onOutputState((state) => state === 'gone' && stop.request('the terminal is gone', EXIT_BY_SIGNAL.SIGHUP)),
    onTerminalGone(keyboard, () => stop.request('the terminal is gone', EXIT_BY_SIGNAL.SIGHUP)),
    engine.listen((event) => notifyScreen(event, namesOf(engine.store.getState()), screen, appearance.spoken)),
    startTicker(engine, systemClock, screen),
    screen.close,
    outside.end,
    lending.end,
    keyboard.close,
  ];
  const close = (): void => {
    process.off('uncaughtException', close);
    for (const end of ends.splice(0)) end();
  };
  // A crash must be reported on the restored terminal: this listener goes before those that report.
  process.prependListener('uncaughtException', close);
  let configured = appearance.theme;
  const choose = (chosen: ScreenConfig): void => {
    const { theme } = appearanceOf(chosen);
    // What was chosen by hand for this session stays until the file names another.
    opened.choose({ ...(theme !== configured && { theme }), keys: chosen.keys });
    configured = theme;
    outside.alarms(chosen);
  };
  return { ...screen, choose, close, alone: lending.alone };
}

/** The screen, which gives the terminal to another program during `work`. */
type Suspendable = { readonly suspend: (work: () => Promise<void>) => Promise<void> };

type Paging = {
  /** True while a pager has the terminal. */
  readonly isOn: () => boolean;
  /** Shows a text in the operator's pager; false where there is none. */
  readonly show: (text: string, screen: Suspendable) => Promise<boolean>;
};

/** Gives the terminal to a pager, one at a time. */
function createPaging({ during }: Pick<StopRequests, 'during'>): Paging {
  let on = false;
  return {
    isOn: () => on,
    show: async (text, screen) => {
      const argv = pagerOf(process.env);
      if (argv === null || on) return false;
      on = true;
      let shown = false;
      await screen.suspend(async () => {
        shown = await during(() => showInPager(argv, text));
      });
      on = false;
      return shown;
    },
  };
}

type Notified = { readonly log: (text: string) => void; readonly event: (words: EventWords) => void };

/** Shows an event: as a line for a screen reader, else as the last event and in the log. */
function notifyScreen(given: EngineEvent, names: EventNames, screen: Notified, isSpoken: boolean): void {
  const event = withoutOthers(given);
  if (event === null) return;
  if (isSpoken) {
    const line = sentenceWithTime(event, names);
    if (line !== null) screen.log(line);
    return;
  }
  const line = eventLineOf(event, names);
  if (line !== null) screen.event(line);
}

// What was refused to a console concerns that one alone; at this screen it is known who asked.
function withoutOthers(event: EngineEvent): EngineEvent | null {
  if (event.type !== 'notice' || event.notice.type !== 'refused') return event;
  const { by, ...notice } = event.notice;
  return by?.claimed === true ? null : { ...event, notice };
}

async function loadScreen({ spoken }: Appearance) {
  if (spoken) return (await import('../../ui/app/screen-reader/open.ts')).openScreenReader;
  return (await import('../../ui/app/open-screen.tsx')).openScreen;
}

function refuse(): number {
  complain(
    'the screen needs a terminal; use "sightline headless" to follow and act, "sightline once" for the state ' +
      'right now, or "sightline demo" to see it work',
  );
  return 2;
}
