import { createStore, type StoreApi } from 'zustand/vanilla';
import type { PolicyRules } from '../core/config-type.ts';
import type { Feed } from '../core/feed.ts';
import type { SourceUri } from '../core/sources.ts';
import { MAX_ONCE_SIGNALS, MAX_SIGNALS } from '../core/limits.ts';
import { createModel } from '../core/model/model.ts';
import type { Model } from '../core/model/types.ts';
import { restoreState } from '../core/reactor/persist.ts';
import { shownSilence } from '../core/reactor/silences/silences.ts';
import { policyTable, type PolicyRow } from '../core/reactor/policy/table.ts';
import type { Notice } from '../core/reactor/messages.ts';
import type { ReactorSettings, ReactorState, Run } from '../core/reactor/types.ts';
import { readSavedState } from '../effects/state/saved-state.ts';
import { createStateStore, type StateStore } from '../effects/state/state-store.ts';
import { type Acting, createActing } from './workspaces/acting.ts';
import { type Arming, createArming } from './workspaces/arming.ts';
import { createKnownSnapshots, type KnownSnapshots } from './workspaces/known-snapshots.ts';
import { createCommitter, type Committer } from './committer.ts';
import { derivedStorms } from './intake/derived.ts';
import { createIntake, type Intake } from './intake/intake.ts';
import { createLoop, type Loop } from './loop.ts';
import { createSpeaker, type Speaker } from './speaker.ts';
import type { EngineDeps, EngineOptions } from './deps.ts';
import type { EngineView } from './types.ts';
import { allSignals, configuredWorkspaces, workspaceViews } from './view.ts';

/** The parts of one engine, wired to each other. */
export type Parts = {
  readonly options: EngineOptions;
  readonly deps: EngineDeps;
  readonly settings: ReactorSettings;
  readonly model: Model;
  /** The feeds by their URI: for what is asked of a source on demand. */
  readonly feeds: ReadonlyMap<SourceUri, Feed>;
  readonly speaker: Speaker;
  readonly loop: Loop;
  readonly saved: StateStore;
  readonly intake: Intake;
  readonly acting: Acting;
  readonly known: KnownSnapshots;
  readonly arming: Arming;
  readonly store: StoreApi<EngineView>;
  readonly committer: Committer;
  /** Checkpoints that were on when an earlier run ended. */
  readonly openRuns: readonly { readonly workspace: string; readonly run: Run }[];
  readonly notice: (notice: Notice) => void;
  readonly changed: () => void;
  /** Changes as the engine goes through its life. */
  readonly life: {
    started: boolean;
    closing: boolean;
    signals: number;
    checkpoints: number;
    stopUpkeep: () => void;
  };
  readonly drained: Promise<void>;
};

export function assemble(options: EngineOptions, deps: EngineDeps): Parts {
  const settings = settingsOf(options, deps);
  const now = { at: deps.clock.now(), mono: deps.clock.mono() };
  const { state, runs } = restoreState(settings, readSavedState(deps.journal, now.at), now);
  const saved = createStateStore(deps.journal, { prints: options.prints === true });
  saved.forget(now.at);
  const model = createModel({ advisory: options.config.advisory, evict: options.evict });
  const life = { started: false, closing: false, signals: 0, checkpoints: 0, stopUpkeep: (): void => undefined };
  const speaker = createSpeaker(deps.clock);
  const drained = Promise.withResolvers<undefined>();
  const notice = (what: Notice): void => {
    // The configured mode is no operator's act; `started` says it.
    if (what.type === 'operator' && !life.started) return;
    count(life, what);
    if (what.type === 'signal' && what.signal.historical) intake.historical.count(what.signal);
    speaker.say({ type: 'notice', notice: what });
  };
  const changed = (): void => {
    arming.recordWindows();
    committer.changed();
    if (life.started && intake.ended() && isIdle(loop)) drained.resolve(undefined);
  };
  const loop: Loop = createLoop({
    initial: state,
    clock: deps.clock,
    record: saved.record,
    notice,
    spawn: ({ request }) => acting.spawn(request),
    work: (command) => acting.work(command),
    probe: (workspace) => void acting.probe(workspace),
    retracted: (signalId) => intake.historical.discount(signalId),
    changed,
    beforeFact: () => arming.refresh(),
  });
  const talk = (line: string): void => speaker.say({ type: 'talk', line });
  const shared = { workspaces: configuredWorkspaces(settings), loop, talk, notice, clock: deps.clock };
  const known = createKnownSnapshots(() => changed());
  const acting = createActing({
    ...shared,
    known,
    choose: deps.chooseCheckpointer,
    initializer: deps.initializer,
    instance: settings.instance,
    locks: () => arming,
  });
  const { checkpointer: choice, readOnly } = options.config;
  const arming = createArming({
    ...shared,
    choice,
    readOnly,
    takeOver: options.takeOver,
    locks: deps.locks,
    acting,
  });
  const feeds = deps.feeds((uri) => cursorOf(deps, uri));
  const intake: Intake = createIntake({ ...deps, feeds, model, loop, say: speaker.say, changed });
  const view = (): EngineView => viewOf({ options, deps, life, loop, intake, model, acting, known });
  const store = createStore<EngineView>()(view);
  const committer: Committer = createCommitter(deps.clock, options.commitMs, () => store.setState(view(), true));
  return {
    options,
    deps,
    settings,
    model,
    feeds: new Map(feeds.map((feed) => [feed.uri, feed])),
    speaker,
    loop,
    saved,
    intake,
    acting,
    known,
    arming,
    store,
    committer,
    openRuns: runs,
    notice,
    changed,
    life,
    drained: drained.promise,
  };
}

function settingsOf({ config, version, evict }: EngineOptions, { clock }: EngineDeps): ReactorSettings {
  return {
    debounceMs: config.debounceMs,
    timeoutMs: config.timeoutMs,
    graceMs: config.graceMs,
    trailing: config.trailing,
    policy: config.policy,
    guard: config.guard,
    workspaces: config.workspaces,
    host: config.host,
    readOnly: config.readOnly,
    version,
    instance: `${clock.now().toString(36)}-${process.pid.toString(36)}`,
    maxSignals: evict ? MAX_SIGNALS : MAX_ONCE_SIGNALS,
  };
}

function count(life: Parts['life'], what: Notice): void {
  if (what.type === 'signal' && !what.signal.historical) life.signals += 1;
  if (what.type === 'ended' && what.outcome === 'created') life.checkpoints += 1;
}

function isIdle(loop: Loop): boolean {
  const { open, detect, workspaces } = loop.state();
  return open.size === 0 && detect.deferred.size === 0 && [...workspaces.values()].every(({ run }) => run === null);
}

function cursorOf({ journal }: EngineDeps, uri: string): string | null {
  const cursor = journal.get(`cursor:${uri}`);
  return typeof cursor === 'string' ? cursor : null;
}

const NOWHERE: EngineView['tried'] = [];

type Viewed = Pick<Parts, 'options' | 'deps' | 'life' | 'loop' | 'intake' | 'model' | 'acting' | 'known'>;

function viewOf({ options, deps, life, loop, intake, model, acting, known }: Viewed): EngineView {
  const { config, version } = options;
  const state = loop.state();
  const now = loop.now();
  return {
    at: now.at,
    mono: now.mono,
    host: config.host,
    version,
    started: life.started,
    mode: state.mode,
    readOnly: config.readOnly,
    debounceMs: state.settings.debounceMs,
    timeoutMs: state.settings.timeoutMs,
    advisory: config.advisory,
    sources: intake.sources(),
    tried: deps.tried ?? NOWHERE,
    model: model.view(),
    signals: allSignals(state),
    derived: derivedStorms(state),
    silences: state.silences.map((silence) => shownSilence(now, silence)),
    workspaces: workspaceViews(
      state,
      { slots: acting.slots, known, agents: model.agents(), hasInitializer: deps.initializer !== undefined },
      now,
    ),
    policy: policyOf(state),
  };
}

// A part of the view keeps its reference while nothing in it changes.
const tables = new WeakMap<PolicyRules, readonly PolicyRow[]>();

function policyOf({ settings, session, policy }: ReactorState): readonly PolicyRow[] {
  const known = tables.get(policy);
  if (known) return known;
  const table = policyTable({ config: settings.policy, session });
  tables.set(policy, table);
  return table;
}
