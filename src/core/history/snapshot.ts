import { type BudgetState, budgetKey } from '../budgets.ts';
import type { SessionFolder, WorkspaceMap } from '../folder.ts';
import { MAX_SAVED_SIGNALS } from '../limits.ts';
import { ACK_TIMER } from '../reactor/acks/acks.ts';
import { emptyDetect } from '../reactor/detect/detect.ts';
import { JUDGE_TIMER } from '../reactor/detect/deferred.ts';
import { recordOf } from '../reactor/draft.ts';
import { shardedMap, shardedSet, shardedValues } from '../reactor/sharded-map.ts';
import type { ReactorSettings, ReactorState, SignalRecord, WorkspaceState } from '../reactor/types.ts';

/** The settings as JSON. */
type SavedSettings = Omit<ReactorSettings, 'workspaces'> & {
  readonly workspaces: Omit<WorkspaceMap, 'sessions'> & {
    readonly sessions: readonly (readonly [conversationId: string, folder: SessionFolder])[] | null;
  };
};

/**
 * What decides about signals, as JSON: the state of the reactor without detection's and acknowledgements, and without the
 * fates that are settled.
 */
export type SavedCore = Pick<ReactorState, 'mode' | 'stopping' | 'silences' | 'session' | 'policy'> &
  Pick<ReactorState, 'nextSeq' | 'nextTag' | 'nextRun' | 'nextSilence'> & {
    readonly settings: SavedSettings;
    /** Unsettled signals, and those of runs without an answer. */
    readonly signals: readonly SignalRecord[];
    readonly workspaces: readonly WorkspaceState[];
    /** Left out before 0.3. */
    readonly budgets?: readonly BudgetState[];
    readonly timers: readonly (readonly [key: string, tag: number])[];
  };

/**
 * Returns the part of a state that a history keeps. `recent`: so many of the newest settled signals too; a run that was
 * killed may not have written what it had decided last.
 */
export function saveCore(state: ReactorState, recent = 0): SavedCore {
  const { mode, stopping, silences, session, policy, nextSeq, nextTag, nextRun, nextSilence } = state;
  const workspaces = [...state.workspaces.values()];
  const lost = workspaces.flatMap(({ lostRuns }) => lostRuns.flatMap(({ signals }) => signals));
  const newest = recent === 0 ? [] : newestSettled(state, recent);
  const ids = new Set([...lost, ...newest]);
  const settled = [...ids].flatMap((id) => (state.open.has(id) ? [] : (recordOf(state, id) ?? [])));
  return {
    mode,
    stopping,
    silences,
    session,
    policy,
    nextSeq,
    nextTag,
    nextRun,
    nextSilence,
    settings: saveSettings(state.settings),
    signals: [...state.open.values(), ...settled],
    workspaces,
    budgets: [...state.budgets.values()],
    timers: [...state.timers].filter(([key]) => !key.startsWith(JUDGE_TIMER) && key !== ACK_TIMER),
  };
}

function newestSettled(state: ReactorState, count: number): readonly string[] {
  const live = shardedValues(state.settled).filter(({ signal }) => !signal.historical);
  return live
    .toSorted((a, b) => a.seq - b.seq)
    .slice(-count)
    .map(({ signal }) => signal.signalId);
}

/** Returns the state that was saved; detection knows nothing. */
export function restoreCore({
  signals,
  workspaces,
  budgets = [],
  timers,
  settings,
  ...saved
}: SavedCore): ReactorState {
  const isSettled = ({ fate }: SignalRecord): boolean => fate?.settled === true;
  let settled = shardedMap<SignalRecord>(settings.maxSignals);
  for (const record of signals.filter(isSettled)) settled = shardedSet(settled, record.signal.signalId, record);
  return {
    ...saved,
    settings: restoreSettings(settings),
    open: new Map(signals.filter((one) => !isSettled(one)).map((record) => [record.signal.signalId, record])),
    settled,
    remembered: shardedMap(MAX_SAVED_SIGNALS),
    detect: emptyDetect(),
    acks: [],
    nextAck: 1,
    workspaces: new Map(workspaces.map((workspace) => [workspace.path, workspace])),
    budgets: new Map(budgets.map((state) => [budgetKey(state), state])),
    timers: new Map(timers),
  };
}

function saveSettings({ workspaces: { sessions, ...map }, ...settings }: ReactorSettings): SavedSettings {
  return { ...settings, workspaces: { ...map, sessions: sessions === undefined ? null : [...sessions] } };
}

function restoreSettings({ workspaces: { sessions, ...map }, ...settings }: SavedSettings): ReactorSettings {
  return { ...settings, workspaces: { ...map, ...(sessions !== null && { sessions: new Map(sessions) }) } };
}
