/** Old calls of a source that is written in the order of their starts, as sums: a batch at a time. */
import type { Call } from '../calls.ts';
import { type Ms, nsToMs, restOfNs } from '../units.ts';
import { hasFailed, type PastCalls, type PastRow } from './past.ts';
import { countRow, noPast, sumsOf, toPast } from './sums.ts';

type Moment = { readonly ms: Ms; readonly rest: number };

/** The calls of one conversation, agent and process: what derived storms are followed in. */
type Streak = {
  readonly conversationId: string | null;
  readonly agent: string;
  readonly pid: number | null;
  readonly rows: PastRow[];
  /** The ends of the calls among them that are reported singly. */
  readonly others: Moment[];
  isSorted: boolean;
  lastStart: Ms;
};

/**
 * Ends of failed calls that were told before, ms: all calls that end up to the one or from the other on are reported singly,
 * because a success among them may stand between two failures.
 */
export type ToldFailures = { readonly upTo: Ms; readonly from: Ms };

export const NO_FAILURES: ToldFailures = { upTo: -Infinity, from: Infinity };

/** Adds a call that was told singly; `isNewer`: it belongs to a part that follows all that is summed, and was read before. */
export function withTold(told: ToldFailures, call: Call, isNewer: boolean): ToldFailures {
  if (!hasFailed(call)) return told;
  const endedAt = nsToMs(call.endNs ?? call.startNs);
  return isNewer
    ? { upTo: told.upTo, from: Math.min(told.from, endedAt) }
    : { upTo: Math.max(told.upTo, endedAt), from: told.from };
}

/** A call among those that are summed, which is reported singly. */
export type OtherCall = Pick<Call, 'conversationId' | 'agent' | 'pid' | 'endNs' | 'startNs'>;

/**
 * Sums up calls that follow each other in their source; `others` are those between them that are reported singly. Returns
 * the sums, and the records that must be reported singly too: of each streak the first and the last, those on both
 * sides of another one, those among failures that were told before, and those that a later call of the streak may still end
 * before. `minutesFrom`: number of the minute from which on sums by minute are asked for; left out: all.
 */
export function sumUp(
  rows: readonly PastRow[],
  others: readonly OtherCall[],
  told: ToldFailures = NO_FAILURES,
  minutesFrom?: number,
): { readonly past: PastCalls; readonly alone: readonly number[] } {
  const streaks = streaksOf(rows, others);
  const alone: number[] = [];
  const past = noPast(minutesFrom);
  for (const streak of streaks) {
    if (streak.rows.length === 0) continue;
    if (!streak.isSorted) streak.rows.sort(byEnd);
    const isAlone = toldAlone(streak, told);
    const sums = sumsOf(past, streak);
    let at = 0;
    for (const row of streak.rows) {
      if (isAlone[at] === 1) alone.push(row[0]);
      else countRow(past, sums, row);
      at += 1;
    }
  }
  return { past: toPast(past), alone };
}

function streaksOf(rows: readonly PastRow[], others: readonly OtherCall[]): readonly Streak[] {
  const all: Streak[] = [];
  const byConversation = new Map<string | null, Streak[]>();
  const find = (conversationId: string | null, agent: string, pid: number | null): Streak => {
    let here = byConversation.get(conversationId);
    if (here === undefined) byConversation.set(conversationId, (here = []));
    for (const one of here) if (one.agent === agent && one.pid === pid) return one;
    const made = { conversationId, agent, pid, rows: [], others: [], isSorted: true, lastStart: -Infinity };
    here.push(made);
    all.push(made);
    return made;
  };
  for (const row of rows) {
    const streak = find(row[1], row[2], row[3]);
    const last = streak.rows.at(-1);
    if (last !== undefined && byEnd(row, last) < 0) streak.isSorted = false;
    streak.rows.push(row);
    if (row[6] > streak.lastStart) streak.lastStart = row[6];
  }
  for (const { conversationId, agent, pid, endNs, startNs } of others) {
    const end = endNs ?? startNs;
    find(conversationId, agent, pid).others.push({ ms: nsToMs(end), rest: restOfNs(end) });
  }
  return all;
}

function byEnd(a: PastRow, b: PastRow): number {
  return a[8] - b[8] || a[9] - b[9];
}

/** Marks the rows of a streak, which are in order of end, that are reported singly. */
function toldAlone({ rows, others, lastStart }: Streak, told: ToldFailures): Uint8Array {
  const isAlone = new Uint8Array(rows.length);
  isAlone[0] = 1;
  isAlone[rows.length - 1] = 1;
  // In the order of start, what comes later may end before what ended after the last start.
  const from = Math.min(lastStart, told.from);
  for (let at = rows.length - 1; at >= 0 && (rows[at]?.[8] ?? 0) >= from; at -= 1) isAlone[at] = 1;
  for (let at = 0; at < rows.length && (rows[at]?.[8] ?? 0) <= told.upTo; at += 1) isAlone[at] = 1;
  for (const other of others) {
    const after = indexAt(rows, other);
    if (after > 0) isAlone[after - 1] = 1;
    for (let at = after; at < rows.length; at += 1) {
      isAlone[at] = 1;
      const row = rows[at];
      if (row !== undefined && (row[8] !== other.ms || row[9] !== other.rest)) break;
    }
  }
  return isAlone;
}

/** The first row that does not end before a moment. */
function indexAt(rows: readonly PastRow[], { ms, rest }: Moment): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && (row[8] < ms || (row[8] === ms && row[9] < rest))) low = middle + 1;
    else high = middle;
  }
  return low;
}
