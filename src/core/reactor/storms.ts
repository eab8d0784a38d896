import type { Call, Ns } from '../events.ts';
import { MAX_FAILURE_ROWS, MAX_ROW_OUTCOMES, STORM_FAILURES } from '../limits.ts';
import { errorClass } from './error-class.ts';
import { type ShardedMap, shardedGet, shardedMap, shardedSet } from './sharded-map.ts';
import type { FailureRow, RowOutcome } from './types.ts';

/** Calls that are no part of the conversation's own course. */
const AUXILIARY_KINDS: readonly string[] = ['recap', 'web_search'];
/** agentsight 0.5's word for "no conversation": it groups unrelated calls. */
const NO_CONVERSATION = 'no_user_query';

/** A run of failures long enough: its class, and the end time of its fifth failure. */
export type Storm = { readonly errorClass: string; readonly fifthNs: Ns };

export function emptyRows(): ShardedMap<FailureRow> {
  return shardedMap(MAX_FAILURE_ROWS);
}

/** True for calls with a conversation of their own, the only ones that derive storms. */
export function hasConversation<T extends { readonly conversationId: string | null }>(
  call: T,
): call is T & { readonly conversationId: string } {
  return call.conversationId !== null && call.conversationId !== '' && call.conversationId !== NO_CONVERSATION;
}

/** The row that a call counts in: (conversation, agent, pid). */
export function rowKey(call: Pick<Call, 'conversationId' | 'agent' | 'pid'>): string {
  return `${call.conversationId ?? ''}\u0000${call.agent}\u0000${call.pid ?? ''}`;
}

/** How a call counts; null when it neither counts nor breaks a row (pending, auxiliary, no answer, no conversation). */
export function outcomeOf(call: Call): RowOutcome | null {
  if (call.status === 'pending' || AUXILIARY_KINDS.includes(call.kind) || !hasConversation(call)) return null;
  const base = { key: `${call.callId}@${call.startNs}`, endNs: call.endNs ?? call.startNs, errorClass: '' };
  if (call.status === 'interrupted') return { ...base, kind: 'interrupted' };
  const failed = (call.statusCode ?? 0) >= 400 || (call.error !== null && call.error !== '');
  if (failed) return { ...base, kind: 'failed', errorClass: errorClass(call.error, call.statusCode) };
  return call.statusCode === 0 ? null : { ...base, kind: 'ok' };
}

/** Puts an outcome in its place by end time, in the stead of an earlier account of the same call. Same map when nothing changed. */
export function putOutcome(rows: ShardedMap<FailureRow>, key: string, outcome: RowOutcome): ShardedMap<FailureRow> {
  const row = shardedGet(rows, key) ?? [];
  const known = row.find((entry) => entry.key === outcome.key);
  if (known && sameOutcome(known, outcome)) return rows;
  const others = known ? row.filter((entry) => entry !== known) : row;
  const place = others.findLastIndex((entry) => isBefore(entry, outcome)) + 1;
  const next = others.toSpliced(place, 0, outcome);
  return shardedSet(rows, key, next.length > MAX_ROW_OUTCOMES ? next.slice(1) : next);
}

/** Takes a call out of a row that it no longer belongs to (its conversation, agent or id was rewritten). */
export function dropOutcome(rows: ShardedMap<FailureRow>, key: string, outcomeKey: string): ShardedMap<FailureRow> {
  const row = shardedGet(rows, key);
  if (!row?.some((entry) => entry.key === outcomeKey)) return rows;
  return shardedSet(
    rows,
    key,
    row.filter((entry) => entry.key !== outcomeKey),
  );
}

/** All storms of a row: runs of at least five failures of one class, nothing else between. */
export function stormsOf(row: FailureRow): readonly Storm[] {
  const storms: Storm[] = [];
  let length = 0;
  let previous = '';
  for (const { kind, errorClass: current, endNs } of row) {
    length = kind !== 'failed' ? 0 : current === previous ? length + 1 : 1;
    previous = current;
    if (length === STORM_FAILURES) storms.push({ errorClass: current, fifthNs: endNs });
  }
  return storms;
}

/** Did a call of the row succeed after `from` and not after `to`? */
export function successBetween(row: FailureRow, from: Ns, to: Ns): boolean {
  return row.some(({ kind, endNs }) => kind === 'ok' && endNs > from && endNs <= to);
}

function isBefore(a: RowOutcome, b: RowOutcome): boolean {
  return a.endNs < b.endNs || (a.endNs === b.endNs && a.key < b.key);
}

function sameOutcome(a: RowOutcome, b: RowOutcome): boolean {
  return a.endNs === b.endNs && a.kind === b.kind && a.errorClass === b.errorClass;
}
