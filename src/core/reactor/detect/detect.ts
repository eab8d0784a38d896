/** Detection: which calls, rows and notifications ask to be acted upon. */
import type { Call } from '../../calls.ts';
import { interruptionType } from '../../interruptions.ts';
import { MAX_ALIASES, MAX_DEFERRED } from '../../limits.ts';
import { type Moment, MOMENT_FRESH_MS } from '../../moments.ts';
import type { Signal } from '../../signals.ts';
import { msToNs, nsToMs } from '../../units.ts';
import { amend, type Draft, patchDetect, recordOf } from '../draft.ts';
import type { Fact, Input } from '../messages.ts';
import { shardedMap } from '../sharded-map.ts';
import { policyAction, recordsRule } from '../policy/policy.ts';
import { callSignal, defaultSeverity, momentSignalId, stormSignalId, workspaceFor } from '../signals.ts';
import type { DetectState } from '../types.ts';
import { resume } from './deferred.ts';
import { episodeAt, episodesOf, openEpisode, patchEpisode } from './episodes.ts';
import { errorClass, type TextPattern, textSignal } from './error-text.ts';
import { judgeDeferred, judgeRow } from './interruption.ts';
import { raise, notifyUpdate, signalIdOfCall, tieCall } from './raise.ts';
import { followStreak, openDeferredStorms } from './storms.ts';
import { emptyStreaks, hasConversation, nextSuccess } from './streaks.ts';

/** The types that an error text can give; a row that has one already keeps it. */
const TEXT_SIGNALS: ReadonlySet<string> = new Set(['agent_crash', 'context_overflow']);

export function emptyDetect(): DetectState {
  return { streaks: emptyStreaks(), aliases: shardedMap(MAX_ALIASES), episodes: [], deferred: new Map() };
}

/** A call was seen or has changed: its own text (S1, S2), the rows that wait for it, then its streak. */
export function detectCall(draft: Draft, input: Fact & { type: 'call' }): void {
  const { call, previous, news } = input;
  if (previous && previous.callId !== call.callId) {
    tieCall(draft, call, signalIdOfCall(draft, previous));
  }
  // What any process may have sent raises no signal.
  if (news !== 'none' && call.recorded?.telemetry !== 'unverified') {
    detectText(draft, call, news === 'historical');
    detectQuota(draft, call, news === 'historical');
  }
  if (call.status !== 'complete') learnPid(draft, call);
  if (draft.state.detect.deferred.size > 0) judgeDeferred(draft, call);
  followStreak(draft, input);
}

function detectText(draft: Draft, call: Call, historical: boolean): void {
  const found = textSignal(call.error, call.statusCode) ?? recordedOverflow(call);
  if (!found) return;
  const signalId = signalIdOfCall(draft, call);
  if (recordOf(draft.state, signalId)) return rename(draft, signalId, found);
  tieCall(draft, call, signalId);
  raise(
    draft,
    callSignal(draft.state.settings, call, {
      signalId,
      type: found.type,
      origin: 'call',
      at: nsToMs(call.endNs ?? call.startNs),
      historical,
      cause: { code: 'call_error', pattern: found.name },
    }),
  );
}

// An agent's own code for an overflow, or an answer that ended at the window's end (S2).
function recordedOverflow({ recorded, finishReason }: Call): Pick<TextPattern, 'type' | 'name'> | null {
  if (recorded === undefined) return null;
  const isOverflow = recorded.errorClass === 'context_overflow' || finishReason === WINDOW_EXCEEDED;
  return isOverflow ? { type: 'context_overflow', name: recorded.errorClass ?? WINDOW_EXCEEDED } : null;
}

const WINDOW_EXCEEDED = 'model_context_window_exceeded';

// A plan's limit in an agent's own records: one signal until the next success.
function detectQuota(draft: Draft, call: Call, historical: boolean): void {
  const { recorded, conversationId, agent, pid } = call;
  if (recorded?.failed !== true || !hasConversation(call) || conversationId === null) return;
  const failure = errorClass(call.error, call.statusCode, recorded.errorClass);
  if (failure !== 'quota_reached') return;
  const startNs = call.endNs ?? call.startNs;
  const { episodes } = draft.state.detect;
  const known = episodeAt(episodesOf(draft), 'quota_reached', conversationId, startNs);
  if (known !== null) {
    patchDetect(draft, { episodes: patchEpisode(episodes, known.signalId, conversationId, { lastNs: startNs }) });
    if (!historical) notifyUpdate(draft, known.signalId, { interruptionId: null, resolved: false }, nsToMs(startNs));
    return;
  }
  const signalId = stormSignalId('quota_reached', conversationId, startNs);
  const endNs = nextSuccess(draft.state.detect.streaks, { conversationId, agent, pid }, startNs);
  const facts = { conversationId, agent, pid, startNs, lastNs: startNs, endNs, signalId, interruptionId: null };
  patchDetect(draft, { episodes: openEpisode(episodes, { type: 'quota_reached', ...facts }) });
  raise(
    draft,
    callSignal(draft.state.settings, call, {
      signalId,
      type: 'quota_reached',
      origin: 'derived',
      at: nsToMs(startNs),
      historical,
      cause: { code: 'failed_calls', count: 1, errorClass: failure },
    }),
  );
}

// History may be read in any order: a row that was judged before its call was read gets the type that the text gives.
function rename(draft: Draft, signalId: string, { type: signal, name }: Pick<TextPattern, 'type' | 'name'>): void {
  const known = recordOf(draft.state, signalId)?.signal;
  if (!known?.historical || known.origin !== 'interruption' || TEXT_SIGNALS.has(known.type)) return;
  const cause = { code: 'row_of_call', type: known.type, pattern: name } as const;
  amend(draft, { ...known, type: signal, severity: defaultSeverity(signal), downgraded: null, cause });
}

// Likewise: whose crash it was is known from its call alone (see `rowSignal`).
function learnPid(draft: Draft, call: Call): void {
  const known = recordOf(draft.state, signalIdOfCall(draft, call))?.signal;
  if (known?.historical !== true || known.origin !== 'interruption' || known.type !== 'agent_crash') return;
  if (known.callId !== call.callId || call.pid === null || known.pid === call.pid) return;
  amend(draft, { ...known, pid: call.pid });
}

// ---------------------------------------------------------------- the public door

/**
 * The public door, `notifyInterruption(type, conversation)`: a critical signal from a program that embeds the core. A storm or
 * a loop that the conversation is in already keeps its signal.
 */
export function notified(draft: Draft, input: Input & { type: 'notify' }): Signal {
  const atNs = msToNs(draft.at);
  const conversation = input.conversationId;
  const episodic = conversation !== null && interruptionType(input.signal)?.episodic === true;
  const known = episodic ? episodeAt(episodesOf(draft), input.signal, conversation, atNs) : null;
  const signalId = known?.signalId ?? stormSignalId(input.signal, conversation ?? '', atNs);
  if (known) {
    const { signalId: id } = known;
    const episodes = patchEpisode(draft.state.detect.episodes, id, known.conversationId, { lastNs: atNs });
    patchDetect(draft, { episodes });
    notifyUpdate(draft, id, { interruptionId: null, resolved: false }, draft.at);
  }
  if (episodic && !known) {
    const facts = {
      agent: input.agent,
      pid: input.pid,
      startNs: atNs,
      lastNs: atNs,
      endNs: null,
      signalId,
      interruptionId: null,
    };
    const episode = { type: input.signal, conversationId: conversation, ...facts };
    const episodes = openEpisode(draft.state.detect.episodes, episode);
    patchDetect(draft, { episodes });
  }
  return {
    signalId,
    type: input.signal,
    origin: 'api',
    severity: 'critical',
    agent: input.agent,
    processName: input.processName,
    pid: input.pid,
    conversationId: conversation,
    callId: null,
    interruptionId: null,
    workspace: workspaceFor(draft.state.settings.workspaces, input),
    at: draft.at,
    historical: false,
    downgraded: null,
    cause: { code: 'api' },
  };
}

// ---------------------------------------------------------------- moments

/**
 * A moment asks for a checkpoint where the policy names its type. One that it ignores is no signal, as there are many of
 * them; nor is one that is over. One of a known identity keeps its fate.
 */
export function detectMoment(draft: Draft, { type, key, agent, conversationId, sessionId, at, cause }: Moment): void {
  const severity = defaultSeverity(type);
  if (policyAction(draft.state.policy, type, severity) === 'ignore') return;
  if (Math.abs(draft.at - at) > MOMENT_FRESH_MS) return;
  const owner = { agent, processName: null, conversationId, sessionId };
  raise(draft, {
    signalId: momentSignalId(type, key),
    type,
    origin: 'derived',
    severity,
    agent,
    processName: null,
    pid: null,
    conversationId,
    callId: null,
    interruptionId: null,
    workspace: workspaceFor(draft.state.settings.workspaces, owner),
    at,
    historical: false,
    recorded: true,
    downgraded: recordsRule(draft.state.settings.recordsPolicy, type),
    cause,
  });
}

// ---------------------------------------------------------------- what was deferred

/** Judges what was deferred under a key by what is known now. */
export function runDeferred(draft: Draft, key: string): void {
  const what = resume(draft, key);
  if (what?.type === 'row') judgeRow(draft, what);
  if (what?.type === 'storms') openDeferredStorms(draft, what.call);
}

/** Judges at once all that was deferred: at shutdown nothing comes back to it. */
export function runAllDeferred(draft: Draft): void {
  for (const key of draft.state.detect.deferred.keys()) runDeferred(draft, key);
}

/** Keeps the number of deferred judgements in bounds: the oldest is judged without what it waits for. */
export function boundDeferred(draft: Draft): void {
  const { deferred } = draft.state.detect;
  const [oldest] = deferred.keys();
  if (deferred.size > MAX_DEFERRED && oldest !== undefined) runDeferred(draft, oldest);
}
