import type { Arrival, FactEvent, FeedEvent } from '../../../core/feed.ts';
import { NO_FAILURES, withTold } from '../../../core/past/batch.ts';
import type { PastRow } from '../../../core/past/past.ts';
import { type Mono, type Ms, msToNs } from '../../../core/units.ts';
import { MAX_LOOKBACK_ROWS } from '../../limits.ts';
import { type AheadReader, startAhead, WORTH_ROWS } from '../ahead/ahead.ts';
import type { Row, Skip } from '../rows/cells.ts';
import { MAX_CURSOR_OPEN, NOWHERE, type TableCursor } from '../cursor.ts';
import { unlessDamaged } from '../database.ts';
import { Arrivals } from './arrivals.ts';
import { createMemory, LOOK_BACK_MS } from './memory.ts';
import { rowId, MAX_ID, fingerprintOf, type Reader } from '../reader.ts';
import type { Table } from '../rows/table.ts';
import { readSlice, type SumRules, sumSlice, withFailuresOf } from './slice.ts';
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
  /** Old rows may be reported as sums, as soon as the newer ones are known. */
  readonly mayBeSummed: boolean;
  /** A past of so many rows that are only counted is read ahead by another thread; left out: where that pays. */
  readonly worthRows?: bigint | undefined;
  /** Called when a part of the past can be taken over that was read ahead. */
  readonly onAhead: () => void;
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
  readonly #mayBeSummed: boolean;
  readonly #worthRows: bigint | undefined;
  readonly #onAhead: () => void;
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
  /** Reads a long past; `none` where it cannot. */
  #ahead: AheadReader | 'none' | null = null;
  #isAhead = false;
  #isWaiting = false;

  constructor({ table, resume, now, mono, onSkip, newestFirst, mayBeSummed, worthRows, onAhead }: FollowOptions) {
    this.#mayBeSummed = mayBeSummed;
    this.#worthRows = worthRows;
    this.#onAhead = onAhead;
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

  /** True where the last batch of the past came from another thread, or is to. */
  get isAhead(): boolean {
    return this.#isAhead;
  }

  /** True while the next part of the past is still being read by it. */
  get isWaiting(): boolean {
    return this.#isWaiting;
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
    const { last, end, arrival, isFar } = segment;
    this.#isWaiting = false;
    this.#isAhead = false;
    // One row at a time is read where the file is damaged.
    const isSummed = sumsBefore !== null && limit > 1 && isFar && arrival === 'historical';
    const summed = isSummed ? this.#summed(reader, segment, limit, sumsBefore) : null;
    if (summed !== null) return summed;
    this.#prepareAhead(reader);
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
    if (isEnd) {
      this.#segments.shift();
      if (segment.isFar) this.stopAhead();
    } else this.#segments[0] = { ...segment, last, anchor };
    this.#stride = 1n;
  }

  /** Ends the thread that reads ahead, if there is one; it may be started again. */
  stopAhead(): void {
    if (this.#ahead !== 'none') this.#ahead?.close();
    this.#ahead = null;
    this.#isWaiting = false;
  }

  /**
   * One batch as sums, behind the calls that must be reported singly; nothing while another thread still reads it, and null where it
   * is read row by row.
   */
  #summed(reader: Reader, segment: Segment, limit: number, before: Ms): readonly FeedEvent[] | null {
    if (this.#singly > 0) {
      this.#singly -= 1;
      return null;
    }
    const batch = this.#numbers(reader, segment, Math.max(limit * SUMS_OF_ROW, LEAST_SUMMED));
    this.#isWaiting = batch === 'waiting';
    if (batch === 'waiting') return [];
    if (batch === null || batch.rows.length === 0) return null;
    const rules = { before, youngAfter: this.#youngAfter, mayBeNews: this.#mayBeNews };
    const slice = readSlice(reader, this.#table, batch.rows, rules);
    const summed = slice === null ? null : sumSlice(reader, slice, this.#failures, rules);
    if (slice === null || summed === null) return this.#readSingly();
    const { to, newestNs } = slice;
    this.#failures = withFailuresOf(this.#failures, slice);
    this.#passed(segment, batch.isEnd, { last: BigInt(to), anchor: null });
    const events = this.#take(summed.singles, (row) => this.#arrivals.ofPast(row, 'historical'));
    if (!this.hasBacklog) this.#arrivals.pastRead();
    const records = { from: Number(segment.last) + 1, to, newestNs };
    return [...events, { type: 'past', records, past: summed.past }];
  }

  /** The next rows as numbers: read ahead, or now. */
  #numbers(reader: Reader, segment: Segment, limit: number): Batch | 'waiting' | null {
    const { sums } = this.#table;
    if (sums === null) return null;
    this.#ahead ??= this.#startAhead(reader, segment);
    const ahead = this.#ahead === 'none' ? null : this.#ahead.take(segment.last);
    this.#isAhead = ahead !== null;
    if (ahead === 'waiting') return 'waiting';
    if (ahead !== null) {
      const rows = sums.unpack(ahead.packed);
      // Until old rows are known to be old enough the first of them are read row by row.
      const isAfter = (row: PastRow | number): boolean => (typeof row === 'number' ? row : row[0]) > segment.last;
      return { rows: ahead.after === segment.last ? rows : rows.filter(isAfter), isEnd: ahead.isEnd };
    }
    this.stopAhead();
    this.#ahead = 'none';
    const rows = reader.sums(segment.last, segment.end, limit);
    return rows === null ? null : { rows: rows.map(sums.read), isEnd: rows.length < limit };
  }

  // The thread starts while what comes before is read.
  #prepareAhead(reader: Reader): void {
    const next = this.#segments[1];
    if (this.#mayBeSummed && next?.isFar === true && next.arrival === 'historical')
      this.#ahead ??= this.#startAhead(reader, next);
  }

  #startAhead(reader: Reader, { last, end }: Segment): AheadReader | 'none' {
    const db = this.#position?.db;
    if (this.#table.sums === null || db === undefined) return 'none';
    if (end - reader.next(last) < (this.#worthRows ?? WORTH_ROWS)) return 'none';
    return startAhead({ file: this.#table.file, identity: db, last, end }, this.#onAhead) ?? 'none';
  }

  get #mayBeNews(): SumRules['mayBeNews'] {
    return this.#arrivals.mayHaveNews ? (id) => this.#arrivals.mayBeNews(id) : null;
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
    this.stopAhead();
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

/** The rows of a batch as numbers, and whether it was the last one. */
type Batch = { readonly rows: readonly (PastRow | number)[]; readonly isEnd: boolean };

/** So many rows are summed in the time that one is read in. */
const SUMS_OF_ROW = 3;
/** Fewer rows than this leave too little between the first and the last of each streak; so many take 5 ms. */
const LEAST_SUMMED = 2_048;
/** Batches that are read row by row where sums are not worth while. */
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
