/** Acknowledgements: what an operator has seen. They change what is shown and counted, never what is done. */

import type { Severity } from './interruptions.ts';
import type { Matcher } from './signals.ts';
import type { Mono, Ms } from './units.ts';

/** The signals that are meant, among those that exist: all given fields must match, none means all of them. */
export type AckScope = Matcher & {
  /** These signals only. */
  readonly ids?: readonly string[];
  /** Those last reported at this time or before. */
  readonly before?: Ms;
};

/** Signals acknowledged together. */
export type Ack = {
  readonly id: string;
  readonly by: string;
  readonly at: Ms;
  /** Null: for as long as its signals are known. */
  readonly endsAt: Ms | null;
  readonly endsMono: Mono | null;
  readonly note: string | null;
  /** The ids of its signals, with the severity that each had: a higher one asks again. */
  readonly signals: Readonly<Record<string, Severity>>;
  /** Set where older ones are meant: those too that are read from a history later, or are not kept any more. */
  readonly older: (AckScope & { readonly before: Ms }) | null;
};
