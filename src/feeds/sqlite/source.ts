import type { FeedEvent } from '../../core/feed.ts';
import type { Mono, Ms } from '../../core/units.ts';
import { type Condition, HEALTHY, interrupted, locked, missing, notOpened, walOutOfReach } from './condition.ts';
import { Connection, type Opened } from './connection.ts';
import type { TableCursor } from './cursor.ts';
import { type Database, failureOf, isWalOutOfReach } from './database.ts';
import { type FileStat, statDatabase } from './file-stat.ts';
import { type FollowOptions, TableFollower } from './follow/follower.ts';
import type { Table } from './rows/table.ts';

/**
 * One database file under a follower: has it opened when it is there, closed when it is gone or another, reads it, and
 * turns each failure into a condition. No method throws for what a file does.
 */
export class TableSource {
  readonly #table: Table;
  readonly #follower: TableFollower;
  readonly #connection: Connection;
  readonly #batch = new BatchSize();
  readonly #mono: () => Mono;
  #condition: Condition | null = null;
  #isDirty = false;
  #isUnswept = false;
  #wasOpen = false;
  #isLost = false;
  #busySince: Ms | null = null;
  #isDamaged = false;
  #nextSweep: Ms = 0;

  constructor(options: FollowOptions) {
    this.#table = options.table;
    this.#connection = new Connection(options.table);
    this.#mono = options.mono;
    this.#follower = new TableFollower(options);
  }

  /** The current condition; null until the first poll. */
  get condition(): Condition | null {
    return this.#condition;
  }

  /** The file, if rows may be missing because its -wal is; null if none can be. */
  get withoutWal(): string | null {
    return this.#connection.isWithoutWal ? this.#table.file : null;
  }

  get access(): Database['access'] | null {
    return this.#connection.opened?.db.access ?? null;
  }

  /** True once the whole past is read. */
  get isCaughtUp(): boolean {
    return this.#wasOpen && !this.#follower.hasBacklog;
  }

  /** True once the newest part of the past is read, on which live events may depend. */
  get isRecentRead(): boolean {
    return this.#wasOpen && !this.#follower.hasRecent;
  }

  /** True if the last read left new rows for the next one. */
  get hasFresh(): boolean {
    return this.#isReadable && this.#follower.hasFresh;
  }

  get hasBacklog(): boolean {
    return this.#isReadable && this.#follower.hasBacklog;
  }

  get hasRecent(): boolean {
    return this.#isReadable && this.#follower.hasRecent;
  }

  /** True if there is more to read without waiting for a change. */
  get hasWork(): boolean {
    const hasPast = this.hasBacklog && !this.#follower.isWaiting;
    return this.hasFresh || hasPast || (this.#isReadable && this.#follower.hasSweep);
  }

  get #isReadable(): boolean {
    return this.#connection.opened !== null && this.#busySince === null;
  }

  cursor(): TableCursor | null {
    return this.#follower.cursor();
  }

  /** Polls the file: opens it, closes it, or reopens it if it was replaced. */
  poll(): void {
    let fileStat: FileStat | null = null;
    try {
      fileStat = statDatabase(this.#table.file);
      if (fileStat === null) this.#miss();
      else if (!this.#connection.isCurrent(fileStat)) this.#openAnew(fileStat);
    } catch (error) {
      this.#failedToOpen(error, fileStat);
    }
  }

  /** New and changed rows, if the database has changed. */
  fresh(): readonly FeedEvent[] {
    return this.#read(({ reader }) => {
      if (this.#connection.hasChanged()) this.#isDirty = true;
      if (!this.#isDirty && !this.#follower.hasFresh) return [];
      // The rows of another database may have come into the file that we have open.
      if (this.#isDirty) this.#follower.verify(reader);
      const events = this.#follower.fresh(reader);
      this.#isDirty = false;
      this.#isUnswept = true;
      return events;
    });
  }

  /** Reads one batch of the past, as sums what is before a time; call `delivered` once it is handled. */
  backlog(sumsBefore: Ms | null): readonly FeedEvent[] {
    this.#batch.forget();
    return this.#read(({ reader }) => {
      const started = performance.now();
      const events = this.#follower.backlog(reader, this.#batch.rows, sumsBefore);
      if (!this.#follower.isAhead) this.#batch.read(started);
      return events;
    });
  }

  /** Call after the batch was handled, which is part of its cost. */
  delivered(): void {
    this.#batch.delivered();
  }

  /** Reads one batch of the lookback: begins a second after a change at the earliest, and takes 2 % of the time at most. */
  sweep(): readonly FeedEvent[] {
    return this.#read(({ reader }) => {
      if (this.#isUnswept && !this.#follower.hasSweep && this.#mono() >= this.#nextSweep) {
        this.#follower.startSweep();
        this.#isUnswept = false;
        this.#nextSweep = this.#mono() + SWEEP_EVERY_MS;
      }
      if (!this.#follower.hasSweep) return [];
      const started = performance.now();
      const events = this.#follower.sweep(reader);
      this.#nextSweep += SWEEP_SHARE * (performance.now() - started);
      return events;
    });
  }

  close(): void {
    this.#follower.stopAhead();
    this.#connection.close();
  }

  #openAnew(fileStat: FileStat): void {
    this.#connection.open(fileStat, (reader) => this.#follower.attach(reader, fileStat.identity, this.#isLost));
    this.#wasOpen = true;
    this.#isLost = false;
    this.#isDirty = true;
  }

  #read(read: (opened: Opened) => readonly FeedEvent[]): readonly FeedEvent[] {
    const { opened } = this.#connection;
    if (opened === null) return [];
    try {
      const events = read(opened);
      this.#busySince = null;
      if (!this.#follower.hasBacklog) this.#isDamaged = false;
      if (!this.#isDamaged) this.#condition = this.#conditionOf(opened.db.fileStat);
      return events;
    } catch (error) {
      this.#failedToRead(error);
      return [];
    }
  }

  #conditionOf(fileStat: FileStat): Condition {
    return isWalOutOfReach(fileStat) ? walOutOfReach(this.#table.file) : HEALTHY;
  }

  #failedToOpen(error: unknown, fileStat: FileStat | null): void {
    if (failureOf(error).kind === 'busy') this.#wait();
    else if (fileStat !== null && isWalOutOfReach(fileStat))
      this.#lose({ ...walOutOfReach(this.#table.file), state: 'lost' });
    else this.#lose(notOpened(this.#table.file, error, fileStat, this.#wasOpen));
  }

  #failedToRead(error: unknown): void {
    const { kind } = failureOf(error);
    if (kind === 'busy') {
      this.#wait();
      return;
    }
    if (kind === 'damaged' && this.#follower.hasBacklog) {
      this.#isDamaged = true;
      if (this.#batch.spoiled()) this.#follower.stepOver();
    }
    this.#lose(interrupted(this.#table.file, error));
  }

  #wait(): void {
    this.#busySince ??= this.#mono();
    const ms = this.#mono() - this.#busySince;
    if (ms < PATIENCE_MS) return;
    this.#condition = locked(this.#table.file, ms);
    if (ms >= GIVE_UP_MS) this.#lose({ ...this.#condition, state: 'lost' });
  }

  #miss(): void {
    this.#follower.notThere();
    this.#lose(missing(this.#table.file, this.#wasOpen));
  }

  #lose(condition: Condition): void {
    this.close();
    this.#condition = condition;
    this.#isLost = this.#wasOpen;
  }
}

/** Reports a lock after PATIENCE_MS; marks the source lost after GIVE_UP_MS. */
const PATIENCE_MS = 2_000;
const GIVE_UP_MS = 10_000;
const SWEEP_EVERY_MS = 1_000;
/** The pause after a sweep is this many times as long as the sweep. */
const SWEEP_SHARE = 50;

/** The number of rows of the past that are read at once: as many as take `BATCH_MS`, one by one where the file is damaged. */
class BatchSize {
  #rows = FIRST_BATCH;
  #begun: Ms | null = null;
  #damagedReads = 0;

  get rows(): number {
    return this.#rows;
  }

  /** Stops timing the batch of the last read. */
  forget(): void {
    this.#begun = null;
  }

  /** Starts timing a batch whose read began at `begun`, by `performance.now`. */
  read(begun: Ms): void {
    this.#begun = begun;
    this.#damagedReads = 0;
  }

  /** Stops timing: the batch was handled, which is part of its cost. */
  delivered(): void {
    if (this.#begun !== null) this.#rows = nextRows(this.#rows, performance.now() - this.#begun);
    this.#begun = null;
  }

  /**
   * Handles a batch that hit a damaged page: smaller ones save the rows around it. Returns true if not even one row can
   * be read after several tries.
   */
  spoiled(): boolean {
    this.#damagedReads += 1;
    if (this.#damagedReads < 2) return false;
    const isOneRow = this.#rows === 1;
    this.#rows = 1;
    return isOneRow;
  }
}

/** Target duration of a batch, its handling included, ms: the screen must stay responsive. */
const BATCH_MS = 4;
const FIRST_BATCH = 256;
const MAX_BATCH = 1_024;

// Rows differ a thousandfold in size: down at once, up by doubling.
function nextRows(rows: number, took: Ms): number {
  const fitting = Math.floor((rows * BATCH_MS) / Math.max(took, 0.01));
  return Math.max(1, Math.min(fitting, rows * 2, MAX_BATCH));
}
