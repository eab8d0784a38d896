import type { Ns } from '../../../core/units.ts';
import { MAX_KNOWN_INTERRUPTIONS } from '../../../core/limits.ts';
import type { InterruptionRecord } from '../answers/interruption-record.ts';

type Known = { readonly occurredNs: Ns; readonly isResolved: boolean; readonly print: string };

/** The server's interruptions, to tell which are news and from when on to ask for them. */
export class InterruptionBook {
  readonly #known = new Map<string, Known>();
  #highest = 0;
  #latestNs: Ns = 0n;
  // Interruptions that occurred up to here may have been forgotten: they are not taken for new ones.
  #forgottenUpTo: Ns = -1n;

  get highest(): number {
    return this.#highest;
  }

  get latestNs(): Ns {
    return this.#latestNs;
  }

  /** Takes one in; true when it is new or has changed. */
  take({ id, interruption, print }: InterruptionRecord): 'new' | 'changed' | 'known' {
    const { interruptionId, occurredNs, resolved } = interruption;
    const key = `${id} ${interruptionId}`;
    const before = this.#known.get(key);
    if (before?.print === print || (before === undefined && occurredNs <= this.#forgottenUpTo)) return 'known';
    this.#known.set(key, { occurredNs, isResolved: resolved, print });
    if (id > this.#highest) this.#highest = id;
    if (occurredNs > this.#latestNs) this.#latestNs = occurredNs;
    if (this.#known.size > MAX_KNOWN_INTERRUPTIONS) this.#forget();
    return before === undefined ? 'new' : 'changed';
  }

  /** When the oldest one occurred that may still be resolved; null when there is none. */
  oldestOpenNs(): Ns | null {
    let oldest: Ns | null = null;
    for (const { occurredNs, isResolved } of this.#known.values()) {
      if (!isResolved && (oldest === null || occurredNs < oldest)) oldest = occurredNs;
    }
    return oldest;
  }

  #forget(): void {
    const oldestFirst = [...this.#known].toSorted(([, a], [, b]) => (a.occurredNs < b.occurredNs ? -1 : 1));
    for (const [key, { occurredNs }] of oldestFirst.slice(0, MAX_KNOWN_INTERRUPTIONS / 10)) {
      this.#forgottenUpTo = occurredNs;
      this.#known.delete(key);
    }
  }
}
