import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Growth from which memory is given back first, bytes: loading the program alone leaves 8 MB to give. */
const TRIM_GROWTH_BYTES = 16 * 1024 * 1024;
/** Growth since the last time below which memory counts as in use, bytes. */
const TRIM_STEP_BYTES = 20 * 1024 * 1024;

let trimAbove = Infinity;

/** Flags of V8 that are set here, with V8's own values. */
const DEFAULTS = { 'semi-space-growth-factor': 2, 'heap-growing-percent': 0 } as const;

type Flag = keyof typeof DEFAULTS;

const set = new Map<Flag, number>();

function setFlag(flag: Flag, value: number): void {
  set.set(flag, value);
  setFlagsFromString(`--${flag}=${value}`);
}

/**
 * Calls `work` under the flags that the process began with, and returns its result: V8 takes compiled code only under the
 * flags that it was kept under.
 */
export function withDefaultFlags<T>(work: () => T): T {
  const changed = [...set];
  for (const [flag] of changed) setFlagsFromString(`--${flag}=${DEFAULTS[flag]}`);
  try {
    return work();
  } finally {
    for (const [flag, value] of changed) setFlag(flag, value);
  }
}

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/**
 * Keeps V8's young generation small from here on; call it before anything of size is loaded. Most of what a feed brings dies at
 * once, and a young generation that has grown with the modules or with a long history never shrinks. (On
 * Node's own command line the flag has no effect, measured with Node 24.) `trimMemory` gives memory back that has grown by
 * `growth` bytes since the first call; where nobody waits for a screen, that of loading is worth its 0.03 s.
 */
export function keepHeapSmall(growth = TRIM_GROWTH_BYTES): void {
  setFlag('semi-space-growth-factor', 1);
  if (trimAbove === Infinity) trimAbove = process.memoryUsage.rss() + growth;
}

/**
 * Gives pages back that V8 keeps for later, where they are many: a history of 100 000 calls leaves twice behind of what is in
 * use. Blocks for 0.05 to 0.3 s, so call it where nothing waits. Does nothing where V8 does not offer it. From the first call
 * on the heap may grow by a third before it is collected, not fourfold: a long history would be read at three quarters of the
 * speed, but it is over by then, and what is live comes slowly.
 */
export function trimMemory(): void {
  setFlag('heap-growing-percent', 30);
  if (process.memoryUsage.rss() < trimAbove) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as Collect | null;
  setFlagsFromString('--no-expose-gc');
  collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  trimAbove = process.memoryUsage.rss() + TRIM_STEP_BYTES;
}
