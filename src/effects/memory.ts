import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Above this resident size there is something to give back, bytes. A quiet engine needs about 110 MB. */
const TRIM_ABOVE_BYTES = 160 * 1024 * 1024;
/** What has grown by less than this since the last time is in use, bytes. */
const TRIM_STEP_BYTES = 48 * 1024 * 1024;

let trimAbove = TRIM_ABOVE_BYTES;

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/**
 * Keeps V8's young generation small from here on. Most of what a feed brings dies at once, and a young generation that has
 * grown with a long history never shrinks: 300 → 225 MB for 100 000 calls, at no measurable cost.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Gives pages back that V8 keeps for later, where they are many: a history of 100 000 calls leaves 300 MB behind of which
 * 40 are in use. Blocks for 0.1 to 0.3 s, so call it where nobody waits. Does nothing where V8 does not offer it.
 */
export function trimMemory(): void {
  if (process.memoryUsage.rss() < trimAbove) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as Collect | null;
  setFlagsFromString('--no-expose-gc');
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  trimAbove = Math.max(TRIM_ABOVE_BYTES, process.memoryUsage.rss() + TRIM_STEP_BYTES);
}
