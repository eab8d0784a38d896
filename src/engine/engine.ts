import { createStore } from 'zustand/vanilla';
import { MAX_ONCE_SIGNALS, MAX_SIGNALS } from '../core/limits.ts';
import { isWithin } from '../core/model/meters/activity.ts';
import { createModel } from '../core/model/model.ts';
import type { Model } from '../core/model/types.ts';
import type { Notice } from '../core/reactor/messages.ts';
import { restoreState, savedCountdowns } from '../core/reactor/persist.ts';
import type { ReactorSettings } from '../core/reactor/types.ts';
import { MINUTE_MS, type Ms } from '../core/units.ts';
import type { ProcessScan } from '../effects/process/processes.ts';
import { readSavedBudgets } from '../effects/state/saved-budgets.ts';
import { readSavedState } from '../effects/state/saved-state.ts';
import type { Clock } from '../effects/clock.ts';
import { createStateStore, type StateStore } from '../effects/state/state-store.ts';
import type { EngineDeps, EngineOptions } from './deps.ts';
import { createEvents } from './events.ts';
import { createBudgets } from './budgets.ts';
import { createIntake, type Intake } from './intake/intake.ts';
import { createDispatch, createIntents } from './actions.ts';
import { createLoop, type Loop } from './loop.ts';
import { createQueries, resolversOf } from './queries.ts';
import { ArmError, type Engine, type EngineView, type Notification } from './types.ts';
import { settingsOf } from './settings.ts';
import { type Committer, configuredWorkspaces, createCommitter, engineView } from './view.ts';
import { type WorkspaceLocks, createWorkspaceLocks } from './workspaces/locks.ts';
import { createOperations } from './workspaces/operations.ts';
import { createPauses, type PauseDeps, type Pauses } from './pauses.ts';
import { createPlans } from './workspaces/plans.ts';
import { AT_WORK_MS } from './workspaces/rollback-plan.ts';
import { createRuns } from './workspaces/runs.ts';
import { createKnownSnapshots, createSnapshots, type KnownSnapshots } from './workspaces/snapshots.ts';
import { createSessionFolders, type SessionFolders } from './workspaces/session-folders.ts';
import { createWorkspaces, type Workspaces } from './workspaces/workspaces.ts';
import { createWrites } from './workspaces/writes.ts';

/** Between two rounds of forgetting settled signals and giving memory back, ms. */
const UPKEEP_MS = 60_000;

const NO_SCAN: ProcessScan = { occupants: [], unreadable: 0, complete: false };

/**
 * The engine: follows the feeds, keeps what we know, runs the reactive core and its commands. All front ends, and programs
 * that embed sightline, use it.
 */
export function createEngine(options: EngineOptions, deps: EngineDeps): Engine {
  const parts = assemble(options, deps);
  const { model, loop, events, intake, saved, store, committer, notify, settings, life } = parts;
  const { workspaces, known, runs, locks } = parts;
  const { readOnly } = options.config;
  const feeds = new Map(parts.feeds.map((feed) => [feed.uri, feed]));
  const snapshots = createSnapshots(workspaces, known);
  const plans = createPlans({
    readOnly,
    loop,
    workspaces,
    snapshots,
    initializer: deps.initializer,
    whyLocked: locks.whyUnavailable,
    processes: async (workspace) => (await deps.processes?.(workspace)) ?? NO_SCAN,
    atWork: (workspace) =>
      busyAgents(model, loop, workspace, AT_WORK_MS).map((agent) => atWork(agent, model, loop, parts.pauses)),
  });
  const { pauses } = parts;
  const queries = createQueries({ model, feeds, loop, snapshots, plans, pauses });
  const operations = createOperations({
    readOnly,
    loop,
    plans,
    runs,
    locks,
    workspaces,
    snapshots,
    notify,
    resolversOf: (interruptionId) => resolversOf(model, feeds, interruptionId),
  });
  const { instance } = settings;
  const decide = createDispatch({
    loop,
    locks,
    probe: workspaces.probe,
    notify,
    operations,
    readOnly,
    pauses,
    folders: parts.folders,
    feeds: parts.feeds,
    budgets: parts.budgets,
  });
  const dispatch: Engine['dispatch'] = async (action) => {
    const result = await decide(action);
    // Of every kind, and as it was sent: what the reactor decides is among the inputs too.
    deps.history?.record({ type: 'action', ...loop.now(), action, result }, loop.state());
    return result;
  };
  return {
    store,
    dispatch,
    intents: createIntents(dispatch, { loop, instance, setBudgets: parts.budgets.set }),
    queries,
    ask: queries,
    calls: (conversationId) => model.calls(conversationId),
    checkpointer: (workspace) => workspaces.get(workspace)?.checkpointer ?? null,
    notifyInterruption: (signal, conversationId, about = {}) =>
      intake.take({ type: 'notify', signal, conversationId, ...aboutOf(model, conversationId, about) }),
    listen: events.listen,
    unprinted: saved.unprinted,
    commit: committer.commit,
    pace: committer.pace,
    start: () => start(options, deps, parts),
    drained: parts.drained,
    close: (reason = 'closed') => (life.closed ??= close(deps, parts, reason)),
    abort: runs.abort,
  };
}

type Parts = ReturnType<typeof assemble>;

/** The state that changes in the life of an engine. */
type Life = {
  isStarted: boolean;
  /** Set when shutdown begins; resolves at its end. */
  closed: Promise<void> | null;
  signals: number;
  checkpoints: number;
  stopUpkeep: () => void;
};

/** Makes the stateful parts and wires them to each other: feeds, model, loop, store and workspaces. */
function assemble(options: EngineOptions, deps: EngineDeps) {
  const { clock } = deps;
  const maxSignals = options.evict ? MAX_SIGNALS : MAX_ONCE_SIGNALS;
  const settings = settingsOf({ config: options.config, version: options.version, maxSignals }, clock);
  const now = { at: clock.now(), mono: clock.mono() };
  const { state, runs: openRuns } = restoreState(settings, readSavedState(deps.journal, now.at), now);
  deps.history?.begin(state, now);
  const saved = createStateStore(deps.journal, {
    prints: options.prints === true,
    feeds: () => intake.sources().map(({ health }) => health.uri),
  });
  saved.forget(now.at);
  const model = assembleModel(options, deps, now.at);
  const drained = Promise.withResolvers<undefined>();
  const life: Life = { isStarted: false, closed: null, signals: 0, checkpoints: 0, stopUpkeep: () => undefined };
  const events = createEvents(clock);
  const log = (line: string): void => events.emit({ type: 'talk', line });
  const notify = (notice: Notice): void => {
    // The configured mode is no operator's act; `started` reports it.
    if (notice.type === 'operator' && !life.isStarted) return;
    if (notice.type === 'signal' && !notice.signal.historical) life.signals += 1;
    if (notice.type === 'signal' && notice.signal.historical) intake.historical.count(notice.signal);
    if (notice.type === 'ended' && notice.outcome === 'created') life.checkpoints += 1;
    events.emit({ type: 'notice', notice });
  };
  const changed = (isPast = false): void => {
    pauses.modeChanged();
    locks.recordWindows();
    committer.changed(isPast);
    if (life.isStarted && intake.ended() && isIdle(loop)) drained.resolve(undefined);
  };
  const loop: Loop = createLoop({
    initial: state,
    clock,
    record: saved.record,
    history: deps.history,
    notice: notify,
    spawn: ({ request }) => runs.spawn(request),
    operation: (command) => runs.operation(command),
    pause: (command) => pauses.forBudget(command),
    probe: (workspace) => void workspaces.probe(workspace),
    retracted: (signalId) => intake.historical.discount(signalId),
    changed,
    beforeFact: () => locks.refresh(),
  });
  const budgets = createBudgets({ model, loop, clock, journal: deps.journal, isFollowing: options.evict });
  const known = createKnownSnapshots(changed);
  const made = assembleWorkspaces(options, deps, { settings, loop, known, log, notify, model });
  const { workspaces, runs, locks, writes } = made;
  const folders = assembleFolders(options, deps, { loop, workspaces, locks, log });
  const feeds = deps.feeds((uri) => cursorOf(deps, uri));
  const intake: Intake = createIntake({
    ...deps,
    feeds,
    model,
    loop,
    writes,
    ...(folders && { folders }),
    emit: events.emit,
    settled: budgets.received,
    changed,
  });
  const pauses: Pauses = assemblePauses(options, deps, { model, loop, notify, changed: () => committer.changed() });
  const view = (): EngineView =>
    engineView({
      options,
      deps,
      isStarted: () => life.isStarted,
      pauses,
      loop,
      intake,
      model,
      workspaces,
      known,
      budgets,
    });
  const store = createStore<EngineView>()(view);
  const committer: Committer = createCommitter(clock, options.commitMs, () => store.setState(view(), true));
  const facts = { settings, openRuns, saved, model, events, notify, changed, life, drained: drained.promise };
  return { ...facts, folders, pauses, loop, feeds, intake, budgets, store, committer, known, workspaces, runs, locks };
}

/** Makes the model, with the sums of the budgets that earlier runs kept. */
function assembleModel({ config, evict }: EngineOptions, { pricer, localDay, journal }: EngineDeps, now: Ms): Model {
  const { advisory, budgets: list } = config;
  return createModel({
    advisory,
    contextShare: config.trouble.contextShare,
    evict,
    ...(list.length > 0 && { budgets: { list, saved: readSavedBudgets(journal), now } }),
    ...(pricer && { pricer }),
    ...(localDay && { localDay }),
  });
}

type PauseParts = Pick<PauseDeps, 'notify' | 'changed' | 'model'> & { readonly loop: Loop };

/** Makes what stops agents for a while. */
function assemblePauses({ config }: EngineOptions, { pauser, clock, history }: EngineDeps, parts: PauseParts): Pauses {
  const { loop } = parts;
  const { enabled, maxMinutes } = config.pause;
  return createPauses({
    ...parts,
    pauser,
    clock,
    settings: { enabled, maxMs: maxMinutes * MINUTE_MS },
    readOnly: config.readOnly,
    record: (action, result) => history?.record({ type: 'action', ...loop.now(), action, result }, loop.state()),
  });
}

type FolderParts = {
  readonly loop: Loop;
  readonly workspaces: Workspaces;
  readonly locks: WorkspaceLocks;
  readonly log: (line: string) => void;
};

/** Makes what turns sessions' folders into workspaces; null where that is not configured. */
function assembleFolders(options: EngineOptions, deps: EngineDeps, parts: FolderParts): SessionFolders | null {
  const { loop, workspaces, locks, log } = parts;
  const { sessionFolder, confirmFolder, clock } = deps;
  if (!options.config.fromSessions.enabled || sessionFolder === undefined) return null;
  return createSessionFolders({
    find: sessionFolder,
    pin: confirmFolder ?? (async (path) => ({ ok: false, reason: { code: 'not_unconfirmed', path } })),
    isOpen: (workspace) => workspaces.get(workspace) !== undefined,
    count: () => workspaces.all().size,
    open: async (workspace) => {
      await workspaces.add(workspace);
      await locks.add(workspace);
    },
    loop,
    clock,
    log,
  });
}

type WorkspaceParts = {
  readonly settings: ReactorSettings;
  readonly model: Model;
  readonly loop: Loop;
  readonly known: KnownSnapshots;
  readonly log: (line: string) => void;
  readonly notify: (notice: Notice) => void;
};

/** Makes what acts on the workspaces: their checkpointers, what runs on them, and their locks. */
function assembleWorkspaces(options: EngineOptions, deps: EngineDeps, parts: WorkspaceParts) {
  const { settings, model, loop, known, log, notify } = parts;
  const { clock, initializer } = deps;
  const { checkpointer: choice, readOnly } = options.config;
  const writes = createWrites(loop);
  const names = configuredWorkspaces(settings);
  const workspaces = createWorkspaces({
    names,
    choose: deps.chooseCheckpointer,
    loop,
    clock,
    known,
    instance: settings.instance,
    log,
    onRepinned: async (workspace, change, by) => {
      // Another folder, so another lock: where another engine has that one, we observe.
      await locks.renew(workspace);
      notify({
        type: 'operator',
        action: 'repin',
        target: workspace,
        reason: { code: 'repinned', ...change },
        ...(by && { by }),
      });
      const isOurs = loop.state().workspaces.get(workspace)?.lock.type === 'ours';
      if (isOurs && loop.state().mode !== 'observe') runs.prepare(workspace);
    },
  });
  const runs = createRuns({
    workspaces,
    known,
    loop,
    initializer,
    log,
    busyAgents: (workspace) => busyAgents(model, loop, workspace, AT_WORK_MS),
    writes,
    host: settings.host,
    keepTurns: options.config.turnStartKeep,
    locks: () => locks,
  });
  const { takeOver } = options;
  const mayGrow = options.config.fromSessions.enabled && deps.sessionFolder !== undefined;
  const acting = { names, mayGrow, workspaces, runs, loop, clock };
  const locks: WorkspaceLocks = createWorkspaceLocks({
    ...acting,
    locks: deps.locks,
    choice,
    readOnly,
    takeOver,
    log,
    notice: notify,
  });
  return { workspaces, runs, locks, writes };
}

async function start(options: EngineOptions, deps: EngineDeps, parts: Parts): Promise<void> {
  const { intake, workspaces, runs, locks, loop, events, store, committer, life } = parts;
  const { mode } = options.config;
  // History is read while the checkpointers are probed; live facts wait for `started` in any case.
  intake.open();
  await workspaces.open();
  const recovered = await runs.lookUp(parts.openRuns);
  if (life.closed !== null) return;
  const refused = mode === 'observe' ? null : await locks.setMode({ type: 'mode', mode, reason: 'configured' });
  if (refused !== null) throw new ArmError(refused);
  await (options.evict ? intake.present() : intake.whole());
  await deps.load?.();
  await parts.folders?.settled();
  if (life.closed !== null) return;
  life.isStarted = true;
  parts.pauses.start();
  committer.commit();
  const { sources, workspaces: views } = store.getState();
  events.emit({ type: 'started', mode: loop.state().mode, sources, workspaces: views });
  loop.dispatch({ type: 'recover', runs: recovered });
  parts.budgets.start();
  intake.release();
  if (options.evict) void intake.complete.then(() => (life.closed === null ? tidyUp(options, deps, parts) : undefined));
  scheduleUpkeep(deps, parts);
  parts.changed();
}

// To give memory back takes a tenth of a second: what was read is shown before that.
function tidyUp({ commitMs }: EngineOptions, { trimMemory }: EngineDeps, { committer }: Parts): void {
  if (commitMs !== null) committer.commit();
  trimMemory?.();
}

// The journal must not grow with every signal of the weeks that a run may last; countdowns are written as they are now.
function scheduleUpkeep({ clock, trimMemory }: EngineDeps, parts: Parts): void {
  const { saved, loop, life } = parts;
  const run = (): void => {
    saved.forget(clock.now());
    saved.record(savedCountdowns(loop.state(), loop.now()));
    trimMemory?.();
    life.stopUpkeep = clock.after(UPKEEP_MS, run);
  };
  life.stopUpkeep = clock.after(UPKEEP_MS, run);
}

async function close(deps: EngineDeps, parts: Parts, reason: string): Promise<void> {
  const { intake, loop, workspaces, runs, locks, committer, events, life, saved } = parts;
  // At once: what runs may take its time, and a second request ends us.
  parts.pauses.close();
  await intake.close();
  parts.folders?.close();
  parts.budgets.close();
  life.stopUpkeep();
  loop.dispatch({ type: 'stop' });
  workspaces.close();
  await runs.close();
  loop.stopTimers();
  committer.stop();
  await locks.close();
  await othersTurn(deps.clock, saved);
  events.emit({ type: 'stopped', reason, signals: life.signals, checkpoints: life.checkpoints });
  await deps.flush?.();
  deps.history?.close();
  await deps.journal.close();
}

/** Interval between two polls whether the process that keeps our state folder knows what we settled, ms. */
const OTHERS_TURN_MS = 100;

// Each signal has one settled fate over all runs of a state folder: what the other process is about to settle is its own.
async function othersTurn({ now, after }: Clock, { unprinted }: StateStore): Promise<void> {
  for (let left = unprinted.onTheirWayMs(now()); left > 0; left = unprinted.onTheirWayMs(now()))
    await new Promise<void>((resolve) => void after(Math.min(left, OTHERS_TURN_MS), resolve));
}

function isIdle(loop: Pick<Loop, 'state'>): boolean {
  const { open, detect, workspaces } = loop.state();
  return open.size === 0 && detect.deferred.size === 0 && [...workspaces.values()].every(({ run }) => run === null);
}

function cursorOf({ journal }: EngineDeps, uri: string): string | null {
  const cursor = journal.get(`cursor:${uri}`);
  return typeof cursor === 'string' ? cursor : null;
}

function atWork(agent: string, model: Model, loop: Pick<Loop, 'now'>, pauses: Pick<Pauses, 'plan'>) {
  const plan = pauses.plan({ agent });
  const { pids, lastEndAt } = model.agents().find(({ name }) => name === agent) ?? { pids: [], lastEndAt: null };
  const pid = plan.ok ? plan.value.groups[0]?.pid : pids.at(-1);
  const agoMs = lastEndAt === null ? null : Math.max(0, loop.now().at - lastEndAt);
  return { code: 'agent_at_work', agent, pid: pid ?? null, agoMs, canPause: plan.ok } as const;
}

function busyAgents(
  model: Model,
  loop: Pick<Loop, 'state' | 'now'>,
  workspace: string,
  withinMs: number,
): readonly string[] {
  const { agents, fallback } = loop.state().settings.workspaces;
  return model
    .agents()
    .filter(({ name: agent, lastEndAt }) => {
      const where = Object.hasOwn(agents, agent) ? agents[agent] : fallback;
      return where === workspace && isWithin(lastEndAt, loop.now().at, withinMs);
    })
    .map(({ name }) => name);
}

// The agent that the caller names, else the one of the conversation's last call.
function aboutOf(model: Model, conversationId: string | null, about: Notification) {
  const isKnown = conversationId !== null && about.agent === undefined;
  const last = isKnown ? model.calls(conversationId).at(-1) : undefined;
  return {
    agent: about.agent ?? last?.agent ?? null,
    processName: about.processName ?? last?.processName ?? null,
    pid: about.pid ?? last?.pid ?? null,
  };
}
