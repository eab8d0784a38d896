import type { Call } from '../../../core/calls.ts';
import type { Arrival, FactEvent, FeedEvent } from '../../../core/feed.ts';
import { NO_FAILURES, sumUp, withTold } from '../../../core/past/batch.ts';
import type { PastRow } from '../../../core/past/past.ts';
import { type Mono, type Ms, msToNs } from '../../../core/units.ts';
import { MAX_LOOKBACK_ROWS } from '../../limits.ts';
import type { Row, Skip } from '../rows/cells.ts';
import { MAX_CURSOR_OPEN, NOWHERE, type TableCursor } from '../cursor.ts';
import { unlessDamaged } from '../database.ts';
import { Arrivals } from './arrivals.ts';
import { createMemory, LOOK_BACK_MS } from './memory.ts';
import { rowId, MAX_ID, fingerprintOf, type Reader } from '../reader.ts';
import type { Table } from '../rows/table.ts';
import { gapOf, type Position as RowPosition, positionLeft, type Segment, segmentsOf, withGap } from './segments.ts';

export type FollowOptions = {
  readonly table: Table;
  /** The position of an earlier run, null for none. */
  readonly resume: TableCursor | null;
  readonly now: () => Ms;
  readonly mono: () => Mono;
  readonly onSkip: (skip: Skip) => void;
  /** Read the newest of the past before the rest of it. */
  readonly newestFirst: boolean;
};

/**
 * Follows one table through every connection that is made to it: how far it was read, what may still change, and what
 * of its past is still to be read. It holds no connection; each call gets the reader of the present one.
 */
export class TableFollower {
  readonly #table: Table;
  #resume: TableCursor | null;
  readonly #now: () => Ms;
  readonly #mono: () => Mono;
  readonly #onSkip: (skip: Skip) => void;
  readonly #newestFirst: boolean;
  readonly #arrivals: Arrivals;
  #memory = createMemory();
  #position: Position | null = null;
  #segments: Segment[] = [];
  #youngAfter = 0n;
  #toSweep: readonly bigint[] = [];
  #more = false;
  #stride = 1n;
  /** Batches that are read row by row before sums are tried again. */
  #singly = 0;
  /** The ends of the failures that were told: of those before the sums, and of newer ones. */
  #failures = NO_FAILURES;

  constructor({ table, resume, now, mono, onSkip, newestFirst }: FollowOptions) {
    this.#table = table;
    this.#arrivals = new Arrivals(table);
    this.#resume = resume;
    this.#now = now;
    this.#mono = mono;
    this.#onSkip = onSkip;
    this.#newestFirst = newestFirst;
  }

  /** True if more new rows are ready. */
  get hasFresh(): boolean {
    return this.#more;
  }

  get hasBacklog(): boolean {
    return this.#segments.length > 0;
  }

  /** True while the newest part of the past is unread, on which live events may depend. */
  get hasRecent(): boolean {
    return this.#segments.some(({ isFar }) => !isFar);
  }

  get hasSweep(): boolean {
    return this.#toSweep.length > 0;
  }

  /** There is no such file: what one holds that appears from now on has come since. */
  notThere(): void {
    if (this.#position === null) this.#resume ??= NOWHERE;
  }

  /** Continues with a connection just made to the database `db`; `lost`: we were away from it. */
  attach(reader: Reader, db: string, lost: boolean): void {
    const position = this.#position;
    if (position === null) this.#begin(reader, db, isSame(reader, db, this.#resume) ? this.#resume : null);
    else if (!isSame(reader, db, position)) this.#begin(reader, db, null);
    else if (lost) this.#catchUp(reader, position);
  }

  /** Starts again where ids are counted from one again: they are never given twice in one database. */
  verify(reader: Reader): void {
    const position = this.#position;
    if (position !== null && (reader.sequence() ?? position.last) < position.last)
      this.#begin(reader, position.db, null);
  }

  /** Rows new since the last call, after older rows that have changed. */
  fresh(reader: Reader): readonly FeedEvent[] {
    const position = this.#position;
    if (position === null) return [];
    const changes = this.#changes(reader, this.#memory.hot());
    const rows = reader.fresh(position.last, MAX_ID, FRESH_ROWS);
    const events = this.#take(rows, () => 'live');
    const last = rows.at(-1);
    if (last !== undefined) this.#position = { ...position, ...this.#positionOf(last) };
    this.#more = rows.length === FRESH_ROWS;
    this.#memory.age(this.#mono());
    return [...changes, ...events];
  }

  /** Reads one batch of what was there at attach, or came while the database was away. */
  backlog(reader: Reader, limit: number, sumsBefore: Ms | null): readonly FeedEvent[] {
    const segment = this.#segments[0];
    if (segment === undefined) return [];
    const { last, end, arrival } = segment;
    // One row at a time is read where the file is damaged.
    const isSummed = sumsBefore !== null && limit > 1;
    const summed = isSummed
      ? this.#summed(reader, segment, Math.max(limit * SUMS_OF_ROW, LEAST_SUMMED), sumsBefore)
      : null;
    if (summed !== null) {
      this.#passed(segment, summed.isEnd, { last: summed.last, anchor: null });
      if (!this.hasBacklog) this.#arrivals.pastRead();
      return summed.events;
    }
    const isGap = arrival === 'gap';
    const rows = isGap ? reader.fresh(last, end, limit) : reader.history(last, end, limit, this.#youngAfter);
    const newest = rows.at(-1);
    this.#passed(segment, rows.length < limit, newest === undefined ? segment : this.#positionOf(newest));
    const events = this.#take(rows, (row) => this.#arrivals.ofPast(row, arrival));
    for (const event of events)
      if (event.type === 'call') this.#failures = withTold(this.#failures, event.call, !segment.isFar);
    if (!this.hasBacklog) this.#arrivals.pastRead();
    return events;
  }

  #passed(segment: Segment, isEnd: boolean, { last, anchor }: RowPosition): void {
    if (isEnd) this.#segments.shift();
    else this.#segments[0] = { ...segment, last, anchor };
    this.#stride = 1n;
  }

  /** One batch as sums, behind the calls that must be reported singly; null where it is read row by row. */
  #summed(reader: Reader, { last, end, arrival, isFar }: Segment, limit: number, before: Ms): Summed | null {
    const { sums } = this.#table;
    if (sums === null || !isFar || arrival !== 'historical') return null;
    if (this.#singly > 0) {
      this.#singly -= 1;
      return null;
    }
    const rows = reader.sums(last, end, limit);
    const newest = rows?.at(-1);
    if (rows === null || newest === undefined) return null;
    const plain: PastRow[] = [];
    const others: number[] = [];
    const youngAfter = Number(this.#youngAfter);
    let newestMs = 0;
    for (const row of rows) {
      const id = Number(row[0]);
      const isSettled = id <= youngAfter && !(this.#arrivals.mayHaveNews && this.#arrivals.mayBeNews(BigInt(id)));
      const past = isSettled ? sums.read(row) : null;
      if (past === null || past[8] >= before) others.push(id);
      else {
        plain.push(past);
        if (past[6] > newestMs) newestMs = past[6];
      }
    }
    // Where too many rows say something on their own, sums only cost: for a while rows are read one by one.
    if (others.length * LEAST_PART > rows.length * (LEAST_PART - 1)) return this.#readSingly();
    const read = (ids: readonly number[]): readonly Row[] =>
      ids.length === 0 ? [] : reader.historyById(ids, this.#youngAfter);
    const between = read(others);
    const calls = between.flatMap((row) => this.#callOf(row));
    const { past, alone } = sumUp(plain, calls, this.#failures);
    if (past.calls * LEAST_PART < rows.length) return this.#readSingly();
    for (const call of calls) this.#failures = withTold(this.#failures, call, false);
    const singles = [...between, ...read(alone)].sort((a, b) => (rowId(a) < rowId(b) ? -1 : 1));
    const events = this.#take(singles, (row) => this.#arrivals.ofPast(row, arrival));
    const to = Number(newest[0]);
    const records = { from: Number(last) + 1, to, newestNs: msToNs(newestMs + 1) };
    const told = { type: 'past', records, past } as const;
    return { events: [...events, told], last: BigInt(to), isEnd: rows.length < limit };
  }

  #callOf(row: Row): readonly Call[] {
    const event = this.#table.read(row, 'historical');
    return 'call' in event ? [event.call] : [];
  }

  #readSingly(): null {
    this.#singly = SINGLY;
    return null;
  }

  /** Starts a sweep over every row that may have changed. */
  startSweep(): void {
    this.#toSweep = this.#memory.all();
  }

  /** Reads one batch of that sweep. */
  sweep(reader: Reader): readonly FeedEvent[] {
    const ids = this.#toSweep.slice(0, SWEEP_ROWS);
    const events = this.#changes(reader, ids);
    this.#toSweep = this.#toSweep.slice(SWEEP_ROWS);
    if (!this.hasSweep) this.#arrivals.swept();
    return events;
  }

  /** Leaves out the row where reading has failed again and again, then two, four … until something can be read. */
  stepOver(): void {
    const segment = this.#segments[0];
    if (segment === undefined) return;
    const last = segment.last + this.#stride;
    this.#onSkip({
      skip: 'malformed',
      detail: { code: 'damaged_rows', table: this.#table.table, after: String(segment.last) },
    });
    this.#stride *= 2n;
    if (last >= segment.end) this.#segments.shift();
    else this.#segments[0] = { ...segment, last, anchor: null };
  }

  /** Returns the position to save; null while unknown. What was there at the first attach is not part of it. */
  cursor(): TableCursor | null {
    if (this.#position === null) return this.#resume;
    const { last, anchor } = positionLeft(this.#segments) ?? this.#position;
    return { db: this.#position.db, last, anchor, open: this.#memory.unfinished(MAX_CURSOR_OPEN) };
  }

  // All is asked before anything is kept: a read that fails must not leave half a beginning.
  #begin(reader: Reader, db: string, left: TableCursor | null): void {
    const end = reader.end();
    const position = { db, last: end, anchor: reader.anchor(end) };
    const youngAfter = this.#lookBack(reader, end);
    const pastEnd = left?.last ?? end;
    this.#arrivals.begin(reader, { pastEnd, end, youngAfter, left });
    this.#youngAfter = youngAfter;
    this.#position = position;
    this.#memory = createMemory();
    this.#failures = NO_FAILURES;
    this.#toSweep = [];
    this.#more = false;
    this.#segments = [...segmentsOf({ pastEnd, left, end, newestFirst: this.#newestFirst })];
  }

  // In a damaged database the past is read as far as it goes, and not read again.
  #lookBack(reader: Reader, end: bigint): bigint {
    const since = msToNs(this.#now() - LOOK_BACK_MS);
    return unlessDamaged(() => reader.startOfWindow(since, LEAST_LOOK_BACK, MAX_LOOKBACK_ROWS), end);
  }

  #catchUp(reader: Reader, position: Position): void {
    const end = reader.end();
    if (end > position.last) {
      this.#segments = withGap(this.#segments, gapOf(position, end));
      this.#position = { ...position, last: end, anchor: reader.anchor(end) };
    }
    this.#arrivals.wereAway(end);
    this.startSweep();
  }

  #changes(reader: Reader, ids: readonly bigint[]): readonly FeedEvent[] {
    if (ids.length === 0) return [];
    // Rows that went bad since they were read give nothing more.
    const fingerprints = unlessDamaged(() => reader.fingerprints(ids), new Map<bigint, string>());
    for (const id of ids) if (!fingerprints.has(id)) this.#memory.forget(id);
    const changed = [...fingerprints]
      .filter(([id, fingerprint]) => this.#memory.differs(id, fingerprint))
      .map(([id]) => id);
    if (changed.length === 0) return [];
    return this.#take(reader.byId(changed), (row) =>
      this.#arrivals.ofChange(row, this.#memory.stateOf(rowId(row)) ?? this.#table.finished),
    );
  }

  #take(rows: readonly Row[], arrivalOf: (row: Row) => Arrival): readonly FactEvent[] {
    const events: FactEvent[] = [];
    for (const row of rows) {
      const event = this.#table.read(row, arrivalOf(row));
      if ('skip' in event) this.#onSkip(event);
      else events.push(event);
      this.#remember(row);
    }
    return events;
  }

  #remember(row: Row): void {
    const fingerprint = fingerprintOf(row);
    if (fingerprint === null) return;
    const state = this.#table.state(row);
    this.#memory.remember(rowId(row), fingerprint, state, state === this.#table.finished);
  }

  #positionOf(row: Row): RowPosition {
    const anchor = row[this.#table.columns.indexOf(this.#table.anchor)] ?? null;
    return { last: rowId(row), anchor: anchor === null ? null : String(anchor) };
  }
}

type Position = RowPosition & { readonly db: string };

/** One batch as sums: its events, its last row, and whether it was the last batch. */
type Summed = { readonly events: readonly FeedEvent[]; readonly last: bigint; readonly isEnd: boolean };

/** So many rows are summed in the time that one is read in. */
const SUMS_OF_ROW = 3;
/** Fewer rows than this leave too little between the first and the last of each streak; so many take 2 ms. */
const LEAST_SUMMED = 1_024;
/** Sums are worth while where they leave out one row in so many; else so many batches are read row by row. */
const LEAST_PART = 3;
const SINGLY = 32;
const FRESH_ROWS = 256;
const SWEEP_ROWS = 1_024;
/** Rows that are watched for a change even if the clock shows them as old (clocks are wrong at times: 7.1). */
const LEAST_LOOK_BACK = 1_000;

// The same inode may hold another database (a copy over it, or a number used again), so its last row decides as well.
function isSame(reader: Reader, db: string, left: Position | TableCursor | null): boolean {
  if (left === null) return false;
  if (left.db === NOWHERE.db) return true;
  if (left.db !== db) return false;
  if (left.last === 0n) return true;
  const anchor = reader.anchor(left.last);
  if (anchor !== null) return left.anchor === null || anchor === left.anchor;
  return (reader.sequence() ?? left.last) >= left.last;
}
