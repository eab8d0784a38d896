import type { Signal } from '../signals.ts';
import { detectInterruption } from './detect/interruption.ts';
import { announce, type Draft, patchWorkspace, settle, workspaceOf } from './draft.ts';
import { runAction, setRules } from './actions.ts';
import {
  boundDeferred,
  detectCall,
  detectMoment,
  emptyDetect,
  notified,
  runAllDeferred,
  runDeferred,
} from './detect/detect.ts';
import {
  beginRun,
  finishRun,
  foreignSnapshot,
  inheritWindow,
  lateSnapshot,
  recoverRun,
  setAvailability,
  settleStopped,
} from './acting/outcome.ts';
import { budgetUnanswered, startBudgetTimers, takeBudget } from './budgets.ts';
import { JUDGE_TIMER } from './detect/deferred.ts';
import { raise } from './detect/raise.ts';
import { shardedMap } from './sharded-map.ts';
import { endAcks, expireAcks, startAckTimer } from './acks/acks.ts';
import { endSilences, expireSilences } from './silences/silences.ts';
import type { Command, Fact, Input, RecoveredRun } from './messages.ts';
import { MAX_SAVED_SIGNALS, MAX_SESSION_FOLDERS } from '../limits.ts';
import type { ReactorSettings, ReactorState } from './types.ts';
import { fireWaiting, advance, arrive, recheck } from './acting/waiting.ts';
import { endOperation } from './acting/operation.ts';

/** A core that knows nothing yet, in mode *observe*. */
export function initialState(settings: ReactorSettings): ReactorState {
  return {
    settings,
    mode: 'observe',
    stopping: false,
    silences: [],
    acks: [],
    session: { types: {}, severities: {} },
    policy: settings.policy,
    open: new Map(),
    settled: shardedMap(settings.maxSignals),
    remembered: shardedMap(MAX_SAVED_SIGNALS),
    nextSeq: 1,
    detect: emptyDetect(),
    workspaces: new Map(),
    budgets: new Map(),
    timers: new Map(),
    nextTag: 1,
    nextRun: 1,
    nextSilence: 1,
    nextAck: 1,
  };
}

/**
 * The reactive core: what one input makes of a state. Pure: the state given is left as it was, time is in the input, and the
 * same inputs give the same states and commands.
 */
export function step(state: ReactorState, input: Input): readonly [ReactorState, readonly Command[]] {
  const edits = input.type === 'history' ? new WeakSet() : null;
  const draft: Draft = { state, at: input.at, mono: input.mono, commands: [], edits };
  endSilences(draft);
  endAcks(draft);
  handle(draft, input);
  return [draft.state, draft.commands];
}

function handle(draft: Draft, input: Input): void {
  switch (input.type) {
    case 'call':
    case 'interruption':
      return detect(draft, input);
    case 'history':
      for (const fact of input.facts) detect(draft, fact);
      return;
    case 'notify':
      return raise(draft, notified(draft, input));
    case 'moment':
      return detectMoment(draft, input.moment);
    case 'budget_level':
      return takeBudget(draft, input.fact, input.news);
    case 'elapsed':
      return elapsed(draft, input.key, input.tag);
    case 'raised':
      return raiseRecorded(draft, input.signals);
    case 'outcome':
      return finishRun(draft, input);
    case 'begun':
      return beginRun(draft, input.workspace, input.runId);
    case 'late_snapshot':
      return lateSnapshot(draft, input.workspace, input.snapshot);
    case 'baseline':
      return baseline(draft, input.workspace, input.phase);
    case 'availability':
      return setAvailability(draft, input.workspace, input.availability);
    case 'lock':
      return setLock(draft, input);
    case 'folder':
      return setFolder(draft, input);
    case 'foreign_snapshot':
      return foreignSnapshot(draft, input);
    case 'mode':
    case 'silence':
    case 'unsilence':
    case 'extend_silence':
    case 'ack':
    case 'unack':
    case 'veto':
    case 'fire':
    case 'checkpoint':
    case 'policy':
    case 'budget':
    case 'rollback':
    case 'restore':
    case 'init':
      return runAction(draft, input);
    case 'rules':
      return setRules(draft, input);
    case 'finished':
      return endOperation(draft, input);
    case 'recover':
      return recover(draft, input.runs);
    case 'stop':
      return stop(draft, input.raised);
  }
}

function detect(draft: Draft, fact: Fact): void {
  if (fact.type === 'call') detectCall(draft, fact);
  else detectInterruption(draft, fact);
  boundDeferred(draft);
}

// They were new when they were raised, and the record of those before them may be gone.
function raiseRecorded(draft: Draft, signals: readonly Signal[]): void {
  for (const signal of signals) {
    announce(draft, signal);
    arrive(draft, signal);
  }
}

function setFolder(draft: Draft, { conversationId, folder }: Input & { readonly type: 'folder' }): void {
  const { settings } = draft.state;
  const sessions = new Map(settings.workspaces.sessions);
  sessions.delete(conversationId);
  sessions.set(conversationId, folder);
  const [oldest] = sessions.keys();
  if (sessions.size > MAX_SESSION_FOLDERS && oldest !== undefined) sessions.delete(oldest);
  draft.state = { ...draft.state, settings: { ...settings, workspaces: { ...settings.workspaces, sessions } } };
}

function setLock(draft: Draft, { workspace: name, lock, window }: Input & { readonly type: 'lock' }): void {
  patchWorkspace(draft, name, { lock });
  if (window !== undefined && window !== null) inheritWindow(draft, name, window);
  if (lock.type === 'other' || lock.type === 'outside') return recheck(draft, name, ['observer']);
  advance(draft, name);
}

function elapsed(draft: Draft, key: string, tag: number): void {
  // A stale tag means nothing: the timer was set anew or taken back.
  if (draft.state.timers.get(key) !== tag) return;
  const timers = new Map(draft.state.timers);
  timers.delete(key);
  draft.state = { ...draft.state, timers };
  const [kind, name] = splitKey(key);
  if (kind === 'judge') return runDeferred(draft, key.slice(JUDGE_TIMER.length));
  if (kind === 'budget') return budgetUnanswered(draft, name);
  if (kind === 'silences') return expireSilences(draft);
  if (kind === 'acks') return expireAcks(draft);
  if (kind === 'hold') return holdEnded(draft, name);
  advance(draft, name);
}

function holdEnded(draft: Draft, name: string): void {
  const { hold, run } = workspaceOf(draft, name);
  if (!hold) return;
  if (run) return patchWorkspace(draft, name, { hold: { ...hold, over: true } });
  fireWaiting(draft, name);
}

function splitKey(key: string): readonly [string, string] {
  const colon = key.indexOf(':');
  return colon < 0 ? [key, ''] : [key.slice(0, colon), key.slice(colon + 1)];
}

function baseline(draft: Draft, name: string, phase: 'started' | 'ended'): void {
  const { run, waiting } = workspaceOf(draft, name);
  if (phase === 'started') {
    if (run) return;
    const times = { startedAt: draft.at, startedMono: draft.mono, deadlineAt: null };
    const facts = { snapshot: '', signals: waiting, trigger: null };
    return patchWorkspace(draft, name, { run: { ...facts, ...times, kind: 'baseline', runId: 'baseline' } });
  }
  if (run?.kind !== 'baseline') return;
  patchWorkspace(draft, name, { run: null });
  if (draft.state.stopping) return settleStopped(draft, name);
  advance(draft, name);
}

// What an earlier run left open is looked up or stopped; what this run has raised meanwhile waits behind something.
function recover(draft: Draft, runs: readonly RecoveredRun[]): void {
  expireSilences(draft);
  startAckTimer(draft);
  startBudgetTimers(draft);
  for (const recovered of runs) recoverRun(draft, recovered);
  const ours = new Set(
    [...draft.state.workspaces.values()].flatMap(({ waiting, run }) => [...waiting, ...(run?.signals ?? [])]),
  );
  for (const id of draft.state.open.keys()) {
    if (!ours.has(id)) settle(draft, id, 'stopped', { code: 'stopped', when: 'earlier_run' });
  }
}

function stop(draft: Draft, raised: readonly Signal[] = []): void {
  draft.state = { ...draft.state, stopping: true };
  runAllDeferred(draft);
  raiseRecorded(draft, raised);
  for (const name of draft.state.workspaces.keys()) settleStopped(draft, name);
}
