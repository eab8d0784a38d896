/**
 * The calls of one file as sums, and what of it has to be told singly. A thread that has read a file to its end makes them,
 * where nobody asks for single calls; they hold as long as no other file tells of the same calls.
 */
import { MINUTE_MS, type Ms, msToNs, type Ns } from '../../../core/units.ts';
import { SERIES_MINUTES } from '../../../core/model/meters/series.ts';
import { isCacheApart } from '../../../core/model/meters/totals.ts';
import { NO_FAILURES, type OtherCall, sumUp } from '../../../core/past/batch.ts';
import { PAST_ENDS, type PastAgent, type PastCalls, type PastRow, type PastSpent } from '../../../core/past/past.ts';
import { hasUsage } from '../../../core/past/sums.ts';
import type { CallItem, Item } from '../provider.ts';
import { idNumber } from '../values.ts';

/** The sums of one file, packed for its way to another thread. */
export type FileSums = {
  /** `PackedPast` as JSON. */
  readonly past: string;
  /** `SPENT_FIELDS` numbers a call: end, start, input tokens, index in `CACHES`. */
  readonly spent: Float64Array;
  /** Numbers of all that another file may share with this one: items, links, conversations. */
  readonly keys: Float64Array;
};

type PackedPast = Pick<PastCalls, 'calls' | 'groups' | 'ends'> & { readonly minutes: PastAgent['minutes'] };

const SPENT_FIELDS = 4;
const CACHES = ['unreported', 'missed', 'used'] as const satisfies readonly PastSpent['cache'][];

/** The ends of answers that need no look at the single call; a window that was exceeded is a signal. */
const PLAIN_ENDS: ReadonlySet<string | null> = new Set([
  null,
  'end_turn',
  'tool_use',
  'stop_sequence',
  'max_tokens',
  'stop',
]);

/** Sums up the items of a file, the calls that ended before a time; the others are `singly`. */
export function sumsOfItems(
  items: readonly Item[],
  links: Iterable<string>,
  agent: string,
  before: Ms,
): { readonly sums: FileSums; readonly singly: readonly Item[] } {
  const rows: PastRow[] = [];
  const singly: Item[] = [];
  const others: OtherCall[] = [];
  const conversations = new Set<string>();
  for (const [at, item] of items.entries()) {
    if (item.type !== 'call') singly.push(item);
    else {
      conversations.add(item.conversationId);
      const row = item.at < before ? rowOf(item, at, agent) : null;
      if (row !== null) rows.push(row);
      else {
        singly.push(item);
        others.push(otherCall(item, agent));
      }
    }
  }
  // The last call is told singly, so that what is older is none of the hour that is kept.
  const newest = rows.reduce((latest, row) => Math.max(latest, row[8]), -Infinity);
  const { past, alone } = sumUp(rows, others, NO_FAILURES, Math.floor(newest / MINUTE_MS) - SERIES_MINUTES + 1);
  for (const at of alone) {
    const item = items[at];
    if (item !== undefined) singly.push(item);
  }
  const shared = [...Array.from(links, linkNumber), ...Array.from(conversations, conversationNumber)];
  const keys = new Float64Array(items.length + shared.length);
  for (const [at, { key }] of items.entries()) keys[at] = idNumber(key);
  keys.set(shared, items.length);
  return { sums: { ...packed(past), keys }, singly };
}

function linkNumber(link: string): number {
  return idNumber(`link:${link}`);
}

/** The number of a conversation that has calls: apart from those of items and links. */
export function conversationNumber(conversationId: string): number {
  return idNumber(`conversation:${conversationId}`);
}

/** The sums of one file, as they were before they were packed. */
export type UnpackedSums = PackedPast & { readonly spent: readonly PastSpent[] };

/** Unpacks the sums that another thread has made. */
export function unpackSums({ past, spent: packedSpent }: FileSums): UnpackedSums {
  const spent: PastSpent[] = [];
  for (let at = 0; at < packedSpent.length; at += SPENT_FIELDS) spent.push(spentAt(packedSpent, at));
  // Made by our own worker.
  return { ...(JSON.parse(past) as PackedPast), spent };
}

/** One sum of many files. */
export function joinSums(agent: string, all: readonly UnpackedSums[]): PastCalls {
  let calls = 0;
  for (const past of all) calls += past.calls;
  // In their order nothing of what is known has to be computed again.
  const spent = all.flatMap((past) => past.spent).sort((a, b) => a.endMs - b.endMs);
  const minutes = all.flatMap((past) => past.minutes);
  return {
    calls,
    groups: all.flatMap(({ groups }) => groups),
    ends: all.flatMap(({ ends }) => ends),
    agents: [{ agent, spent, minutes }],
  };
}

function spentAt(spent: Float64Array, at: number): PastSpent {
  const [endMs, startMs, inputTokens] = [spent[at] ?? 0, spent[at + 1] ?? 0, spent[at + 2] ?? 0];
  const cache = CACHES[spent[at + 3] ?? 0] ?? 'unreported';
  return { callId: '', endMs, endRest: 0, startMs, startRest: 0, inputTokens, cache };
}

function packed({ calls, groups, ends, agents }: PastCalls): Pick<FileSums, 'past' | 'spent'> {
  const all = agents.flatMap(({ spent }) => spent);
  const spent = new Float64Array(all.length * SPENT_FIELDS);
  let field = 0;
  for (const { endMs, startMs, inputTokens, cache } of all) {
    spent[field] = endMs;
    spent[field + 1] = startMs;
    spent[field + 2] = inputTokens;
    spent[field + 3] = CACHES.indexOf(cache);
    field += SPENT_FIELDS;
  }
  const past: PackedPast = {
    calls,
    groups,
    ends: ends.map(({ conversationId, agent, ends: each }) => ({
      conversationId,
      agent,
      ends: each.slice(-PAST_ENDS),
    })),
    minutes: agents.flatMap(({ minutes }) => minutes),
  };
  return { past: JSON.stringify(past), spent };
}

// Null for a call that has to be told singly.
function rowOf(item: CallItem, record: number, agent: string): PastRow | null {
  const { usage, startedAt, at, provider } = item;
  const isPlain = item.status === 'complete' && item.kind === 'main' && item.failure === null;
  if (!isPlain || !PLAIN_ENDS.has(item.finishReason)) return null;
  const row: PastRow = [
    record,
    item.conversationId,
    agent,
    null,
    item.model,
    isCacheApart(provider, usage),
    Math.min(startedAt ?? at, at),
    0,
    at,
    0,
    usage?.inputTokens ?? null,
    usage?.outputTokens ?? null,
    usage?.cacheReadTokens ?? null,
    usage?.cacheCreationTokens ?? null,
    provider,
    usage?.cacheCreation1hTokens ?? 0,
    item.outputIsLowerBound,
  ];
  return usage === null || hasUsage(row) ? row : null;
}

function otherCall({ conversationId, startedAt, at }: CallItem, agent: string): OtherCall {
  const [startNs, endNs]: readonly [Ns, Ns] = [msToNs(Math.min(startedAt ?? at, at)), msToNs(at)];
  return { conversationId, agent, pid: null, startNs, endNs };
}
