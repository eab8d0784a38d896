import type { Ms } from '../../core/units.ts';

/** A wait that can be cut short. */
export type Alarm = {
  /** Resolves after `ms` (null: never by itself), when it is rung, or when `signal` aborts. */
  readonly wait: (ms: Ms | null, signal: AbortSignal) => Promise<void>;
  readonly ring: () => void;
};

export function createAlarm(): Alarm {
  let wake: () => void = () => undefined;
  return {
    wait: async (ms, signal) => {
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = ms === null ? undefined : setTimeout(done, ms);
        function done(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        }
        signal.addEventListener('abort', done);
        wake = done;
      });
    },
    ring: () => wake(),
  };
}
