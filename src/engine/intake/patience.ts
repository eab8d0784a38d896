import type { GivenUp } from '../../core/source-reasons.ts';
import type { Clock } from '../../effects/clock.ts';
import { areAll, hasArrived, isAtPresent, type Source } from './source.ts';

/** A slow source holds up the others for so long after the first of them has reached its present end, ms. */
const PRESENT_SLACK_MS = 2_000;
/** And for so long where none has, ms. */
const PRESENT_MS = 10_000;
/** `once` waits for more as long as any comes, ms between two pieces … */
const WHOLE_STALL_MS = 60_000;
/** … and for a server, which may announce more without end, so long in all, ms. */
const WHOLE_HTTP_MS = 900_000;
/** Between two checks of that, ms. */
const WHOLE_TICK_MS = 1_000;

/** The engine's waits for its sources. */
export type Patience = {
  /** Starts the wait: the feeds are being opened. */
  readonly begin: () => void;
  /** A source has reported its health. */
  readonly reported: () => void;
  /**
   * Resolves when each source has reached its present end, or is absent or lost; at the latest `PRESENT_SLACK_MS` after
   * the first has reached it, and `PRESENT_MS` after the beginning. A slower one catches up as history.
   */
  readonly present: () => Promise<unknown>;
  /**
   * Resolves when all that was there has been read. A source that brings nothing for `WHOLE_STALL_MS`, and a server
   * that takes longer than `WHOLE_HTTP_MS`, is given up.
   */
  readonly whole: () => Promise<void>;
  /** Ends every wait. */
  readonly end: () => void;
};

/** `onGivenUp` is called with the reason for each source that is given up. */
export function createPatience(
  sources: readonly Source[],
  clock: Clock,
  onGivenUp: (source: Source, why: GivenUp) => void,
): Patience {
  const present = Promise.withResolvers<undefined>();
  const arrived = Promise.withResolvers<undefined>();
  const timers: (() => void)[] = [];
  let isSlackSet = false;
  let isEnded = false;
  const arrive = (): void => {
    present.resolve(undefined);
    arrived.resolve(undefined);
  };
  const startSlack = (ms: number): void => {
    timers.push(clock.after(ms, () => present.resolve(undefined)));
  };
  // Counted in ticks: the wall clock may step.
  const giveUpIfSlow = (source: Source, ticks: number): void => {
    source.quietTicks += 1;
    const isQuiet = source.quietTicks * WHOLE_TICK_MS >= WHOLE_STALL_MS;
    if (!isQuiet && (source.feed.medium !== 'http' || ticks * WHOLE_TICK_MS < WHOLE_HTTP_MS)) return;
    source.isGivenUp = true;
    const why: GivenUp = isQuiet
      ? { code: 'nothing_came', ms: WHOLE_STALL_MS }
      : { code: 'too_slow', ms: WHOLE_HTTP_MS };
    onGivenUp(source, why);
  };
  return {
    begin: () => {
      if (sources.length === 0) arrive();
      startSlack(PRESENT_MS);
    },
    reported: () => {
      if (!isSlackSet && sources.some(({ health }) => health !== null && isAtPresent(health))) {
        isSlackSet = true;
        startSlack(PRESENT_SLACK_MS);
      }
      if (areAll(sources, hasArrived)) arrive();
    },
    present: () => present.promise,
    whole: async () => {
      for (let ticks = 1; !isEnded && !(await isWithin(arrived.promise, WHOLE_TICK_MS, clock)); ticks += 1) {
        for (const source of sources) if (!isDone(source)) giveUpIfSlow(source, ticks);
        if (sources.every(isDone)) return;
      }
    },
    end: () => {
      isEnded = true;
      arrive();
      for (const cancel of timers) cancel();
    },
  };
}

/** Returns true when `work` settles first, false after `ms`. */
export async function isWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = clock.after(ms, () => late.resolve(false));
  const isInTime = await Promise.race([work.then(() => true as const), late.promise]);
  cancel();
  return isInTime;
}

function isDone({ health, isGivenUp }: Source): boolean {
  return isGivenUp || (health !== null && hasArrived(health));
}
