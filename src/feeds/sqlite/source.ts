import type { FeedEvent } from '../../core/feed.ts';
import type { Mono, Ms } from '../../core/units.ts';
import {
  interrupted,
  locked,
  missing,
  notOpened,
  walOutOfReach,
  WELL,
  withoutWal,
  type Condition,
} from './condition.ts';
import { Connection, type Opened } from './connection.ts';
import type { TableCursor } from './cursor.ts';
import { failureOf, isWalOutOfReach, type Database } from './database.ts';
import { TableFollower, type FollowOptions } from './follow/follower.ts';
import { glanceAt, type Glance } from './glance.ts';
import type { Table } from './rows/table.ts';
import { SliceSize } from './slice.ts';

/**
 * One database file under a follower: has it opened when it is there, closed when it is gone or another, reads it, and
 * turns whatever goes wrong into a condition. No method throws for what a file does.
 */
export class TableSource {
  readonly #table: Table;
  readonly #follower: TableFollower;
  readonly #connection: Connection;
  readonly #slice = new SliceSize();
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

  /** Null until there is something to say. */
  get condition(): Condition | null {
    return this.#condition;
  }

  /** In words: may rows be missing that stood beside the file once? Null where they cannot be, or no longer. */
  get lack(): string | null {
    return this.#connection.isWithoutWal ? withoutWal(this.#table.file) : null;
  }

  get access(): Database['access'] | null {
    return this.#connection.opened?.db.access ?? null;
  }

  /** Nothing that was there is still unread. */
  get isCaughtUp(): boolean {
    return this.#wasOpen && !this.#follower.hasBacklog;
  }

  /** What is live can be judged: of what was there only an older part is unread. */
  get isRecentRead(): boolean {
    return this.#wasOpen && !this.#follower.hasRecent;
  }

  /** Are there new rows that the last read left for the next one? */
  get hasFresh(): boolean {
    return this.#isReadable && this.#follower.hasFresh;
  }

  get hasBacklog(): boolean {
    return this.#isReadable && this.#follower.hasBacklog;
  }

  get hasRecent(): boolean {
    return this.#isReadable && this.#follower.hasRecent;
  }

  /** Is there more to read without waiting for a change? */
  get hasWork(): boolean {
    return this.hasFresh || this.hasBacklog || (this.#isReadable && this.#follower.hasSweep);
  }

  get #isReadable(): boolean {
    return this.#connection.opened !== null && this.#busySince === null;
  }

  cursor(): TableCursor | null {
    return this.#follower.cursor();
  }

  /** Looks at the file from outside: opens it, closes it, or opens it anew where another has taken its place. */
  look(): void {
    let glance: Glance | null = null;
    try {
      glance = glanceAt(this.#table.file);
      if (glance === null) this.#miss();
      else if (!this.#connection.isCurrent(glance)) this.#openAnew(glance);
    } catch (error) {
      this.#failedToOpen(error, glance);
    }
  }

  /** New and changed rows, if the database says that it has changed. */
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

  /** One slice of the past; say `delivered` when it is. */
  backlog(): readonly FeedEvent[] {
    this.#slice.forget();
    return this.#read(({ reader }) => {
      const started = performance.now();
      const events = this.#follower.backlog(reader, this.#slice.rows);
      this.#slice.read(started);
      return events;
    });
  }

  /** The slice has been taken in, which is part of what it costs. */
  delivered(): void {
    this.#slice.delivered();
  }

  /** One slice of the look-back: begins a second after a change at the earliest, and takes 2 % of the time at most. */
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
    this.#connection.close();
  }

  #openAnew(glance: Glance): void {
    this.#connection.open(glance, (reader) => this.#follower.attach(reader, glance.identity, this.#isLost));
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
      if (!this.#isDamaged) this.#condition = this.#conditionOf(opened.db.glance);
      return events;
    } catch (error) {
      this.#failedToRead(error);
      return [];
    }
  }

  #conditionOf(glance: Glance): Condition {
    return isWalOutOfReach(glance) ? walOutOfReach(this.#table.file) : WELL;
  }

  #failedToOpen(error: unknown, glance: Glance | null): void {
    if (failureOf(error).kind === 'busy') this.#wait();
    else if (glance !== null && isWalOutOfReach(glance))
      this.#lose({ ...walOutOfReach(this.#table.file), state: 'lost' });
    else this.#lose(notOpened(this.#table.file, error, glance, this.#wasOpen));
  }

  #failedToRead(error: unknown): void {
    const { kind } = failureOf(error);
    if (kind === 'busy') {
      this.#wait();
      return;
    }
    if (kind === 'damaged' && this.#follower.hasBacklog) {
      this.#isDamaged = true;
      if (this.#slice.spoiled()) this.#follower.stepOver();
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

/** A lock is worth a word after this long, and makes us blind after that long. */
const PATIENCE_MS = 2_000;
const GIVE_UP_MS = 10_000;
const SWEEP_EVERY_MS = 1_000;
/** The pause after a sweep is this many times as long as the sweep. */
const SWEEP_SHARE = 50;
