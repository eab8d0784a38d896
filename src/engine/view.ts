import { graceMs } from '../core/reactor/why.ts';
import type { Availability } from '../core/snapshots.ts';
import type { Now } from '../core/units.ts';
import { accountOf } from '../core/model/meters/quota.ts';
import type { AgentView, ConversationView, Model } from '../core/model/types.ts';
import { newWorkspace } from '../core/reactor/draft.ts';
import { shardedValues } from '../core/reactor/sharded-map.ts';
import { workspaceFor } from '../core/reactor/signals.ts';
import type { Episode, ReactorState, SignalRecord } from '../core/reactor/types.ts';
import { shownHold, shownRun, workspaceStatus } from '../core/reactor/view.ts';
import { shownEnd } from '../core/reactor/why.ts';
import type { PolicyRules } from '../core/rules.ts';
import { wordCause } from '../wording/fates.ts';
import { textDetail, type Interruption } from '../core/interruptions.ts';
import { policyTable, type PolicyRow } from '../core/reactor/policy/table.ts';
import { shardedGet } from '../core/reactor/sharded-map.ts';
import { shownSilence } from '../core/reactor/silences/silences.ts';
import type { Clock } from '../effects/clock.ts';
import type { Chosen, EngineDeps, EngineOptions } from './deps.ts';
import type { Budgets } from './budgets.ts';
import type { Intake } from './intake/intake.ts';
import type { Loop } from './loop.ts';
import type { Pauses } from './pauses.ts';
import type { EngineView, SourceView, WorkspaceSpent, WorkspaceView } from './types.ts';
import { ELSEWHERE, spentByWorkspace } from './workspaces/spending.ts';
import type { KnownSnapshots } from './workspaces/snapshots.ts';
import type { Workspaces } from './workspaces/workspaces.ts';

/** The parts that a view of the engine is made of. */
export type ViewSources = {
  readonly options: EngineOptions;
  readonly deps: Pick<EngineDeps, 'tried' | 'initializer' | 'journal' | 'pricer' | 'hooks'>;
  readonly isStarted: () => boolean;
  readonly pauses: Pick<Pauses, 'view'>;
  readonly loop: Pick<Loop, 'state' | 'now'>;
  readonly intake: Pick<Intake, 'sources'>;
  readonly model: Model;
  readonly workspaces: Pick<Workspaces, 'all'>;
  readonly known: KnownSnapshots;
  readonly budgets: Pick<Budgets, 'views'>;
};

const NOT_TRIED: EngineView['tried'] = [];

/** Puts together what front ends show at this moment. */
export function engineView(sources: ViewSources): EngineView {
  const { options, deps, loop, intake, model, workspaces, known } = sources;
  const { config, version } = options;
  const state = loop.state();
  const now = loop.now();
  const hasInitializer = deps.initializer !== undefined;
  const pausing = sources.pauses.view();
  const plans = plansOf(config.plans, model.conversations());
  const spent = spentByWorkspace(model.view(), state.settings.workspaces, plans);
  const elsewhere = spent.get(ELSEWHERE);
  const facts = { workspaces: workspaces.all(), known, agents: model.agents(), hasInitializer, spent };
  return {
    at: now.at,
    mono: now.mono,
    host: config.host,
    version,
    started: sources.isStarted(),
    mode: state.mode,
    readOnly: config.readOnly,
    debounceMs: state.settings.debounceMs,
    graceMs: graceMs(state),
    timeoutMs: state.settings.timeoutMs,
    pricesDate: deps.pricer?.date ?? null,
    plans,
    advisory: config.advisory,
    trouble: config.trouble,
    sources: intake.sources(),
    ...(pausing && { pausing }),
    ...(deps.hooks && { hooks: deps.hooks() }),
    tried: deps.tried ?? NOT_TRIED,
    model: model.view(),
    signals: withoutOtherFeeds(allSignals(state), intake.sources(), model),
    derived: derivedStorms(state),
    episodes: state.detect.episodes,
    episodeQuietMs: config.episodeQuietMs,
    acks: state.acks,
    budgets: sources.budgets.views(),
    silences: state.silences.map((silence) => shownSilence(now, silence)),
    workspaces: workspaceViews(state, facts, now),
    ...(elsewhere !== undefined && { elsewhere }),
    stateProblem: deps.journal.problem(),
    policy: policyOf(state),
  };
}

const planLists = new WeakMap<readonly ConversationView[], readonly string[]>();

// Who ran into the limit of a plan is on one, with all of that account.
function plansOf(configured: readonly string[], conversations: readonly ConversationView[]): readonly string[] {
  const known = planLists.get(conversations);
  if (known !== undefined) return known;
  const limited = conversations.filter(({ limit }) => limit !== undefined);
  const found = limited.map((row) => accountOf(row) ?? row.agent).filter((plan) => !configured.includes(plan));
  const plans = found.length === 0 ? configured : [...configured, ...new Set(found)];
  planLists.set(conversations, plans);
  return plans;
}

type SignalList = { readonly open: ReactorState['open']; readonly list: readonly SignalRecord[] };
/** The list of the latest state, by its settled signals: most frames bring no signal, and there may be thousands. */
const signalLists = new WeakMap<ReactorState['settled'], SignalList>();

/** All signals that are known, newest first; the same list while none changes. */
export function allSignals({ open, settled }: ReactorState): readonly SignalRecord[] {
  const known = signalLists.get(settled);
  if (known?.open === open) return known.list;
  const list = [...open.values(), ...shardedValues(settled)].sort((a, b) => b.seq - a.seq);
  signalLists.set(settled, { open, list });
  return list;
}

type Shown = { readonly key: string; readonly list: readonly SignalRecord[] };
const shownLists = new WeakMap<readonly SignalRecord[], Shown>();

/**
 * Returns the signals without those that an earlier run raised from none of these sources: the state folder is the same,
 * but nothing here tells of them. One that still waits is about to act, and one whose conversation is known came back.
 */
function withoutOtherFeeds(
  list: readonly SignalRecord[],
  sources: readonly SourceView[],
  model: Pick<Model, 'conversations'>,
): readonly SignalRecord[] {
  const uris = new Set<string>(sources.map(({ health }) => health.uri));
  const others = list.filter(({ feeds = [], fate }) => {
    return feeds.length > 0 && uris.size > 0 && fate?.settled === true && !feeds.some((uri) => uris.has(uri));
  });
  if (others.length === 0) return list;
  const known = new Set(model.conversations().map(({ conversationId }) => conversationId));
  const hidden = new Set(others.filter(({ signal }) => !known.has(signal.conversationId ?? '')));
  const key = [...hidden].map(({ signal }) => signal.signalId).join(' ');
  const before = shownLists.get(list);
  if (before?.key === key) return before.list;
  const shown = list.filter((record) => !hidden.has(record));
  shownLists.set(list, { key, list: shown });
  return shown;
}

/** The facts on workspaces that the core does not have. */
type WorkspaceFacts = {
  readonly workspaces: ReadonlyMap<string, Chosen>;
  readonly known: KnownSnapshots;
  /** This session can run `ws-ckpt init`. */
  readonly hasInitializer: boolean;
  readonly agents: readonly AgentView[];
  readonly spent: ReadonlyMap<string, WorkspaceSpent>;
};

/** Describes each workspace, with its countdown. */
function workspaceViews(
  state: ReactorState,
  { workspaces, known, agents, hasInitializer, spent }: WorkspaceFacts,
  now: Now,
): readonly WorkspaceView[] {
  return [...workspaces].map(([name, chosen]) => {
    const workspace = state.workspaces.get(name) ?? newWorkspace(name);
    const sum = spent.get(name);
    return {
      path: name,
      agents: agentsOf(state, name, agents),
      ...(sum !== undefined && { spent: sum }),
      availability: workspace.availability ?? notProbed(chosen),
      folder: chosen.checkpointer.pin?.folder() ?? null,
      why: chosen.why,
      status: workspaceStatus(state, workspace, now),
      lock: workspace.lock,
      waiting: workspace.waiting,
      hold: workspace.hold && shownHold(now, workspace.hold),
      run: workspace.run && shownRun(now, workspace.run),
      queuedManual: workspace.queuedManual !== null,
      windowEndsAt: shownEnd(now, workspace.windowEndsMono),
      windowSnapshot: workspace.windowSnapshot,
      backoffEndsAt: shownEnd(now, workspace.backoffEndsMono),
      failures: workspace.failures,
      lastSnapshot: workspace.lastSnapshot,
      snapshots: known.of(name),
      rollbacks: workspace.rollbacks,
      capabilities: chosen.checkpointer.capabilities,
      canInit: hasInitializer && (chosen.canInit === true || workspace.availability?.state === 'unmanaged'),
    };
  });
}

/** Every workspace that the configuration names, once, in a stable order. */
export function configuredWorkspaces({ workspaces }: ReactorState['settings']): readonly string[] {
  const { agents, processes, fallback } = workspaces;
  const named = [...Object.values(agents), ...Object.values(processes), ...(fallback === null ? [] : [fallback])];
  return [...new Set(named)].toSorted();
}

function agentsOf({ settings }: ReactorState, workspace: string, agents: readonly AgentView[]): readonly string[] {
  const configured = Object.keys(settings.workspaces.agents);
  const seen = agents.map(({ name }) => name);
  const here = [...configured, ...seen].filter(
    (agent) => workspaceFor(settings.workspaces, { agent, processName: null }) === workspace,
  );
  return [...new Set(here)].toSorted();
}

function notProbed({ checkpointer }: Chosen): Availability {
  return {
    state: 'unavailable',
    name: checkpointer.name,
    version: null,
    reason: null,
    usedRatio: null,
    freeSpaceHint: null,
  };
}

/** Returns the storms that we derived and no row has confirmed, as interruptions without an id; over with the next success. */
function derivedStorms(state: ReactorState): readonly Interruption[] {
  return state.detect.episodes.flatMap((episode) => derivedStorm(state, episode) ?? []);
}

function derivedStorm(state: ReactorState, episode: Episode): Interruption | null {
  const record = state.open.get(episode.signalId) ?? shardedGet(state.settled, episode.signalId);
  if (episode.interruptionId !== null || record?.signal.origin !== 'derived') return null;
  const { signal } = record;
  return {
    interruptionId: null,
    type: signal.type,
    severity: signal.severity,
    agent: signal.agent ?? 'unknown',
    pid: signal.pid,
    conversationId: signal.conversationId,
    sessionId: null,
    callId: null,
    occurredNs: episode.startNs,
    resolved: episode.endNs !== null,
    detail: textDetail(wordCause(signal.cause)),
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

/** While a history is read each commit has to draw up all that it told of: often enough to see it grow, ms. */
const PAST_COMMIT_MS = 250;

export type Committer = {
  /**
   * Something changed: commits at once after a quiet time, else when `commitMs` have passed since the last commit. `isPast`: it is
   * nothing new, but more of a history that is being read, which is shown every `PAST_COMMIT_MS`.
   */
  readonly changed: (isPast?: boolean) => void;
  /** Commits at once. */
  readonly commit: () => void;
  /** Until the returned function is called, commits at least so often while something changes, ms. */
  readonly pace: (ms: number) => () => void;
  readonly stop: () => void;
};

/**
 * Brings the store up to date at a pace that a screen can follow, however fast the feed is. `commitMs` null commits only
 * on demand.
 */
export function createCommitter(clock: Clock, commitMs: number | null, write: () => void): Committer {
  let cancel: (() => void) | null = null;
  const paces = new Set<{ readonly ms: number }>(commitMs === null ? [] : [{ ms: commitMs }]);
  let [lastAt, dueAt] = [-Infinity, Infinity];
  const commit = (): void => {
    cancel?.();
    cancel = null;
    dueAt = Infinity;
    lastAt = clock.mono();
    write();
  };
  return {
    commit,
    changed: (isPast = false) => {
      if (paces.size === 0) return;
      const pace = Math.min(...[...paces].map(({ ms }) => ms));
      const wantedAt = lastAt + (isPast ? Math.max(pace, PAST_COMMIT_MS) : pace);
      if (wantedAt >= dueAt) return;
      cancel?.();
      dueAt = wantedAt;
      // What comes in one batch is one commit in any case: it comes in one turn.
      cancel = clock.after(Math.max(0, wantedAt - clock.mono()), commit);
    },
    pace: (ms) => {
      const pace = { ms };
      paces.add(pace);
      return () => void paces.delete(pace);
    },
    stop: commit,
  };
}
