import type { Silence } from '../acting.ts';
import type { Ms } from '../events.ts';
import { SIGNAL_TTL_MS } from '../limits.ts';
import { newWorkspace, recordOf } from './draft.ts';
import { shardedSet } from './sharded-map.ts';
import { initialState } from './step.ts';
import type { Command } from './messages.ts';
import type { Episode, ReactorSettings, ReactorState, Run, SignalRecord, WorkspaceState } from './types.ts';

/** Episodes written; the newest. */
const MAX_SAVED_EPISODES = 256;

/** What is kept over a restart, as plain JSON: nanoseconds are decimal strings. The mode is not among it. */
export type SavedEpisode = Omit<Episode, 'startNs' | 'endNs'> & {
  readonly startNs: string;
  readonly endNs: string | null;
};
export type SavedSignal = Omit<SignalRecord, 'seq'>;
export type SavedWorkspace = Pick<
  WorkspaceState,
  | 'workspace'
  | 'windowEndsAt'
  | 'windowSnapshot'
  | 'failures'
  | 'lastFailureAt'
  | 'recentAuto'
  | 'lastSnapshot'
  | 'rollbacks'
  | 'run'
> & { readonly breakerOpen: boolean };

export type SavedState = {
  readonly silences: readonly Silence[];
  readonly episodes: readonly SavedEpisode[];
  readonly signals: readonly SavedSignal[];
  readonly workspaces: readonly SavedWorkspace[];
};

/** One entry of the journal; null deletes. */
export type SavedEntry =
  | { readonly key: 'silences'; readonly value: readonly Silence[] }
  | { readonly key: 'episodes'; readonly value: readonly SavedEpisode[] }
  | { readonly key: `signal:${string}`; readonly value: SavedSignal }
  | { readonly key: `workspace:${string}`; readonly value: SavedWorkspace };

/** What one step changed of that which must survive; to be written before anybody is told. */
export function savedChanges(
  before: ReactorState,
  after: ReactorState,
  commands: readonly Command[],
): readonly SavedEntry[] {
  const entries: SavedEntry[] = [];
  if (before.silences !== after.silences) entries.push({ key: 'silences', value: after.silences });
  if (before.detect.episodes !== after.detect.episodes) {
    entries.push({ key: 'episodes', value: savedEpisodes(after.detect.episodes) });
  }
  if (before.workspaces !== after.workspaces) {
    for (const [name, workspace] of after.workspaces) {
      if (before.workspaces.get(name) !== workspace)
        entries.push({ key: `workspace:${name}`, value: saveWorkspace(workspace) });
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

/** Is a saved signal old enough to be forgotten? Open ones never are. */
export function isExpired({ fate }: SavedSignal, at: Ms): boolean {
  return fate !== null && fate.settled && fate.at < at - SIGNAL_TTL_MS;
}

/** A core that goes on where an earlier run ended, and the checkpoints that were on when it did. */
export function restoreState(
  settings: ReactorSettings,
  saved: SavedState,
  at: Ms,
): { readonly state: ReactorState; readonly runs: readonly { readonly workspace: string; readonly run: Run }[] } {
  const fresh = initialState(settings);
  let { settled, nextSeq } = fresh;
  const open = new Map<string, SignalRecord>();
  for (const savedSignal of saved.signals) {
    const { signalId } = savedSignal.signal;
    const record: SignalRecord = { ...savedSignal, seq: nextSeq };
    nextSeq += 1;
    if (record.fate?.settled) settled = shardedSet(settled, signalId, record);
    else open.set(signalId, record);
  }
  const state: ReactorState = {
    ...fresh,
    silences: saved.silences.filter(({ endsAt }) => at < endsAt),
    open,
    settled,
    nextSeq,
    detect: { ...fresh.detect, episodes: saved.episodes.map(restoreEpisode) },
    workspaces: new Map(
      saved.workspaces.map((workspace) => [workspace.workspace, restoreWorkspace(settings, workspace, at)]),
    ),
  };
  return {
    state,
    runs: saved.workspaces.flatMap(({ workspace, run }) =>
      run?.kind === 'auto' || run?.kind === 'manual' ? [{ workspace, run }] : [],
    ),
  };
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
  return { ...episode, startNs: String(episode.startNs), endNs: episode.endNs === null ? null : String(episode.endNs) };
}

function restoreEpisode(episode: SavedEpisode): Episode {
  return { ...episode, startNs: BigInt(episode.startNs), endNs: episode.endNs === null ? null : BigInt(episode.endNs) };
}

function saveWorkspace(workspace: WorkspaceState): SavedWorkspace {
  const { windowEndsAt, windowSnapshot, failures, lastFailureAt, recentAuto, lastSnapshot, rollbacks, run } = workspace;
  return {
    workspace: workspace.workspace,
    windowEndsAt,
    windowSnapshot,
    failures,
    lastFailureAt,
    recentAuto,
    lastSnapshot,
    rollbacks,
    run,
    breakerOpen: workspace.breaker.open,
  };
}

// A clock that was ahead then must not keep us waiting now.
function restoreWorkspace({ debounceMs }: ReactorSettings, saved: SavedWorkspace, at: Ms): WorkspaceState {
  const { breakerOpen, run: _run, windowEndsAt, lastFailureAt, ...kept } = saved;
  return {
    ...newWorkspace(kept.workspace),
    ...kept,
    windowEndsAt: windowEndsAt === null ? null : Math.min(windowEndsAt, at + debounceMs),
    lastFailureAt: lastFailureAt === null ? null : Math.min(lastFailureAt, at),
    breaker: { open: breakerOpen, probe: null },
  };
}
