import type { Signal } from '../../signals.ts';
import { amend, announce, type Draft, isKnown, notice, recordOf } from '../draft.ts';
import { shardedGet, shardedSet } from '../sharded-map.ts';
import { callSignalId } from '../signals.ts';
import { arrive } from '../acting/waiting.ts';

/** Says a new signal and sends it through the checks; a known id keeps its fate. */
export function raise(draft: Draft, signal: Signal): void {
  if (isKnown(draft.state, signal.signalId)) return;
  announce(draft, signal);
  arrive(draft, signal);
}

/** The id of the signal that a call already has, or would get. */
export function signalIdOfCall(draft: Draft, callId: string): string {
  return shardedGet(draft.state.detect.aliases, callId) ?? callSignalId(callId);
}

/** Makes a call one cause with a signal, unless it has a signal of its own. */
export function tieCall(draft: Draft, callId: string, signalId: string): void {
  const own = signalIdOfCall(draft, callId);
  if (own === signalId || isKnown(draft.state, own)) return;
  const aliases = shardedSet(draft.state.detect.aliases, callId, signalId);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, aliases } };
}

/** Ties a row that came later to the signal that it belongs to, and says so. */
export function belongsTo(
  draft: Draft,
  signalId: string,
  row: { readonly interruptionId: string | null; readonly resolved: boolean },
  say: boolean,
): void {
  const known = recordOf(draft.state, signalId);
  if (!known) return;
  if (known.signal.interruptionId === null && row.interruptionId !== null) {
    amend(draft, { ...known.signal, interruptionId: row.interruptionId });
  }
  if (!say) return;
  const { signal } = known.signal;
  notice(draft, { type: 'update', signalId, signal, interruptionId: row.interruptionId, resolved: row.resolved });
}
