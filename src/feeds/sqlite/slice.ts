import type { Ms } from '../../core/units.ts';

/** How many rows of the past are read at once: as many as take a moment, and one by one where the file is damaged. */
export class SliceSize {
  #rows = FIRST_SLICE;
  #begun: Ms | null = null;
  #damagedReads = 0;

  get rows(): number {
    return this.#rows;
  }

  /** The slice of the last read is no longer timed. */
  forget(): void {
    this.#begun = null;
  }

  /** A slice was read whose reading began at `begun`, by `performance.now`. */
  read(begun: Ms): void {
    this.#begun = begun;
    this.#damagedReads = 0;
  }

  /** That slice has been taken in, which is part of what it costs. */
  delivered(): void {
    if (this.#begun !== null) this.#rows = nextRows(this.#rows, performance.now() - this.#begun);
    this.#begun = null;
  }

  /**
   * A damaged page has spoiled a slice: smaller ones save what lies around it. True when not even one row could be
   * read again and again.
   */
  spoiled(): boolean {
    this.#damagedReads += 1;
    if (this.#damagedReads < 2) return false;
    const isOneRow = this.#rows === 1;
    this.#rows = 1;
    return isOneRow;
  }
}

/** A slice of the past should take about this long, with what is made of it, so that a screen stays quick beside it. */
const SLICE_MS = 4;
const FIRST_SLICE = 256;
const MAX_SLICE = 1_024;

// Rows differ a thousandfold in size: down at once, up by doubling.
function nextRows(rows: number, took: Ms): number {
  const fitting = Math.floor((rows * SLICE_MS) / Math.max(took, 0.01));
  return Math.max(1, Math.min(fitting, rows * 2, MAX_SLICE));
}
