import type { Call } from '../../calls.ts';
import { nsToMs } from '../../units.ts';
import { MAX_ALIASES } from '../../limits.ts';
import { judgeWaiting } from './row.ts';
import { followRow } from './follow.ts';
import { amend, type Draft, recordOf } from '../draft.ts';
import { type TextPattern, textSignal } from './error-text.ts';
import { raise, signalIdOfCall, tieCall } from './raise.ts';
import { shardedMap } from '../sharded-map.ts';
import { callSignal, defaultSeverity } from '../signals.ts';
import { emptyRows } from './storms/storms.ts';
import type { Input } from '../messages.ts';
import type { DetectState } from '../types.ts';

/** What a text can say; a row that says it already is not renamed. */
const TEXT_SIGNALS: ReadonlySet<string> = new Set(['agent_crash', 'context_overflow']);

export function emptyDetect(): DetectState {
  return { rows: emptyRows(), aliases: shardedMap(MAX_ALIASES), episodes: [], pending: new Map() };
}

/** A call was seen or has changed: its own text (S1, S2), the rows that wait for it, then its row of failures. */
export function detectCall(draft: Draft, input: Input & { type: 'call' }): void {
  const { call, previous, news } = input;
  if (previous && previous.callId !== call.callId) {
    tieCall(draft, call, signalIdOfCall(draft, previous));
  }
  if (news !== 'none') detectText(draft, call, news === 'historical');
  if (draft.state.detect.pending.size > 0) judgeWaiting(draft, call);
  followRow(draft, input);
}

function detectText(draft: Draft, call: Call, historical: boolean): void {
  const found = textSignal(call.error, call.statusCode);
  if (!found) return;
  const signalId = signalIdOfCall(draft, call);
  if (recordOf(draft.state, signalId)) return rename(draft, signalId, found);
  tieCall(draft, call, signalId);
  raise(
    draft,
    callSignal(draft.state.settings, call, {
      signalId,
      signal: found.signal,
      origin: 'call',
      at: nsToMs(call.endNs ?? call.startNs),
      historical,
      cause: `the call's error: ${found.name}`,
    }),
  );
}

// History may be read in any order: a row that was judged before its call was read gets the type that the text gives.
function rename(draft: Draft, signalId: string, { signal, name }: TextPattern): void {
  const known = recordOf(draft.state, signalId)?.signal;
  if (!known?.historical || known.origin !== 'interruption' || TEXT_SIGNALS.has(known.signal)) return;
  const cause = `${known.signal} of a call whose error says "${name}"`;
  amend(draft, { ...known, signal, severity: defaultSeverity(signal), downgraded: null, cause });
}
