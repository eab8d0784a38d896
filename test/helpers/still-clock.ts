import type { Mono, Ms } from '../../src/core/units.ts';
import type { Clock } from '../../src/effects/clock.ts';

type Timer = { readonly at: Ms; readonly callback: () => void };

/** Time passes only when it is told to; what is due then happens in order. */
export class StillClock implements Clock {
  readonly #begunAt: Ms;
  #at: Ms;
  #shift: Ms = 0;
  readonly #timers = new Set<Timer>();

  constructor(at: Ms) {
    this.#begunAt = at;
    this.#at = at;
  }

  readonly now = (): Ms => this.#at + this.#shift;

  readonly mono = (): Mono => this.#at - this.#begunAt;

  readonly after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { at: this.#at + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Sets the wall clock, by so many ms; the monotonic one goes on. */
  shift(ms: Ms): void {
    this.#shift += ms;
  }

  async advance(ms: Ms): Promise<void> {
    const end = this.#at + ms;
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#timers.delete(due);
      this.#at = Math.max(this.#at, due.at);
      due.callback();
      await settle();
    }
    this.#at = end;
  }

  #next(end: Ms): Timer | undefined {
    return [...this.#timers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}

/** Lets everything that was promised happen. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
