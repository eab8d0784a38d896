import type { ConfigSource } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import type { Owner } from '../../core/runs.ts';
import type { Ms } from '../../core/units.ts';
import type { SettledSignal } from '../../effects/state/state-store.ts';
import { ArmError, type Engine, type EngineEvent, type HookView } from '../../engine/types.ts';
import { fateLine, type Line, lineOf } from './lines.ts';
import { createOutput, type EventLine, type Output } from './output.ts';
import { type Logger, openLogger } from '../logger.ts';
import { namesOf } from '../notifications.ts';
import { hasTerminal } from '../../effects/terminal/output.ts';
import type { Journal } from '../../effects/state/journal.ts';
import { openHooks } from '../hooks.ts';
import { openMetrics } from '../metrics.ts';
import { followConfig } from '../reload.ts';
import { listenForStop, shutDown, type StopRequests } from '../shutdown.ts';
import { findSupervisor } from '../../effects/systemd/notify.ts';
import { openEngine } from '../../engine/wire.ts';
import { joinFleet } from '../fleet.ts';
import { engineName, letConsolesIn } from '../doors.ts';
import { wordFate } from '../../wording/fates.ts';
import { counted } from '../../wording/units.ts';

export type HeadlessOptions = { readonly history: boolean; readonly content: boolean };

/** Follows the feed and acts, one JSON object a line on stdout; resolves to the exit code. */
export async function runHeadless(source: ConfigSource, options: HeadlessOptions): Promise<number> {
  const config = source.load();
  let publish: (line: EventLine) => void = () => undefined;
  const output = createOutput(config.host, (line) => publish(line));
  const logger = openLogger(config.talk, output.talk);
  // Before the first child, which must not inherit the manager's socket.
  const supervisor = findSupervisor(process.env, (text) => logger.talk(text, 'warning'));
  const metrics = await openMetrics(config.metrics, logger.talk);
  let journal: Journal | null = null;
  let hooksNow: () => readonly HookView[] = () => [];
  const engine = await openEngine(
    config,
    {
      evict: true,
      takeOver: true,
      commitMs: null,
      prints: true,
      withJournal: (opened) => {
        journal = opened;
      },
      deps: {
        flush: output.flush,
        ...(config.hooks.length > 0 && { hooks: () => hooksNow() }),
        ...(metrics !== null && { onLiveCall: metrics.call }),
      },
    },
    logger.talk,
  );
  relay(engine, output, logger, options);
  const name = engineName('headless');
  const fleet = await joinFleet(config, engine, name, logger.talk);
  publish = fleet.event;
  const hooks = await openHooks(config, journal, engine, { count: metrics?.hook, talk: logger.talk });
  hooksNow = hooks.views;
  await metrics?.follow(engine, hooks.queued);
  const apply = (next: Config, changes: string): void => engine.intents.reload(next, source.path, changes);
  const reloading = followConfig({ source, config, hasScreen: false, apply, notify: logger.talk });
  let isUp = false;
  const reload = async (): Promise<void> => {
    if (isUp) supervisor?.reloading();
    await reloading.now();
    if (isUp) supervisor?.ready(statusOf(engine));
  };
  const stop = listen(() => void reload());
  const started = engine.start();
  const closeDoors = await letConsolesIn(engine, name, config.consoleGroup, logger.talk);
  try {
    const up = started.then(() => {
      isUp = true;
      supervisor?.ready(statusOf(engine));
    });
    await Promise.race([up, stop.first]);
    const reason = await Promise.race([
      stop.first.then((request) => request.reason),
      engine.drained.then(() => 'end of input'),
      readerGone(output, logger, engine),
    ]);
    void supervisor?.stopping();
    hooks.close();
    const code = await shutDown(engine, { reason, second: stop.second });
    await output.flush();
    return code;
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    await engine.close('not armed');
    output.talk(`cannot arm: ${error.message}`, 'error');
    return 2;
  } finally {
    closeDoors();
    await fleet.close();
    reloading.end();
    metrics?.close();
    logger.close();
    stop.forget();
  }
}

// Historical signals come while the sources are read; they are printed behind `started`, which comes first.
function relay(engine: Engine, output: Output, logger: Logger, options: HeadlessOptions): void {
  let early: (() => void)[] | null = [];
  const print = (event: EngineEvent, line: Line): void => {
    if (event.type === 'stopped') printOrphaned(engine, output, event.at);
    output.line(withSettler(engine, event, line), printedBy(engine, event));
  };
  engine.unprinted.onAdopted((fates) => {
    for (const settled of fates) printLate(engine, output, settled);
  });
  engine.listen((event) => {
    logger.event(event, namesOf(engine.store.getState()));
    const line = withRepeated(engine, event, withContent(engine, event, lineOf(event, options), options.content));
    if (line === null || (event.type === 'stopped' && early !== null)) return;
    if (event.type === 'started') {
      output.line(line);
      printAgain(engine, output);
      for (const emit of early ?? []) emit();
      early = null;
    } else if (early === null) print(event, line);
    else early.push(() => print(event, line));
  });
}

// What was there before has no fate that is kept: an earlier run with the same state folder may have printed it.
function withRepeated({ unprinted }: Engine, event: EngineEvent, line: Line | null): Line | null {
  const id = historicalId(event);
  if (line === null || id === null) return line;
  unprinted.notePrinted(id);
  return unprinted.mayRepeat(id) ? { ...line, repeated: true } : line;
}

function historicalId(event: EngineEvent): string | null {
  if (event.type === 'advisory') return event.historical ? `${event.advisory.agent} ${event.advisory.at}` : null;
  if (event.type !== 'notice') return null;
  const { notice } = event;
  const isOfSignal = notice.type === 'signal' || notice.type === 'fate';
  return isOfSignal && notice.signal.historical ? notice.signal.signalId : null;
}

// A settled fate counts as printed once it has left us; until then the next run prints it.
function printedBy(engine: Engine, event: EngineEvent): (() => void) | undefined {
  if (event.type !== 'notice' || event.notice.type !== 'fate') return undefined;
  const { fate, signal } = event.notice;
  if (!fate.settled || signal.historical || engine.unprinted.settledBy(signal.signalId) !== null) return undefined;
  return () => engine.unprinted.markPrinted([signal.signalId]);
}

// What earlier runs settled and may not have printed: the last thing that they did may have been to print it.
function printAgain(engine: Engine, output: Output): void {
  const { fates, lost } = engine.unprinted.take();
  for (const settled of fates) printLate(engine, output, settled);
  if (lost > 0) output.talk(`${lost} settled fates of earlier runs were never printed and are lost`);
}

function printLate({ unprinted }: Engine, output: Output, settled: SettledSignal): void {
  const printed = (): void => unprinted.markPrinted([settled.signal.signalId]);
  output.line({ ...fateLine(settled.fate.at, settled), repeated: true }, printed);
}

// Another process that prints keeps our state folder: it reports the signal's fate.
function withSettler(engine: Engine, event: EngineEvent, line: Line): Line {
  if (event.type !== 'notice' || event.notice.type !== 'fate' || !event.notice.fate.settled) return line;
  const settler = engine.unprinted.settledBy(event.notice.signal.signalId);
  if (settler === null) return line;
  return { ...line, settled: false, reason: `${wordFate(event.notice.fate.reason)}; ${settledElsewhere(settler)}` };
}

function settledElsewhere({ user, pid }: Owner): string {
  return `settled by the engine that keeps the state folder (pid ${pid} of ${user})`;
}

// The other process follows other sources: what it does not know has no fate but ours.
function printOrphaned({ unprinted }: Engine, output: Output, at: Ms): void {
  for (const settled of unprinted.orphaned(at)) output.line(fateLine(settled.fate.at, settled));
}

// What the user asked before it went wrong, for those who want it in their logs.
function withContent(engine: Engine, event: EngineEvent, line: Line | null, content: boolean): Line | null {
  if (!content || line === null || event.type !== 'notice' || event.notice.type !== 'signal') return line;
  const asked = engine.calls(event.notice.signal.conversationId).findLast(({ userQuery }) => userQuery !== null);
  return { ...line, user_query: asked?.userQuery ?? null };
}

// An armed engine continues without a reader: its actions are in the journal. One that only observes has no output left.
function readerGone(output: Output, logger: Logger, engine: Engine): Promise<string> {
  return new Promise((resolve) => {
    void output.closed.then(() => {
      engine.commit();
      if (engine.store.getState().mode === 'observe') return resolve('the reader of standard output is gone');
      logger.talk('the reader of standard output is gone; the engine is armed and continues with the journal alone');
    });
  });
}

/** The state in one line, as `systemctl status` shows it. */
function statusOf(engine: Engine): string {
  engine.commit();
  const { mode, sources, workspaces } = engine.store.getState();
  const lost = sources.filter(({ health }) => health.status === 'lost' || health.status === 'absent').length;
  const trouble = lost === 0 ? '' : ` (${lost} lost)`;
  return `mode ${mode}, ${counted(sources.length, 'source')}${trouble}, ${counted(workspaces.length, 'workspace')}`;
}

/** SIGHUP reloads the configuration, unless there is a terminal that may have hung up. */
function listen(reload: () => void): StopRequests {
  if (hasTerminal()) return listenForStop();
  const stop = listenForStop(['SIGTERM', 'SIGINT']);
  process.on('SIGHUP', reload);
  return {
    ...stop,
    forget: () => {
      stop.forget();
      process.off('SIGHUP', reload);
    },
  };
}
