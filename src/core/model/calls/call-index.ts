/** Calls by their id, which need not be unique. */
import type { Call } from '../../events.ts';
import { MAX_SAME_CALL_ID } from '../../limits.ts';
import type { Entry, ModelState } from '../state.ts';

/** The calls of these ids that are known, the latest of each id. */
export function callsNamed(state: ModelState, ids: Iterable<string>): readonly Call[] {
  return [...ids].flatMap((id) => {
    const [one, ...others] = state.byCallId.get(id) ?? [];
    if (one === undefined) return [];
    return [others.reduce((a, b) => (b.call.startNs > a.call.startNs ? b : a), one).call];
  });
}

/** A call with the same identity that `fits`. */
export function twinOf(state: ModelState, call: Call, fits: (entry: Entry) => boolean): Entry | undefined {
  return state.byCallId.get(call.callId)?.find((one) => one.call.startNs === call.startNs && fits(one));
}

/** Files an entry under a call id; of very many with the same id the first are let go. */
export function index(state: ModelState, entry: Entry, callId: string): void {
  const entries = state.byCallId.get(callId);
  if (entries === undefined) state.byCallId.set(callId, [entry]);
  else {
    entries.push(entry);
    if (entries.length > MAX_SAME_CALL_ID) entries.shift();
  }
}

/** Takes an entry out from under a call id. */
export function unindex(state: ModelState, entry: Entry, callId: string): void {
  const entries = state.byCallId.get(callId);
  const place = entries?.indexOf(entry) ?? -1;
  if (entries === undefined || place === -1) return;
  if (entries.length === 1) state.byCallId.delete(callId);
  else entries.splice(place, 1);
}
