import type { Day } from '../core/model/types.ts';
import type { Mono, Ms } from '../core/units.ts';

/** The two clocks of the program, injected, so that tests bring their own. */
export type Clock = {
  /** Unix time, ms: for stamps and ids only, because it may be set at any moment. */
  readonly now: () => Ms;
  /** Monotonic time in whole ms: for everything that lasts. It never goes backwards. */
  readonly mono: () => Mono;
  /** Calls back once after `delayMs` (however long); the returned function takes it back. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
};

/** Returns the day of a time on this host's clock; where the clock is put forward or back it is shorter or longer than 24 hours. */
export function localDay(at: Ms): Day {
  const start = new Date(at).setHours(0, 0, 0, 0);
  const next = new Date(start);
  return { at: start, endsAt: next.setDate(next.getDate() + 1) };
}

/** setTimeout takes no more than this, ms; longer waits are made of several. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's own clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => Math.floor(performance.now()),
  after,
};

function after(delayMs: number, callback: () => void): () => void {
  const part = Math.min(Math.max(0, delayMs), MAX_DELAY_MS);
  let cancel: () => void;
  const timer = setTimeout(() => {
    if (delayMs <= MAX_DELAY_MS) return callback();
    cancel = after(delayMs - part, callback);
  }, part);
  cancel = () => clearTimeout(timer);
  return () => cancel();
}

/** Resolves after so many ms. */
export function sleep(clock: Clock, ms: Ms): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Runs something every so many ms; the returned function ends it. */
export function every(clock: Clock, ms: Ms, run: () => void): () => void {
  let cancel = clock.after(ms, function again() {
    run();
    cancel = clock.after(ms, again);
  });
  return () => cancel();
}
