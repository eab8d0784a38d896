import type { Mono } from '../core/units.ts';

/** Monotonic time of this process, ms: how long a feed waits must not change when the wall clock is set. */
export const monotonic = (): Mono => performance.now();
