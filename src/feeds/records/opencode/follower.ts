/** Follows one database of OpenCode: what is new first, then the past, newest first, in slices. */
import { lstatSync } from 'node:fs';
import { isWalOutOfReach } from '../../sqlite/database.ts';
import { type FileStat, NotAFile, statDatabase } from '../../sqlite/file-stat.ts';
import { type OpencodeReader, openOpencode } from './database.ts';
import type { Sessions } from './sessions.ts';
import { copyDatabase, type DatabaseCopy } from './still.ts';

/** Messages of one slice, with all their parts. */
const SLICE = 64;
/** Parts of one poll for what is new. */
const PARTS = 2_000;
/** Messages under way that are read again at each change; more are few and old. */
const MAX_OPEN = 1_024;
/** Rows read again when others have been deleted meanwhile, whose numbers were given anew. */
const LOOK_BACK = 1_000n;
/** A session's row is read again this long after it changed, ms: its clock is the writer's. */
const SESSION_SLACK_MS = 60_000;

type Position = { rowId: bigint; id: string | null };

export class OpencodeFollower {
  readonly #file: string;
  readonly #owner: number;
  readonly #sessions: Sessions;
  readonly #now: () => number;
  #reader: OpencodeReader | null = null;
  #copy: DatabaseCopy | null = null;
  /** As it was opened. */
  #opened: FileStat | null = null;
  /** As it was last seen, and when it is asked whether it can still be read. */
  #seen: FileStat | null = null;
  #checkedStamp = '';
  #version: bigint | null = null;
  #sessionsSince = 0;
  #message: Position = { rowId: 0n, id: null };
  #part: Position = { rowId: 0n, id: null };
  /** Messages below it are not read yet; null: all are. */
  #past: bigint | null = null;
  readonly #open = new Set<string>();

  /** `owner`: the user who owns the root; files of others are not opened. */
  constructor(file: string, owner: number, sessions: Sessions, now: () => number) {
    this.#file = file;
    this.#owner = owner;
    this.#sessions = sessions;
    this.#now = now;
  }

  /** Some of the past is still to be read. */
  get hasPast(): boolean {
    return this.#past !== null;
  }

  /** True if what is read is a copy of the file, since its newest rows are out of reach. */
  get isCopy(): boolean {
    return this.#copy !== null;
  }

  /** Opens the file where it is there and is not open yet. Returns false if it is not there. Throws what opening throws. */
  async attach(): Promise<boolean> {
    const fileStat = this.#stat();
    if (fileStat === null) {
      this.close();
      return false;
    }
    this.#seen = fileStat;
    if (this.#isCurrent(fileStat)) return true;
    this.close();
    this.#copy = isWalOutOfReach(fileStat) ? await copyDatabase(this.#file) : null;
    const { file, stat } = this.#copy ?? { file: this.#file, stat: fileStat };
    this.#reader = openOpencode(file, stat);
    this.#opened = fileStat;
    this.#checkedStamp = fileStat.stamp;
    const ends = { message: this.#reader.end('message'), part: this.#reader.end('part') };
    [this.#message, this.#part] = [{ ...ends.message }, { ...ends.part }];
    this.#past = ends.message.rowId + 1n;
    this.#sessionsSince = 0;
    return true;
  }

  /** Reads what is new. Throws what reading throws. */
  readNew(): void {
    const reader = this.#reader;
    const version = reader?.db.version() ?? null;
    if (reader === null) return;
    if (version === this.#version) return this.#check();
    const now = this.#now();
    for (const session of reader.sessions(this.#sessionsSince)) this.#sessions.session(session);
    this.#sessionsSince = now - SESSION_SLACK_MS;
    this.#readChanged(reader);
    this.#version = version;
  }

  /** Reads a slice of the past; returns true if something is left. Throws what reading throws. */
  readPast(): boolean {
    if (this.#reader === null || this.#past === null) return false;
    const messages = this.#reader.messagesBefore(this.#past, SLICE);
    this.#past = messages.length === 0 ? null : (messages.at(-1)?.rowId ?? null);
    this.#take(
      this.#reader,
      messages.map(({ id }) => id),
    );
    return this.#past !== null;
  }

  close(): void {
    this.#reader?.db.close();
    this.#copy?.remove();
    [this.#reader, this.#copy, this.#opened, this.#version, this.#past] = [null, null, null, null, null];
  }

  // The file has changed, and no commit was seen: its pages were moved within it, or it was cut or written over by something
  // else. A connection that is open does not notice that: it goes on with the pages that it remembers.
  #check(): void {
    const seen = this.#seen;
    if (seen === null || this.#copy !== null || seen.stamp === this.#checkedStamp) return;
    const fresh = openOpencode(this.#file, seen);
    try {
      for (const table of ['message', 'part'] as const) fresh.end(table);
    } finally {
      fresh.db.close();
    }
    this.#checkedStamp = seen.stamp;
  }

  #stat(): FileStat | null {
    return statOfOwner(this.#file, this.#owner);
  }

  #isCurrent(fileStat: FileStat): boolean {
    if (this.#opened === null || this.#reader === null) return false;
    if (this.#opened.identity !== fileStat.identity) return false;
    if (fileStat.size === 0 && this.#opened.size > 0) return false;
    if (this.#copy !== null || this.#reader.db.access === 'still') return this.#opened.stamp === fileStat.stamp;
    return true;
  }

  #readChanged(reader: OpencodeReader): void {
    this.#message = afterDeletion(reader, 'message', this.#message);
    this.#part = afterDeletion(reader, 'part', this.#part);
    const changed = new Set(this.#open);
    for (let isMore = true; isMore;) {
      const { messages, last } = reader.partsAfter(this.#part.rowId, PARTS);
      for (const id of messages) changed.add(id);
      isMore = last > this.#part.rowId;
      if (isMore) this.#part = { rowId: last, id: reader.idAt('part', last) };
      if (changed.size >= SLICE) this.#flush(reader, changed);
    }
    for (let isMore = true; isMore;) {
      const messages = reader.messagesAfter(this.#message.rowId, SLICE);
      for (const { id, rowId } of messages) {
        changed.add(id);
        this.#message = { rowId, id };
      }
      isMore = messages.length === SLICE;
      if (changed.size >= SLICE) this.#flush(reader, changed);
    }
    this.#flush(reader, changed);
  }

  #flush(reader: OpencodeReader, changed: Set<string>): void {
    const ids = [...changed];
    changed.clear();
    for (let at = 0; at < ids.length; at += SLICE) this.#take(reader, ids.slice(at, at + SLICE));
  }

  #take(reader: OpencodeReader, ids: readonly string[]): void {
    if (ids.length === 0) return;
    const messages = reader.messagesById(ids);
    const parts = reader.partsOf(ids);
    for (const message of messages.toSorted((a, b) => a.createdAt - b.createdAt)) {
      const isFinished = this.#sessions.message(message, parts.get(message.id) ?? []);
      if (isFinished) this.#open.delete(message.id);
      else if (this.#open.size < MAX_OPEN) this.#open.add(message.id);
    }
  }
}

/** Returns a database's metadata, null where it is not there. Throws `NotAFile` for what is not the owner's regular file. */
export function statOfOwner(file: string, owner: number): FileStat | null {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const stats = lstatSync(file + suffix, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (!stats.isFile()) throw new NotAFile(`${file}${suffix}`);
    // SQLite's own files are the writer's or root's.
    if (stats.uid !== owner && (suffix === '' || stats.uid !== 0)) {
      throw new NotAFile(`${file}${suffix} belongs to user ${stats.uid}, not to the owner of its folder`);
    }
  }
  return statDatabase(file);
}

// Deleted rows at the end give their numbers to others: what follows is read once more.
function afterDeletion(reader: OpencodeReader, table: 'message' | 'part', at: Position): Position {
  if (at.rowId === 0n || reader.idAt(table, at.rowId) === at.id) return at;
  const { rowId } = reader.end(table);
  const from = (rowId < at.rowId ? rowId : at.rowId) - LOOK_BACK;
  return from <= 0n ? { rowId: 0n, id: null } : { rowId: from, id: reader.idAt(table, from) };
}
