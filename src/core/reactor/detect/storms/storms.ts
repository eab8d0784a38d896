import type { Call } from '../../../calls.ts';
import type { Ns } from '../../../units.ts';
import { MAX_FAILURE_ROWS, MAX_ROW_OUTCOMES, STORM_FAILURES } from '../../../limits.ts';
import { errorClass } from '../error-text.ts';
import { type ShardedMap, shardedEntries, shardedMap } from '../../sharded-map.ts';
import type { FailureRow, RowOutcome } from '../../types.ts';

/** Calls that are no part of the conversation's own course. */
const AUXILIARY_KINDS: ReadonlySet<string> = new Set(['recap', 'web_search']);
/** agentsight 0.5's word for "no conversation": it groups unrelated calls. */
const NO_CONVERSATION = 'no_user_query';

/** A run of failures long enough: its class, the end time of its fifth failure, and the five. */
export type Storm = { readonly errorClass: string; readonly fifthNs: Ns; readonly five: readonly RowOutcome[] };

/** How a call counts, before it has its place in a row. */
export type Counted = Omit<RowOutcome, 'live' | 'storm'>;

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
export function outcomeOf(call: Call): Counted | null {
  if (call.status === 'pending' || AUXILIARY_KINDS.has(call.kind) || !hasConversation(call)) return null;
  if (call.status === 'interrupted') return counted(call, 'interrupted', '');
  const failed = (call.statusCode ?? 0) >= 400 || (call.error !== null && call.error !== '');
  if (failed) return counted(call, 'failed', errorClass(call.error, call.statusCode));
  return call.statusCode === 0 ? null : counted(call, 'ok', '');
}

function counted({ callId, startNs, endNs }: Call, kind: Counted['kind'], errorClassOf: string): Counted {
  return { callId, startNs, endNs: endNs ?? startNs, kind, errorClass: errorClassOf };
}

/** What names a call in its row. */
export type CallName = Pick<Call, 'callId' | 'startNs'>;

export function isSameCall(a: CallName, b: CallName): boolean {
  return a.startNs === b.startNs && a.callId === b.callId;
}

/** Puts an outcome in its place by end time, in the stead of `known`, an earlier account of the same call in this row. */
export function putOutcome(row: FailureRow, outcome: RowOutcome, known: RowOutcome | undefined): FailureRow {
  const others = known ? row.filter((entry) => entry !== known) : row;
  const place = others.findLastIndex((entry) => isBefore(entry, outcome)) + 1;
  if (others.length < MAX_ROW_OUTCOMES) return others.toSpliced(place, 0, outcome);
  // The first of a full row makes room, which may be the one that has just come.
  return place === 0 ? others : others.slice(1).toSpliced(place - 1, 0, outcome);
}

export function sameOutcome(a: RowOutcome, b: RowOutcome): boolean {
  return (
    a.endNs === b.endNs &&
    a.kind === b.kind &&
    a.errorClass === b.errorClass &&
    a.live === b.live &&
    a.storm === b.storm
  );
}

/** All storms of a row: runs of at least five failures of one class, nothing else between. */
export function stormsOf(row: FailureRow): readonly Storm[] {
  const storms: Storm[] = [];
  let length = 0;
  let previous = '';
  for (const [index, { kind, errorClass: current, endNs }] of row.entries()) {
    length = kind !== 'failed' ? 0 : current === previous ? length + 1 : 1;
    previous = current;
    if (length !== STORM_FAILURES) continue;
    storms.push({ errorClass: current, fifthNs: endNs, five: row.slice(index + 1 - STORM_FAILURES, index + 1) });
  }
  return storms;
}

/** The storms of a row that begin an episode: the first, and the first after a success. */
export function openingStorms(row: FailureRow): readonly Storm[] {
  const opening: Storm[] = [];
  for (const storm of stormsOf(row)) {
    const last = opening.at(-1);
    if (!last || successBetween(row, last.fifthNs, storm.fifthNs)) opening.push(storm);
  }
  return opening;
}

/** Did a call of the row succeed after `from` and not after `to`? */
export function successBetween(row: FailureRow, from: Ns, to: Ns): boolean {
  return row.some(({ kind, endNs }) => kind === 'ok' && endNs > from && endNs <= to);
}

/** The first success after `from` in a conversation, of its agent and process where these are known; null for none. */
export function nextSuccess(
  rows: ShardedMap<FailureRow>,
  where: { readonly conversationId: string; readonly agent: string | null; readonly pid: number | null },
  from: Ns,
): Ns | null {
  let next: Ns | null = null;
  for (const [key, row] of shardedEntries(rows)) {
    if (!isRowOf(key, where)) continue;
    const success = row.find(({ kind, endNs }) => kind === 'ok' && endNs > from)?.endNs ?? null;
    if (success !== null && (next === null || success < next)) next = success;
  }
  return next;
}

function isRowOf(
  key: string,
  where: { readonly conversationId: string; readonly agent: string | null; readonly pid: number | null },
): boolean {
  if (!key.startsWith(`${where.conversationId}\u0000`)) return false;
  const [, agent = '', pid = ''] = key.split('\u0000');
  return (
    (where.agent === null || where.agent === agent) && (where.pid === null || pid === '' || pid === String(where.pid))
  );
}

function isBefore(a: RowOutcome, b: RowOutcome): boolean {
  return (
    a.endNs < b.endNs ||
    (a.endNs === b.endNs && (a.callId < b.callId || (a.callId === b.callId && a.startNs < b.startNs)))
  );
}
