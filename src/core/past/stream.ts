/** Old calls of a source that is written in the order of their ends, as sums: one by one, so that none is kept for long. */
import type { Call } from '../calls.ts';
import { type Ms, nsToMs, restOfNs } from '../units.ts';
import { hasFailed, type PastCalls, type PastRow } from './past.ts';
import { countRow, noPast, type Sums, sumsOf, toPast } from './sums.ts';

/** Sums up calls; `T` is how one is told that is reported singly. */
export type PastStream<T> = {
  /** Takes in a call that may be summed. */
  readonly add: (row: PastRow, told: T) => void;
  /** Takes in a call that is reported singly. */
  readonly addOther: (call: Call, told: T) => void;
  /**
   * Returns the sums, and what must be reported singly before them, in the order in which it came: the others, and of each
   * streak the first and the last call, those on both sides of another one, and those among failures of an earlier flush.
   */
  readonly flush: () => { readonly past: PastCalls; readonly singly: readonly T[] };
};

type Told<T> = { readonly place: number; readonly told: T };
type Held<T> = Told<T> & { readonly row: PastRow; isAlone: boolean };

/** The calls of one conversation, agent and process. */
type Streak<T> = Sums & {
  /** Its latest calls in the order of their ends, which others may still come between. */
  readonly held: Held<T>[];
  /** The end of its last failed call, ms. */
  failedUpTo: Ms;
  /** The last of all was another one. */
  isAfterOther: boolean;
};

/** Calls of one streak that wait for others: so many may be written before one that ended earlier. */
const HELD = 4;

/** `summed` is called for each call that is part of the sums from then on: nothing of it will be told singly. */
export function pastStream<T>(summed: (told: T) => void = () => undefined): PastStream<T> {
  let past = noPast();
  let streaks = new Map<string | null, Streak<T>[]>();
  let singly: Told<T>[] = [];
  let place = 0;
  let failedUpTo = -Infinity;

  function streakOf(conversationId: string | null, agent: string, pid: number | null): Streak<T> {
    let here = streaks.get(conversationId);
    if (here === undefined) streaks.set(conversationId, (here = []));
    for (const one of here) if (one.agent === agent && one.pid === pid) return one;
    // The first is told singly, as what follows another one.
    const sums = sumsOf(past, { conversationId, agent, pid });
    const made: Streak<T> = { ...sums, held: [], failedUpTo, isAfterOther: true };
    here.push(made);
    return made;
  }

  function release(streak: Streak<T>): void {
    const oldest = streak.held.shift();
    if (oldest === undefined) return;
    if (oldest.isAlone) return void singly.push(oldest);
    countRow(past, streak, oldest.row);
    summed(oldest.told);
  }

  return {
    add: (row, told) => {
      const streak = streakOf(row[1], row[2], row[3]);
      const { held } = streak;
      let at = held.length;
      while (at > 0 && endsBefore(row, held[at - 1]?.row)) at -= 1;
      const isLast = at === held.length;
      const isAlone = row[8] <= streak.failedUpTo || (isLast && streak.isAfterOther);
      const one = { place, told, row, isAlone };
      if (isLast) held.push(one);
      else held.splice(at, 0, one);
      place += 1;
      if (isLast) streak.isAfterOther = false;
      if (held.length > HELD) release(streak);
    },
    addOther: (call, told) => {
      const streak = streakOf(call.conversationId, call.agent, call.pid);
      const { held } = streak;
      const end = call.endNs ?? call.startNs;
      const [ms, rest] = [nsToMs(end), restOfNs(end)];
      const at = held.findLastIndex(({ row }) => row[8] < ms || (row[8] === ms && row[9] < rest)) + 1;
      const [before, after] = [held[at - 1], held[at]];
      if (before !== undefined) before.isAlone = true;
      if (after === undefined) streak.isAfterOther = true;
      else for (const one of held.slice(at)) if (!endsBefore(after.row, one.row)) one.isAlone = true;
      if (hasFailed(call) && ms > streak.failedUpTo) streak.failedUpTo = ms;
      singly.push({ place, told });
      place += 1;
    },
    flush: () => {
      for (const streak of [...streaks.values()].flat()) {
        const last = streak.held.at(-1);
        if (last !== undefined) last.isAlone = true;
        while (streak.held.length > 0) release(streak);
        failedUpTo = Math.max(failedUpTo, streak.failedUpTo);
      }
      const flushed = { past: toPast(past), singly: singly.sort((a, b) => a.place - b.place).map(({ told }) => told) };
      past = noPast();
      streaks = new Map();
      singly = [];
      place = 0;
      return flushed;
    },
  };
}

function endsBefore(a: PastRow, b: PastRow | undefined): boolean {
  return b !== undefined && (a[8] < b[8] || (a[8] === b[8] && a[9] < b[9]));
}
