import type { Ms } from '../../src/core/units.ts';
import type { Clock } from '../../src/effects/clock.ts';

/** Time that passes only when it is told to; what is due then happens in order. */
export type FakeClock = Clock & {
  /** Sets the wall clock, by so many ms; the monotonic one goes on. */
  readonly shift: (ms: number) => void;
  readonly pass: (ms: number) => Promise<void>;
  /** How many timers are set. */
  readonly pending: () => number;
};

export function fakeClock(at: Ms = Date.UTC(2026, 10, 23, 14, 3, 12)): FakeClock {
  let now = at;
  let shifted = 0;
  const timers = new Set<{ readonly at: Ms; readonly callback: () => void }>();
  const next = (end: Ms): { readonly at: Ms; readonly callback: () => void } | undefined =>
    [...timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0];
  return {
    now: () => now + shifted,
    mono: () => now - at,
    shift: (ms) => {
      shifted += ms;
    },
    after: (delayMs, callback) => {
      const timer = { at: now + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass: async (ms) => {
      const end = now + ms;
      for (let due = next(end); due; due = next(end)) {
        timers.delete(due);
        now = Math.max(now, due.at);
        due.callback();
        await settled();
      }
      now = end;
      await settled();
    },
    pending: () => timers.size,
  };
}

/** Lets everything that was promised happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
