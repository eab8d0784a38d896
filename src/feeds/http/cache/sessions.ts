import type { Ns } from '../../../core/units.ts';
import { MAX_KNOWN_SESSIONS } from '../../limits.ts';
import type { SessionSummary } from '../answers/summaries.ts';

/** The part of the past that a poll reads. Sums are those of the window, so only equal windows can be compared. */
export type Window = { readonly kind: 'all' | 'recent'; readonly startNs: Ns };

type Known = { lastSeenNs: Ns; all: string; recent: string };

/** The server's sessions, to find those that have changed. */
export class SessionCache {
  readonly #known = new Map<string, Known>();
  readonly #failures = new Map<string, number>();
  #latestNs: Ns = 0n;
  // Sessions seen last up to here may have been forgotten: they are not taken for new ones.
  #forgottenUpTo: Ns = -1n;

  /** The latest start of a call. */
  get latestNs(): Ns {
    return this.#latestNs;
  }

  /** Returns true if the session has changed since `listed` was called with its last state in this window. */
  hasMoved(summary: SessionSummary, window: Window): boolean {
    const known = this.#known.get(summary.id);
    if (known === undefined) return summary.lastSeenNs > this.#forgottenUpTo;
    return known[window.kind] !== fingerprintIn(summary, window);
  }

  /** Its conversations were listed, as they were in this state or a later one. */
  listed(summary: SessionSummary, window: Window): void {
    const { id, lastSeenNs } = summary;
    const known = this.#known.get(id) ?? { lastSeenNs, all: '', recent: '' };
    known.lastSeenNs = lastSeenNs;
    known[window.kind] = fingerprintIn(summary, window);
    this.#known.set(id, known);
    this.#failures.delete(id);
    if (lastSeenNs > this.#latestNs) this.#latestNs = lastSeenNs;
    if (this.#known.size > MAX_KNOWN_SESSIONS) this.#forget();
  }

  /** Its conversations could not be listed; true when it is given up until it moves, or all sessions are polled. */
  failed(summary: SessionSummary, window: Window): boolean {
    const failures = (this.#failures.get(summary.id) ?? 0) + 1;
    if (this.#failures.size > MAX_KNOWN_SESSIONS) this.#failures.clear();
    this.#failures.set(summary.id, failures);
    if (failures < MAX_FAILURES) return false;
    if (window.kind === 'recent') this.listed(summary, window);
    return failures === MAX_FAILURES;
  }

  #forget(): void {
    const oldestFirst = [...this.#known].toSorted(([, a], [, b]) => (a.lastSeenNs < b.lastSeenNs ? -1 : 1));
    for (const [id, { lastSeenNs }] of oldestFirst.slice(0, MAX_KNOWN_SESSIONS / 10)) {
      this.#forgottenUpTo = lastSeenNs;
      this.#known.delete(id);
    }
  }
}

/** Failures in a row after which a session's list is asked for less often. */
const MAX_FAILURES = 3;

function fingerprintIn(summary: SessionSummary, { startNs }: Window): string {
  return `${startNs} ${summary.fingerprint}`;
}
