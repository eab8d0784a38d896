import type { Call, Signal } from '../events.ts';
import { MAX_ALIASES } from '../limits.ts';
import { amend, announce, type Draft, notice, recordOf } from './draft.ts';
import { emptyRows, dropOutcome, hasConversation, outcomeOf, putOutcome, rowKey, stormsOf } from './storms.ts';
import { endStorms, episodeOfStorm, openEpisode, patchEpisode } from './episodes.ts';
import { textSignal } from './patterns.ts';
import { shardedGet, shardedMap } from './sharded-map.ts';
import { callSignal, callSignalId, nsToMs, stormSignalId } from './signals.ts';
import type { DetectState, FailureRow, Input } from './types.ts';
import { arrive } from './waiting.ts';

export function emptyDetect(): DetectState {
  return { rows: emptyRows(), aliases: shardedMap(MAX_ALIASES), episodes: [], pending: new Map() };
}

/** A call was seen or has changed: its own text (S1, S2), then what its row of failures says. */
export function detectCall(draft: Draft, input: Input & { type: 'call' }): void {
  if (input.news !== 'none') detectText(draft, input.call, input.news === 'historical');
  followRow(draft, input);
}

/** The id of the signal that a call already has, or would get. */
export function signalIdOfCall(draft: Draft, callId: string): string {
  return shardedGet(draft.state.detect.aliases, callId) ?? callSignalId(callId);
}

/** Says a new signal and sends it through the checks; a known id keeps its fate. */
export function raise(draft: Draft, signal: Signal): void {
  if (recordOf(draft.state, signal.signalId)) return;
  announce(draft, signal);
  arrive(draft, signal);
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

function detectText(draft: Draft, call: Call, historical: boolean): void {
  const found = textSignal(call.error);
  if (!found) return;
  raise(
    draft,
    callSignal(draft.state.settings, call, {
      signalId: signalIdOfCall(draft, call.callId),
      signal: found.signal,
      origin: 'call',
      at: nsToMs(call.endNs ?? call.startNs),
      historical,
      cause: `the call's error says "${found.name}"`,
    }),
  );
}

function followRow(draft: Draft, { call, previous, news }: Input & { type: 'call' }): void {
  leaveOldRow(draft, call, previous);
  const outcome = outcomeOf(call);
  if (!outcome || !hasConversation(call)) return;
  const { detect } = draft.state;
  const key = rowKey(call);
  const rows = putOutcome(detect.rows, key, outcome);
  if (rows === detect.rows) return;
  draft.state = { ...draft.state, detect: { ...detect, rows } };
  if (outcome.kind === 'failed') return deriveStorms(draft, call, shardedGet(rows, key) ?? [], news === 'live');
  if (outcome.kind !== 'ok' || detect.episodes.length === 0) return;
  const episodes = endStorms(detect.episodes, { ...call, endNs: outcome.endNs });
  if (episodes !== detect.episodes) draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
}

function leaveOldRow(draft: Draft, call: Call, previous: Call | null): void {
  const before = previous && outcomeOf(previous);
  if (!previous || !before) return;
  const now = outcomeOf(call);
  if (now && rowKey(previous) === rowKey(call) && now.key === before.key) return;
  const rows = dropOutcome(draft.state.detect.rows, rowKey(previous), before.key);
  draft.state = { ...draft.state, detect: { ...draft.state.detect, rows } };
}

function deriveStorms(
  draft: Draft,
  call: Call & { readonly conversationId: string },
  row: FailureRow,
  live: boolean,
): void {
  for (const { errorClass, fifthNs } of stormsOf(row)) {
    const { detect, settings } = draft.state;
    const known = episodeOfStorm(detect.episodes, row, call.conversationId, fifthNs);
    if (known) {
      if (fifthNs >= known.startNs) continue;
      const episodes = patchEpisode(detect.episodes, known.signalId, { startNs: fifthNs });
      draft.state = { ...draft.state, detect: { ...detect, episodes } };
      continue;
    }
    const signalId = stormSignalId('retry_storm', call.conversationId, fifthNs);
    const success = row.find(({ kind, endNs }) => kind === 'ok' && endNs > fifthNs);
    const episode = {
      type: 'retry_storm',
      conversationId: call.conversationId,
      agent: call.agent,
      pid: call.pid,
      startNs: fifthNs,
      endNs: success?.endNs ?? null,
      signalId,
      interruptionId: null,
    };
    draft.state = { ...draft.state, detect: { ...detect, episodes: openEpisode(detect.episodes, episode) } };
    const facts = {
      signalId,
      signal: 'retry_storm',
      origin: 'derived' as const,
      at: nsToMs(fifthNs),
      historical: !live,
    };
    raise(draft, callSignal(settings, call, { ...facts, cause: `5 failed calls in a row (${errorClass})` }));
  }
}
