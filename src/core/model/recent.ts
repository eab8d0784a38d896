import type { Ms } from '../units.ts';
import { isAhead } from './meters/activity.ts';
import type { Recent } from './types.ts';

const SLOT_MS = 10_000;
const SLOTS = 6;
const MINUTE = SLOT_MS * SLOTS;
/** Copied, not made: every agent and conversation has two, and making them took a fifth of reading a long history. */
const NO_CALLS: readonly number[] = Array.from({ length: SLOTS }, () => 0);

/** A meter of the last minute that is counted up in place, in slots of 10 s. */
export type MutableRecent = { slot: number; calls: number[]; failed: number[] };

/** Counts a call that finished and was received at `at`. */
export function countRecent(recent: MutableRecent | null, at: Ms, failed: boolean): MutableRecent {
  const meter = recent ?? { slot: 0, calls: zeros(SLOTS), failed: zeros(SLOTS) };
  const slot = Math.floor(at / SLOT_MS);
  if (slot !== meter.slot) {
    // Where the clock was set back, what was counted by it before is no evidence of this minute.
    const by = slot > meter.slot ? slot - meter.slot : SLOTS;
    meter.calls = shifted(meter.calls, by);
    meter.failed = shifted(meter.failed, by);
    meter.slot = slot;
  }
  meter.calls[0] = (meter.calls[0] ?? 0) + 1;
  meter.failed[0] = (meter.failed[0] ?? 0) + (failed ? 1 : 0);
  return meter;
}

/**
 * Counts a call that had finished at `at` before it was read, at `now`: the minute before the start is known from the
 * history, and without it the first minute would show too little.
 */
export function countPast(recent: MutableRecent | null, at: Ms, now: Ms, failed: boolean): MutableRecent | null {
  const slot = Math.floor(at / SLOT_MS);
  const present = Math.floor(now / SLOT_MS);
  if (slot > present || slot <= present - SLOTS) return recent;
  const meter = recent ?? { slot: present, calls: zeros(SLOTS), failed: zeros(SLOTS) };
  if (slot > meter.slot) return countRecent(meter, at, failed);
  const index = meter.slot - slot;
  if (index >= SLOTS) return meter;
  meter.calls[index] = (meter.calls[index] ?? 0) + 1;
  meter.failed[index] = (meter.failed[index] ?? 0) + (failed ? 1 : 0);
  return meter;
}

/** An immutable copy for a view; null where no call of any minute since the start, or the one before, is known. */
export function recentOf(recent: MutableRecent | null): Recent | null {
  return recent === null
    ? null
    : { newestAt: recent.slot * SLOT_MS, calls: [...recent.calls], failed: [...recent.failed] };
}

/** Calls that finished within the minute before `now` (to 10 s), by the time at which they were received, or at which they ended before the start. */
export function callsPerMinute(recent: Recent | null, now: Ms): number {
  return recent === null ? 0 : sumSince(recent, recent.calls, now);
}

/** Failed part of the calls of the minute before `now`, 0…1; null when there was none. */
export function errorShare(recent: Recent | null, now: Ms): number | null {
  const calls = callsPerMinute(recent, now);
  return recent === null || calls === 0 ? null : sumSince(recent, recent.failed, now) / calls;
}

function zeros(length: number): number[] {
  return NO_CALLS.slice(0, length);
}

function shifted(counts: readonly number[], by: number): number[] {
  return [...zeros(Math.min(by, SLOTS)), ...counts].slice(0, SLOTS);
}

function sumSince(recent: Recent, counts: readonly number[], now: Ms): number {
  const oldest = now - MINUTE;
  return counts.reduce((sum, n, index) => {
    const at = recent.newestAt - index * SLOT_MS;
    return at > oldest && !isAhead(at, now) ? sum + n : sum;
  }, 0);
}
