import type { Call } from '../../core/calls.ts';
import type { Ack } from '../../core/acks.ts';
import { type Interruption, type Severity, interruptionType } from '../../core/interruptions.ts';
import type { ConversationView } from '../../core/model/types.ts';
import { ackOf } from '../../core/reactor/acks/covers.ts';
import type { Episode, SignalRecord } from '../../core/reactor/types.ts';
import { type Ms, nsToMs } from '../../core/units.ts';
import type { EngineView } from '../../engine/types.ts';
import { perList, perView } from '../widgets/memo.ts';
import { rosterOf } from './roster.ts';

/** The interruption behind a signal, a derived storm included; null where there is none, or where it is not held any more. */
export function interruptionOf(view: EngineView, { signal }: SignalRecord): Interruption | null {
  if (signal.interruptionId !== null) return byId(view.model.interruptions).get(signal.interruptionId) ?? null;
  if (signal.origin !== 'derived') return null;
  return view.derived.find((storm) => isStormOf(storm, signal)) ?? null;
}

/** Returns the signal that a call caused, alone or as one of several: the one that was reported last, null for none that is known. */
export function signalOfCall(view: EngineView, call: Call): SignalRecord | null {
  const ofEpisodes = new Set(view.episodes.flatMap((one) => (isPartOf(one, call) ? [one.signalId] : [])));
  const caused = view.signals.filter((record) => {
    const { callId, signalId } = record.signal;
    if (callId === call.callId || ofEpisodes.has(signalId)) return true;
    const interruption = interruptionOf(view, record);
    return interruption?.callId === call.callId || interruption?.detail.callIds.includes(call.callId) === true;
  });
  return caused.toSorted((a, b) => b.reports.lastAt - a.reports.lastAt)[0] ?? null;
}

// A storm or a loop names no call: its failures from the one that began it on are its calls.
function isPartOf({ conversationId, pid, startNs, lastNs }: Episode, call: Call): boolean {
  const at = call.endNs ?? call.startNs;
  const isFailed = (call.statusCode ?? 0) >= 400 || call.error !== null;
  const isOwn = call.conversationId === conversationId && (pid === null || call.pid === pid);
  return isFailed && isOwn && at >= startNs && at <= lastNs;
}

/** Returns true if the cause of a signal is over, as far as the feed tells: null where it tells nothing of that. */
export function isResolved(view: EngineView, record: SignalRecord): boolean | null {
  return interruptionOf(view, record)?.resolved ?? null;
}

const byId = perList(
  (interruptions: readonly Interruption[]) => new Map(interruptions.map((one) => [one.interruptionId, one])),
);

/** Returns true for a storm or a loop that is over: a success ended the one, nothing tells of the other any more. */
function isOver({ episodes, episodeQuietMs }: EngineView, { signal, reports }: SignalRecord, now: Ms): boolean {
  const episode = bySignal(episodes).get(signal.signalId);
  if (episode !== undefined && episode.endNs !== null) return true;
  return signal.type === 'dead_loop' && now - reports.lastAt >= episodeQuietMs;
}

const bySignal = perList((episodes: readonly Episode[]) => new Map(episodes.map((one) => [one.signalId, one])));

/** Returns true for a signal that asks for a person and is not acknowledged. */
export function isOpen(view: EngineView, record: SignalRecord, now: Ms): boolean {
  return ackOf(view.acks, record) === null && isAsking(view, record, now);
}

/** Returns the acknowledgement without which a signal would ask for a person; null where it has none, or would not ask. */
export function openAckOf(view: EngineView, record: SignalRecord, now: Ms): Ack | null {
  const ack = ackOf(view.acks, record);
  return ack !== null && isAsking(view, record, now) ? ack : null;
}

/**
 * Critical, high, or of a type that blocks; not resolved, not explained away by a rule or the policy, of an episode that
 * lasts, and reported within the configured time.
 */
function isAsking(view: EngineView, record: SignalRecord, now: Ms): boolean {
  const { signal, fate, reports } = record;
  const isBad = signal.severity === 'critical' || signal.severity === 'high';
  const isBlock = interruptionType(signal.type)?.blocks === true;
  if (!(isBad || isBlock) || signal.downgraded !== null || fate?.kind === 'ignored') return false;
  if (now - reports.lastAt >= view.trouble.quietMs || isOver(view, record, now)) return false;
  return isResolved(view, record) !== true && (isBad || !isPassed(view, record));
}

/** Returns the step of an open signal as a severity: one that is open although it is neither only blocks, and counts as high. */
export function ladderSeverity(severity: Severity): 'critical' | 'high' {
  return severity === 'critical' ? 'critical' : 'high';
}

/** Returns true where a call went well since, in its conversation, or where that is not known, of its agent. */
function isPassed(view: EngineView, { signal, reports }: SignalRecord): boolean {
  const { conversationId, agent } = signal;
  const own = conversationId === null ? undefined : signalled(view).get(conversationId);
  const succeededAt = (own ?? view.model.agents.find(({ name }) => name === agent))?.succeededAt ?? null;
  return succeededAt !== null && succeededAt > reports.lastAt;
}

/** Returns the conversations that signals are about, as far as they are known. There are few of them among very many. */
export const signalled = perView(({ signals, model }: EngineView): ReadonlyMap<string, ConversationView> => {
  const wanted = idsIn(signals);
  if (wanted.size === 0) return NOBODY;
  const { byId: known } = rosterOf(model.conversations);
  return new Map(
    [...wanted].flatMap((id) => {
      const row = known.get(id);
      return row === undefined ? [] : [[id, row] as const];
    }),
  );
});

const NOBODY: ReadonlyMap<string, ConversationView> = new Map();

const idsIn = perList(
  (signals: readonly SignalRecord[]) => new Set(signals.flatMap(({ signal }) => signal.conversationId ?? [])),
);

function isStormOf(storm: Interruption, { type, conversationId, at }: SignalRecord['signal']): boolean {
  return storm.type === type && storm.conversationId === conversationId && nsToMs(storm.occurredNs) === at;
}
