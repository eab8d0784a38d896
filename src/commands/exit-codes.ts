/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  /** Something is wrong (`once`, `doctor`), or an action was refused or failed. */
  wrong: 1,
  /** Usage or configuration error, a missing `--yes`, or a machine that cannot run us (no terminal, too few descriptors). */
  usage: 2,
  /** No source, or no engine where one is needed. */
  noSource: 3,
  /** A mistake of ours (EX_SOFTWARE), so that it is not confused with the 1 of `once`. */
  internal: 70,
} as const;

/** Exit code of an end by a signal: 128 + its number. */
export const EXIT_BY_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type StopSignal = keyof typeof EXIT_BY_SIGNAL;
