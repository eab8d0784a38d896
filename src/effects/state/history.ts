import {
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ActionEntry, HistoryEntry, InputEntry, Opening } from '../../core/history/entry.ts';
import { HISTORY_FORMAT } from '../../core/history/entry.ts';
import { saveCore } from '../../core/history/snapshot.ts';
import type { ReactorState } from '../../core/reactor/types.ts';
import type { Ms, Now } from '../../core/units.ts';
import { wordWriteCause } from '../../wording/files.ts';
import { makeOwnFile, openOwnFileToAppend } from '../own-files.ts';
import { reasonOf } from './acquire.ts';
import { openStateFolder, openSubfolder, type StateFolder } from './folder.ts';
import { sealed, writeAll } from './lines.ts';

/** The folder of the history in the state folder. */
export const HISTORY_FOLDER = 'history';
/** Segments in order of making; no stamp is in the name, because the clock may be set back. */
const SEGMENT = /^\d{10}\.jsonl$/u;
/** Bounds of a segment, bytes: many in the budget, so that forgetting one costs little, and not too many files. */
const MIN_SEGMENT = 64 * 1024;
const MAX_SEGMENT = 4 * 1024 * 1024;
const SEGMENTS = 16;
/** A segment is ended after this time, so that age can take it, ms. */
const SEGMENT_AGE_MS = 86_400_000;
/** Segments that go by age at once: a clock that runs ahead for a moment must not take the whole history. */
const MAX_AGED = 2;
/** Time after which waiting entries are written together, ms: a kill loses at most this much of the history. */
const BATCH_MS = 100;
/** Entries that may wait to be written; more are written at once. */
const MAX_BATCH = 5_000;
/** Settled signals that a run begins with: more than a kill can have cost. */
const MAX_RECENT = 50;
/** Writing is tried again this long after it failed, ms. */
const RETRY_MS = 10_000;

/** Gets what the reactor was given and what came of it. Never throws, and never waits for a disk in `record`. */
export type History = {
  /** The state before the first entry. */
  readonly begin: (state: ReactorState, now: Now) => void;
  /** `after`: the state after the entry. */
  readonly record: (entry: InputEntry | ActionEntry, after: ReactorState) => void;
  /** Writes what waits. */
  readonly flush: () => void;
  /** Writes what is left, to the disk, and ends. */
  readonly close: () => void;
};

export type HistoryOptions = {
  readonly stateDir: string;
  /** All segments together, bytes. */
  readonly maxBytes: number;
  readonly maxAgeMs: Ms;
  /** Returns true while the state folder is ours to write to. */
  readonly mayWrite: () => boolean;
  readonly notice: (text: string) => void;
};

/** The open segment. */
type Segment = {
  readonly folder: StateFolder;
  readonly name: string;
  readonly descriptor: number;
  readonly dev: number;
  readonly ino: number;
  readonly openedMono: number;
  bytes: number;
};

/**
 * Writes the history in segments, behind the engine: entries are put into lines and written together, at most BATCH_MS
 * later. A line is on the disk when its segment ends (fsync); until then it survives the end of this process, and not a
 * loss of power. What cannot be written is lost, counted, and said; nothing of the engine depends on it.
 */
export function createHistory(options: HistoryOptions): History {
  const writer = new Writer(options);
  return {
    begin: (state, now) => writer.begin(state, now),
    record: (entry, after) => writer.record(entry, after),
    flush: () => writer.flush(),
    close: () => writer.close(),
  };
}

class Writer {
  readonly #options: HistoryOptions;
  readonly #segmentBytes: number;
  /** The first entry of the next segment; null while the open one goes on. */
  #opening: (Pick<Opening, 'why' | 'lost'> & Now & { readonly state: ReactorState }) | null = null;
  #latest: (Now & { readonly state: ReactorState }) | null = null;
  #batch: (InputEntry | ActionEntry)[] = [];
  #segment: Segment | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failedMono: number | null = null;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#segmentBytes = Math.min(MAX_SEGMENT, Math.max(MIN_SEGMENT, Math.floor(options.maxBytes / SEGMENTS)));
  }

  begin(state: ReactorState, now: Now): void {
    this.#latest = { state, ...now };
    this.#opening = { why: 'start', lost: 0, ...this.#latest };
  }

  record(entry: InputEntry | ActionEntry, after: ReactorState): void {
    this.#batch.push(entry);
    this.#latest = { state: after, at: entry.at, mono: entry.mono };
    if (this.#batch.length >= MAX_BATCH) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), BATCH_MS).unref();
  }

  /** `isLast`: there is no later try. */
  flush(isLast = false): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#batch.length === 0) return;
    if (!this.#options.mayWrite()) {
      this.#end(true);
      return this.#drop();
    }
    const isTooSoon = this.#failedMono !== null && performance.now() - this.#failedMono < RETRY_MS;
    if (isTooSoon && !isLast) return this.#drop();
    try {
      this.#write();
    } catch (error) {
      this.#fail(error);
    }
  }

  close(): void {
    this.flush(true);
    try {
      if (this.#segment !== null) fsyncSync(this.#segment.descriptor);
    } catch {
      // The disk is full or gone: what is written is all that there is.
    }
    this.#end(false);
  }

  #write(): void {
    if (this.#segment !== null && !isThere(this.#segment)) {
      // Its name leads elsewhere: what is written there is read by no one, and what follows needs the state before it.
      this.#end(false);
      return this.#drop();
    }
    const segment = (this.#segment ??= openSegment(this.#options, this.#segmentBytes));
    const lines: HistoryEntry[] = [...(this.#opening === null ? [] : [openingEntry(this.#opening)]), ...this.#batch];
    segment.bytes += writeAll(segment.descriptor, lines.map((line) => sealed(line)).join(''));
    this.#opening = null;
    this.#batch = [];
    if (this.#failedMono !== null) this.#options.notice(`${this.#options.stateDir}: the history is written again`);
    this.#failedMono = null;
    const isOld = performance.now() - segment.openedMono > SEGMENT_AGE_MS;
    if ((segment.bytes < this.#segmentBytes && !isOld) || this.#latest === null) return;
    this.#end(true);
    this.#opening = { why: 'rotation', lost: 0, ...this.#latest };
  }

  #fail(error: unknown): void {
    if (this.#segment !== null) cut(this.#segment);
    this.#end(false);
    if (this.#failedMono === null) {
      const { stateDir, notice } = this.#options;
      const cause = wordWriteCause(reasonOf(error));
      notice(`cannot write the history in ${stateDir}: ${cause}; explain and replay will lack this time`);
    }
    this.#failedMono = performance.now();
    this.#drop();
  }

  #drop(): void {
    const lost = (this.#opening?.lost ?? 0) + this.#batch.length;
    this.#batch = [];
    const why = this.#opening?.why === 'start' ? 'start' : 'gap';
    if (this.#latest !== null) this.#opening = { why, lost, ...this.#latest };
  }

  #end(isSynced: boolean): void {
    if (this.#segment !== null) closeSegment(this.#segment, isSynced);
    this.#segment = null;
  }
}

function openingEntry({ state, ...facts }: Pick<Opening, 'why' | 'lost'> & Now & { state: ReactorState }): Opening {
  return {
    type: 'opening',
    format: HISTORY_FORMAT,
    ...facts,
    state: saveCore(state, facts.why === 'start' ? MAX_RECENT : 0),
  };
}

function closeSegment({ folder, descriptor }: Segment, isSynced: boolean): void {
  folder.close();
  if (!isSynced) return closeSync(descriptor);
  fsync(descriptor, () => closeSync(descriptor));
}

// Half a line of a full disk must not stand before the next one.
function cut({ descriptor, bytes }: Segment): void {
  try {
    ftruncateSync(descriptor, bytes);
  } catch {
    // The reader passes over a torn line.
  }
}

function isThere({ folder, name, dev, ino }: Segment): boolean {
  const stats = statSync(join(folder.path, name), { throwIfNoEntry: false });
  return stats?.dev === dev && stats.ino === ino;
}

/** A file of the history. */
export type SegmentFile = {
  readonly name: string;
  readonly bytes: number;
  readonly writtenAt: Ms;
  /** False for a link, a folder and the like, which is none of ours. */
  readonly isFile: boolean;
};

/** Lists the segments, and what has such a name, oldest first. Throws the error of the file system. */
export function listSegments(folder: StateFolder): readonly SegmentFile[] {
  const names = readdirSync(folder.at('.')).filter((name) => SEGMENT.test(name));
  return names.toSorted().flatMap((name) => {
    const stats = lstatSync(folder.at(name), { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ name, bytes: stats.size, writtenAt: stats.mtimeMs, isFile: stats.isFile() }];
  });
}

/** Opens the newest segment while it is small, or makes the next one; makes room for it. Throws. */
function openSegment({ stateDir, maxBytes, maxAgeMs }: HistoryOptions, segmentBytes: number): Segment {
  const state = openStateFolder(stateDir, () => undefined);
  let folder: StateFolder;
  try {
    folder = openSubfolder(state, HISTORY_FOLDER);
  } finally {
    state.close();
  }
  try {
    const files = listSegments(folder);
    makeRoom(
      folder,
      files.filter(({ isFile }) => isFile),
      { maxBytes: maxBytes - segmentBytes, writtenBefore: Date.now() - maxAgeMs },
    );
    return appendTo(folder, files.at(-1), segmentBytes) ?? makeSegment(folder, files.at(-1));
  } catch (error) {
    folder.close();
    throw error;
  }
}

function makeRoom(
  folder: StateFolder,
  files: readonly SegmentFile[],
  { maxBytes, writtenBefore }: { readonly maxBytes: number; readonly writtenBefore: Ms },
): void {
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  let aged = 0;
  // The newest one stays, whatever the clock says.
  for (const file of files.slice(0, -1)) {
    const isAged = file.writtenAt < writtenBefore && aged < MAX_AGED;
    if (bytes <= maxBytes && !isAged) return;
    rmSync(folder.at(file.name), { force: true });
    bytes -= file.bytes;
    if (isAged) aged += 1;
  }
}

function appendTo(folder: StateFolder, newest: SegmentFile | undefined, segmentBytes: number): Segment | null {
  if (newest === undefined || newest.bytes >= segmentBytes) return null;
  if (Date.now() - newest.writtenAt > SEGMENT_AGE_MS) return null;
  let descriptor: number;
  try {
    descriptor = openOwnFileToAppend(folder.at(newest.name));
  } catch {
    // A FIFO, a link or another user's file under this name: the next one is ours.
    return null;
  }
  const segment = segmentOf(folder, newest.name, descriptor);
  // A killed process may have left half a line.
  segment.bytes += writeAll(descriptor, '\n');
  return segment;
}

function makeSegment(folder: StateFolder, newest: SegmentFile | undefined): Segment {
  const next = newest === undefined ? 1 : Number.parseInt(newest.name, 10) + 1;
  const name = `${String(next).padStart(10, '0')}.jsonl`;
  return segmentOf(folder, name, makeOwnFile(folder.at(name)));
}

function segmentOf(folder: StateFolder, name: string, descriptor: number): Segment {
  const { dev, ino, size } = fstatSync(descriptor);
  return { folder, name, descriptor, dev, ino, bytes: size, openedMono: performance.now() };
}
