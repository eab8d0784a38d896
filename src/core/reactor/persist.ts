import type { Ack } from '../acks.ts';
import type { Silence } from '../signals.ts';
import { type Mono, type Ms, type Now, wallOf } from '../units.ts';
import { breakerDue, breakerWait } from './acting/gates.ts';
import { silenceLeft } from './silences/silences.ts';
import { type BudgetHold, type BudgetState, budgetId, budgetKey } from '../budgets.ts';
import { SIGNAL_TTL_MS } from '../limits.ts';
import { newWorkspace, recordOf } from './draft.ts';
import { idAlone } from './detect/raise.ts';
import { shardedSet, shardedValues } from './sharded-map.ts';
import { isUniqueCallId } from './signals.ts';
import { initialState } from './step.ts';
import type { Command } from './messages.ts';
import type {
  ActiveRun,
  ActiveSilence,
  DetectState,
  Episode,
  ReactorSettings,
  ReactorState,
  Reports,
  Run,
  SignalRecord,
  WorkspaceState,
} from './types.ts';

/** Episodes written; the newest. */
const MAX_SAVED_EPISODES = 256;

/** The state that is kept over a restart, as plain JSON: nanoseconds are decimal strings. The mode is not among it. */
export type SavedEpisode = Omit<Episode, 'startNs' | 'lastNs' | 'endNs'> & {
  readonly startNs: string;
  /** Left out by 0.2.0 and before. */
  readonly lastNs?: string;
  readonly endNs: string | null;
};
/** `reports` was left out by 0.2.0 and before. */
export type SavedSignal = Omit<SignalRecord, 'seq' | 'reports'> & { readonly reports?: Reports };
export type SavedWorkspace = Pick<WorkspaceState, 'windowSnapshot' | 'failures' | 'lastSnapshot' | 'rollbacks'> & {
  /** Its path, under the key that the journal has always had. */
  readonly workspace: string;
  readonly run: Run | null;
  readonly windowEndsAt: Ms | null;
  /** The rest of the window when this was written; left out by 0.1.0. */
  readonly windowLeftMs?: Ms;
  readonly lastFailureAt: Ms | null;
  readonly breakerOpen: boolean;
  /** The rest of the breaker's wait when this was written; left out by 0.1.0. */
  readonly breakerLeftMs?: Ms;
  readonly recentAuto: readonly { readonly at: Ms; readonly agent: string | null }[];
  /** Left out before 0.3. */
  readonly lostRuns?: WorkspaceState['lostRuns'];
};
/** With what was left when it was written; left out by 0.1.0. */
export type SavedSilence = Silence & { readonly leftMs?: Ms };

/** The monotonic clock is another one after a restart. */
export type SavedAck = Omit<Ack, 'endsMono'>;

export type SavedState = {
  readonly acks: readonly SavedAck[];
  readonly silences: readonly SavedSilence[];
  readonly episodes: readonly SavedEpisode[];
  readonly signals: readonly SavedSignal[];
  readonly workspaces: readonly SavedWorkspace[];
  readonly budgets: readonly SavedBudgetState[];
};

/** With what was left of its countdown when it was written; the monotonic clock is another one after a restart. */
export type SavedBudgetState = Omit<BudgetState, 'hold'> & {
  readonly hold: (Pick<BudgetHold, 'startedAt' | 'isOver'> & { readonly endsAt: Ms; readonly leftMs: Ms }) | null;
};

/** One entry of the journal; null deletes. */
export type SavedEntry =
  | { readonly key: 'silences'; readonly value: readonly SavedSilence[] }
  | { readonly key: 'acks'; readonly value: readonly SavedAck[] }
  | { readonly key: 'episodes'; readonly value: readonly SavedEpisode[] }
  | { readonly key: 'budgets'; readonly value: readonly SavedBudgetState[] }
  | { readonly key: `signal:${string}`; readonly value: SavedSignal }
  | { readonly key: `workspace:${string}`; readonly value: SavedWorkspace };

/** Returns the changes of one step that must survive a restart; write them before the notices are emitted. */
export function savedChanges(
  before: ReactorState,
  after: ReactorState,
  commands: readonly Command[],
  now: Now,
): readonly SavedEntry[] {
  const entries: SavedEntry[] = [];
  if (before.silences !== after.silences) entries.push(saveSilences(after, now));
  if (before.acks !== after.acks) entries.push(saveAcks(after));
  if (before.detect.episodes !== after.detect.episodes) {
    entries.push({ key: 'episodes', value: savedEpisodes(after.detect.episodes) });
  }
  if (before.budgets !== after.budgets) entries.push(saveBudgets(after, now));
  if (before.workspaces !== after.workspaces) {
    for (const [name, workspace] of after.workspaces) {
      if (before.workspaces.get(name) !== workspace) entries.push(saveWorkspace(workspace, now));
    }
  }
  for (const signalId of touchedSignals(commands)) {
    const record = recordOf(after, signalId);
    if (record && !record.signal.historical) {
      const { seq: _, ...value } = record;
      entries.push({ key: `signal:${signalId}`, value });
    }
  }
  return entries;
}

/** Returns all that survives a restart, as an engine finds it when it starts after the end of this state's. */
export function savedState(state: ReactorState, now: Now): SavedState {
  const records = [...shardedValues(state.settled), ...state.open.values()].filter(({ signal }) => !signal.historical);
  return {
    silences: saveSilences(state, now).value,
    acks: saveAcks(state).value,
    episodes: savedEpisodes(state.detect.episodes),
    signals: records.toSorted((a, b) => a.seq - b.seq),
    workspaces: [...state.workspaces.values()].map((workspace) => saveWorkspace(workspace, now).value),
    budgets: saveBudgets(state, now).value,
  };
}

/** Returns the active countdowns with the time left; write them once a minute, so that a restart never makes one longer. */
export function savedCountdowns(state: ReactorState, now: Now): readonly SavedEntry[] {
  const counting = [...state.workspaces.values()].filter(
    (workspace) => left(workspace.windowEndsMono, now) > 0 || left(breakerDue(workspace), now) > 0,
  );
  const workspaces = counting.map((workspace) => saveWorkspace(workspace, now));
  const isAsking = [...state.budgets.values()].some(({ hold }) => hold !== null && !hold.isOver);
  return [
    ...(state.silences.length === 0 ? [] : [saveSilences(state, now)]),
    ...(isAsking ? [saveBudgets(state, now)] : []),
    ...workspaces,
  ];
}

/** Returns true if a saved signal is past its TTL. Open ones never are. */
export function isExpired({ fate }: SavedSignal, at: Ms): boolean {
  return fate !== null && fate.settled && fate.at < at - SIGNAL_TTL_MS;
}

/** A core that goes on where an earlier run ended, and the checkpoints that were on when it did. */
export function restoreState(
  settings: ReactorSettings,
  saved: SavedState,
  now: Now,
): { readonly state: ReactorState; readonly runs: readonly { readonly workspace: string; readonly run: Run }[] } {
  const fresh = initialState(settings);
  let { settled, remembered, nextSeq } = fresh;
  const open = new Map<string, SignalRecord>();
  for (const savedSignal of saved.signals) {
    const { signalId } = savedSignal.signal;
    const { signal, reports = { count: 1, lastAt: signal.at } } = savedSignal;
    const record: SignalRecord = { ...savedSignal, reports, seq: nextSeq };
    nextSeq += 1;
    if (record.fate?.settled) {
      settled = shardedSet(settled, signalId, record);
      remembered = shardedSet(remembered, signalId, record.signal.at);
    } else open.set(signalId, record);
  }
  const state: ReactorState = {
    ...fresh,
    silences: saved.silences.flatMap((silence) => restoreSilence(silence, now)),
    acks: saved.acks.flatMap((ack) => restoreAck(ack, now)),
    budgets: new Map(restoreBudgets(settings, saved.budgets, now).map((one) => [budgetKey(one), one])),
    open,
    settled,
    remembered,
    nextSeq,
    detect: {
      ...fresh.detect,
      episodes: saved.episodes.map(restoreEpisode),
      aliases: restoreAliases(fresh.detect.aliases, saved.signals),
    },
    workspaces: new Map(
      saved.workspaces.map((workspace) => [workspace.workspace, restoreWorkspace(settings, workspace, now)]),
    ),
  };
  return {
    state,
    runs: saved.workspaces.flatMap(({ workspace, run }) =>
      run?.kind === 'auto' || run?.kind === 'manual' ? [{ workspace, run }] : [],
    ),
  };
}

// A signal of a row bears the row's id, not the short one of its call: further rows and the text of that call are the same cause.
function restoreAliases(none: DetectState['aliases'], signals: readonly SavedSignal[]): DetectState['aliases'] {
  let aliases = none;
  for (const { signal } of signals)
    if (signal.callId !== null && !isUniqueCallId(signal.callId)) {
      for (const key of [signal.callId, idAlone(signal.callId)]) aliases = shardedSet(aliases, key, signal.signalId);
    }
  return aliases;
}

function touchedSignals(commands: readonly Command[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const command of commands) {
    if (command.type !== 'notice') continue;
    const { notice } = command;
    if (notice.type === 'signal' || notice.type === 'fate') ids.add(notice.signal.signalId);
    if (notice.type === 'update') ids.add(notice.signalId);
  }
  return ids;
}

// The newest, and before them those that still last.
function savedEpisodes(episodes: readonly Episode[]): readonly SavedEpisode[] {
  const byWeight = [
    ...episodes.filter(({ endNs }) => endNs !== null),
    ...episodes.filter(({ endNs }) => endNs === null),
  ];
  return byWeight.slice(-MAX_SAVED_EPISODES).map(saveEpisode);
}

function saveEpisode(episode: Episode): SavedEpisode {
  const { startNs, lastNs, endNs } = episode;
  return {
    ...episode,
    startNs: String(startNs),
    lastNs: String(lastNs),
    endNs: endNs === null ? null : String(endNs),
  };
}

function restoreEpisode(episode: SavedEpisode): Episode {
  const { startNs, lastNs = startNs, endNs } = episode;
  return {
    ...episode,
    startNs: BigInt(startNs),
    lastNs: BigInt(lastNs),
    endNs: endNs === null ? null : BigInt(endNs),
  };
}

function saveSilences({ silences }: ReactorState, now: Now): Extract<SavedEntry, { readonly key: 'silences' }> {
  const value = silences.map((silence) => {
    const { endsMono: _, ...saved } = silence;
    return { ...saved, leftMs: Math.max(0, silenceLeft(now, silence)) };
  });
  return { key: 'silences', value };
}

// Never longer than its own length, nor than what was left of it, wherever the wall clock was then and is now.
function restoreSilence({ leftMs, ...silence }: SavedSilence, now: Now): readonly ActiveSilence[] {
  const { createdAt, endsAt } = silence;
  const lastsMs = Math.min(endsAt - now.at, leftMs ?? endsAt - createdAt);
  if (lastsMs <= 0) return [];
  const stamps = { createdAt: Math.min(createdAt, now.at), endsAt: now.at + lastsMs };
  return [{ ...silence, ...stamps, endsMono: now.mono + lastsMs }];
}

function saveBudgets({ budgets }: ReactorState, now: Now): Extract<SavedEntry, { readonly key: 'budgets' }> {
  const value = [...budgets.values()].map((state) => {
    const { hold } = state;
    if (hold === null) return { ...state, hold };
    const { startedAt, isOver, endsMono } = hold;
    return { ...state, hold: { startedAt, isOver, endsAt: wallOf(now, endsMono), leftMs: left(endsMono, now) } };
  });
  return { key: 'budgets', value };
}

// Of one that is configured no more, nothing is left; and no countdown is longer than it was, wherever the clock is now.
function restoreBudgets(
  { budgets }: ReactorSettings,
  saved: readonly SavedBudgetState[],
  now: Now,
): readonly BudgetState[] {
  const ids = new Set(budgets.map(budgetId));
  return saved
    .filter(({ id }) => ids.has(id))
    .map(({ hold, ...state }) => {
      if (hold === null) return { ...state, hold };
      const leftMs = Math.max(0, Math.min(hold.endsAt - now.at, hold.leftMs));
      const startedAt = Math.min(hold.startedAt, now.at);
      const startedMono = now.mono - (now.at - startedAt);
      return { ...state, hold: { startedAt, startedMono, endsMono: now.mono + leftMs, isOver: hold.isOver } };
    });
}

function saveAcks({ acks }: ReactorState): Extract<SavedEntry, { readonly key: 'acks' }> {
  const value = acks.map((ack) => {
    const { endsMono: _, ...saved } = ack;
    return saved;
  });
  return { key: 'acks', value };
}

// Never longer than its own length, wherever the wall clock is now.
function restoreAck(ack: SavedAck, now: Now): readonly Ack[] {
  const at = Math.min(ack.at, now.at);
  if (ack.endsAt === null) return [{ ...ack, at, endsMono: null }];
  const lastsMs = Math.min(ack.endsAt - now.at, ack.endsAt - ack.at);
  return lastsMs <= 0 ? [] : [{ ...ack, at, endsAt: now.at + lastsMs, endsMono: now.mono + lastsMs }];
}

function saveWorkspace(
  workspace: WorkspaceState,
  now: Now,
): Extract<SavedEntry, { readonly key: `workspace:${string}` }> {
  const {
    windowEndsMono,
    windowSnapshot,
    failures,
    lastFailureMono,
    recentAuto,
    lastSnapshot,
    rollbacks,
    run,
    lostRuns,
  } = workspace;
  const value = {
    workspace: workspace.path,
    windowEndsAt: windowEndsMono === null ? null : wallOf(now, windowEndsMono),
    windowLeftMs: left(windowEndsMono, now),
    windowSnapshot,
    failures,
    lastFailureAt: lastFailureMono === null ? null : wallOf(now, lastFailureMono),
    breakerLeftMs: left(breakerDue(workspace), now),
    recentAuto: recentAuto.map(({ mono, agent }) => ({ at: wallOf(now, mono), agent })),
    lastSnapshot,
    rollbacks,
    lostRuns,
    run: run === null ? null : saveRun(run),
    breakerOpen: workspace.breaker.open,
  };
  return { key: `workspace:${workspace.path}`, value };
}

function saveRun(active: ActiveRun): Run {
  const { startedMono: _, ...run } = active;
  return run;
}

function left(endsMono: Mono | null, now: Now): Ms {
  return endsMono === null ? 0 : Math.max(0, endsMono - now.mono);
}

// As with silences; and a count that is dated in the future counts no more.
function restoreWorkspace({ debounceMs }: ReactorSettings, saved: SavedWorkspace, now: Now): WorkspaceState {
  const { workspace, windowSnapshot, failures, lastSnapshot, rollbacks, breakerOpen, recentAuto } = saved;
  const { windowEndsAt, windowLeftMs = debounceMs } = saved;
  const windowLeft = windowEndsAt === null ? 0 : Math.min(windowEndsAt - now.at, windowLeftMs, debounceMs);
  return {
    ...newWorkspace(workspace),
    windowSnapshot,
    failures,
    rollbacks,
    lostRuns: saved.lostRuns ?? [],
    windowEndsMono: windowLeft > 0 ? now.mono + windowLeft : null,
    lastFailureMono: restoreFailure(saved, now),
    breaker: { open: breakerOpen, probe: null },
    recentAuto: recentAuto
      .filter(({ at }) => at <= now.at)
      .map(({ at, agent }) => ({ mono: now.mono - (now.at - at), agent })),
    lastSnapshot: lastSnapshot === null ? null : { ...lastSnapshot, at: Math.min(lastSnapshot.at, now.at) },
  };
}

function restoreFailure({ failures, lastFailureAt, breakerLeftMs }: SavedWorkspace, now: Now): Mono | null {
  if (lastFailureAt === null) return null;
  const wait = breakerWait(failures);
  const waited = Math.max(now.at - lastFailureAt, wait - (breakerLeftMs ?? wait), 0);
  return now.mono - waited;
}
