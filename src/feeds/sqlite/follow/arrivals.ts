import type { Arrival } from '../../../core/feed.ts';
import { MAX_LOOKBACK_ROWS } from '../../limits.ts';
import type { TableCursor } from '../cursor.ts';
import { unlessDamaged } from '../database.ts';
import { rowId, type Reader } from '../reader.ts';
import type { Row } from '../rows/cells.ts';
import type { Table } from '../rows/table.ts';

/** The state of a table at attach. */
export type Beginning = {
  /** The highest row of the past: what an earlier run has read, or all that is there. */
  readonly pastEnd: bigint;
  /** The highest row that is there. */
  readonly end: bigint;
  /** Later rows are young: their state may still change. */
  readonly youngAfter: bigint;
  /** The position of an earlier run, null for none. */
  readonly left: TableCursor | null;
};

/** Judges how the rows of one table have arrived: were they there before, did they come while we were away, or now? */
export class Arrivals {
  readonly #table: Table;
  #onAttach = new Map<bigint, StateOnAttach>();
  #pastEnd = 0n;
  #gapEnd = 0n;
  #ofChanges: Arrival = 'live';

  constructor(table: Table) {
    this.#table = table;
  }

  /** Starts again; if a read fails all is as it was. */
  begin(reader: Reader, { pastEnd, end, youngAfter, left }: Beginning): void {
    this.#onAttach = this.#statesOnAttach(reader, youngAfter, left);
    this.#pastEnd = pastEnd;
    this.#gapEnd = end;
  }

  /** We were away until row `end`: it and what has changed until now is a gap. */
  wereAway(end: bigint): void {
    this.#gapEnd = end;
    this.#ofChanges = 'gap';
  }

  /** Every row that may have changed was checked since then. */
  swept(): void {
    this.#ofChanges = 'live';
  }

  /** Returns the arrival of a row of the past, or of a gap, when it is read. */
  ofPast(row: Row, arrival: Arrival): Arrival {
    const known = this.#onAttach.size === 0 ? undefined : this.#onAttach.get(rowId(row));
    if (known === undefined) return arrival;
    this.#onAttach.delete(rowId(row));
    if (this.#table.state(row) !== known.now) return 'live';
    return known.before !== null && known.before !== known.now ? 'gap' : arrival;
  }

  /** Returns true for a row that may have changed since we attached. */
  mayBeNews(id: bigint): boolean {
    return this.#onAttach.has(id);
  }

  /** Returns true where `mayBeNews` of any row is. */
  get mayHaveNews(): boolean {
    return this.#onAttach.size > 0;
  }

  /** Call once the whole past is read. */
  pastRead(): void {
    this.#onAttach.clear();
  }

  /**
   * Of a row that was read before, in the state `before`, and has changed. Only another status is news; a late stamp or
   * a rewritten session comes as the row itself came.
   */
  ofChange(row: Row, before: string): Arrival {
    const id = rowId(row);
    if (this.#table.state(row) !== before) return this.#ofChanges;
    if (id <= this.#pastEnd) return 'historical';
    return id <= this.#gapEnd ? 'gap' : 'live';
  }

  // The past takes time to read. What changes during that, or has changed since the cursor was kept, is news all the same.
  #statesOnAttach(reader: Reader, youngAfter: bigint, left: TableCursor | null): Map<bigint, StateOnAttach> {
    const before = left?.open ?? new Map<bigint, string>();
    const young = unlessDamaged(() => reader.unfinished(youngAfter, MAX_LOOKBACK_ROWS), []);
    const rows = [...young, ...unlessDamaged(() => reader.byId([...before.keys()]), [])];
    return new Map(
      rows.map((row) => [rowId(row), { now: this.#table.state(row), before: before.get(rowId(row)) ?? null }]),
    );
  }
}

/** A row's state when we attached, and when the cursor was kept. */
type StateOnAttach = { readonly now: string; readonly before: string | null };
