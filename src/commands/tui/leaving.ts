import { EXIT_BY_SIGNAL, type StopSignal } from '../../core/exit-codes.ts';

/** Wishes to end, by key or by signal. */
export type Leaving = {
  /** Why, of the first wish. */
  readonly first: Promise<string>;
  /** Exit code of the second wish: end at once. A terminal that goes away is never the second. */
  readonly second: Promise<number>;
  readonly ask: (reason: string, exitCode: number) => void;
  /** Ctrl-C is another program's while `work` lasts, which has the terminal. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>;
  readonly forget: () => void;
};

/** Listens to SIGTERM, SIGINT and SIGHUP until `forget`; keys ask by `ask`. */
export function listenForLeaving(): Leaving {
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<number>();
  let wishes = 0;
  const ask = (reason: string, exitCode: number): void => {
    // A terminal that goes away says so several times (SIGHUP, the keyboard's end, EIO), and asks for no haste.
    if (wishes > 0 && exitCode === EXIT_BY_SIGNAL.SIGHUP) return;
    wishes += 1;
    if (wishes === 1) first.resolve(reason);
    else second.resolve(exitCode);
  };
  let lent = false;
  const onSignal = (signal: StopSignal): void => {
    if (!lent || signal !== 'SIGINT') ask(signal, EXIT_BY_SIGNAL[signal]);
  };
  const signals = Object.keys(EXIT_BY_SIGNAL) as StopSignal[];
  for (const signal of signals) process.on(signal, onSignal);
  return {
    first: first.promise,
    second: second.promise,
    ask,
    during: async (work) => {
      lent = true;
      try {
        return await work();
      } finally {
        lent = false;
      }
    },
    forget: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
