import { isAnothers } from '../../interruptions.ts';
import type { Signal } from '../../signals.ts';
import { type Ms, type Ns, nsToMs } from '../../units.ts';
import { amend, announce, countReport, type Draft, isKnown, notice, recordOf } from '../draft.ts';
import { shardedGet, shardedSet } from '../sharded-map.ts';
import { type CallName, callKey, callSignalId, isUniqueCallId } from '../signals.ts';
import { ackOf } from '../acks/covers.ts';
import { arrive } from '../acting/waiting.ts';

/** A row is stamped within this time after the end of the calls that it names (a loop names those of some minutes), ms. */
const ROW_DELAY_MS = 600_000;

/** Announces a new signal and sends it through the checks; a known id keeps its fate. */
export function raise(draft: Draft, signal: Signal): void {
  if (isKnown(draft.state, signal.signalId)) return;
  announce(draft, signal);
  arrive(draft, signal);
}

type NamedCall = CallName & {
  readonly endNs?: Ns | null;
  readonly agent?: string;
  readonly conversationId?: string | null;
};

/** Returns the id of the signal that a call already has, or would get. */
export function signalIdOfCall(draft: Draft, call: NamedCall): string {
  const known = shardedGet(draft.state.detect.aliases, callKey(call)) ?? null;
  return known ?? signalByIdAlone(draft, call) ?? callSignalId(call);
}

// Raised by 0.1.0, or for a row that came before its call was read: all that was known is the call's id.
function signalByIdAlone({ state }: Draft, call: NamedCall): string | null {
  const { callId, startNs, endNs = null, agent = 'unknown', conversationId = null } = call;
  if (isUniqueCallId(callId) || startNs === null) return null;
  const signalId = shardedGet(state.detect.aliases, idAlone(callId)) ?? callSignalId({ callId, startNs: null });
  const signal = recordOf(state, signalId)?.signal;
  if (signal !== undefined && isAnothers({ agent, conversationId }, signal)) return null;
  const at = signal?.at ?? shardedGet(state.remembered, signalId);
  if (at === undefined || at < nsToMs(startNs)) return null;
  return endNs === null || at <= nsToMs(endNs) + ROW_DELAY_MS ? signalId : null;
}

/**
 * Makes a call one cause with a signal, unless it has a signal of its own; `isAnothersId`: what is known under its id alone
 * is another agent's.
 */
export function tieCall(draft: Draft, call: NamedCall, signalId: string, isAnothersId = false): void {
  const own = signalIdOfCall(draft, call);
  if (own !== signalId && isKnown(draft.state, own) && !isAnothersId) return;
  if (own !== signalId && !isAnothersId) setAlias(draft, callKey(call), signalId);
  if (isUniqueCallId(call.callId)) return;
  // For rows that name the id, the latest call of that id; for calls, the latest row that named it without knowing more.
  setAlias(draft, call.startNs === null ? idAlone(call.callId) : call.callId, signalId);
}

function setAlias(draft: Draft, key: string, signalId: string): void {
  const { detect } = draft.state;
  if (shardedGet(detect.aliases, key) === signalId) return;
  draft.state = { ...draft.state, detect: { ...detect, aliases: shardedSet(detect.aliases, key, signalId) } };
}

/** The key under which a short id is known where its start is not. */
export function idAlone(callId: string): string {
  return `?${callId}`;
}

/** Ties a row that came later to its signal; `isReported`: with an update notice. `repeatedAt`: it counts as a further report. */
export function belongsTo(
  draft: Draft,
  signalId: string,
  row: { readonly interruptionId: string | null; readonly resolved: boolean },
  isReported: boolean,
  repeatedAt: Ms | null = null,
): void {
  const known = recordOf(draft.state, signalId);
  if (!known) return;
  if (known.signal.interruptionId === null && row.interruptionId !== null) {
    amend(draft, { ...known.signal, interruptionId: row.interruptionId });
  }
  if (isReported) notifyUpdate(draft, signalId, row, repeatedAt);
  else if (repeatedAt !== null) countReport(draft, signalId, repeatedAt);
}

/** Notifies that something that came later belongs to a signal; `repeatedAt`: it counts as a further report. */
export function notifyUpdate(
  draft: Draft,
  signalId: string,
  { interruptionId, resolved }: { readonly interruptionId: string | null; readonly resolved: boolean },
  repeatedAt: Ms | null,
): void {
  if (repeatedAt !== null) countReport(draft, signalId, repeatedAt);
  const known = recordOf(draft.state, signalId);
  if (known === undefined) return;
  notice(draft, {
    type: 'update',
    signalId,
    signal: known.signal.type,
    interruptionId,
    resolved,
    ...known.reports,
    acked: ackOf(draft.state.acks, known),
  });
}
