import { closeSync, fstatSync, fsync, fsyncSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import * as z from 'zod';
import { MAX_SAVED_SIGNALS } from '../../core/limits.ts';
import { makeOwnFile, openOwnFileToRead, readChunks } from '../own-files.ts';
import type { StateFolder } from './folder.ts';
import { linesOf, sealed, unsealed, writeAll } from './lines.ts';

/**
 * The state, as 0.1.0 wrote and reads it: one JSON object a line, the last one of a key counts, `v: null` takes it away.
 * 0.1.0 writes no checksum, and passes over ours.
 */
const FILE = 'journal.jsonl';
const NEXT = 'journal.jsonl.next';
/** The name under which a file that could not be read whole is kept, once. */
const DAMAGED = 'journal.jsonl.damaged';
/** 0.1.0 had no bound here, and a flood of signals made some hundred MB; a larger file is none of ours, bytes. */
const MAX_FILE = 512 * 1024 * 1024;
/** Of a line; ours have a few kB, and those of 0.1.0 had at most some hundred, bytes. */
const MAX_LINE = 4 * 1024 * 1024;
/** Signals that may be in memory while a file is read, before the oldest settled ones go. */
const MAX_READ_SIGNALS = 2 * MAX_SAVED_SIGNALS;

const SIGNAL = 'signal:';
const lineSchema = z.strictObject({ k: z.string(), v: z.unknown() });
const settledSchema = z.object({ fate: z.object({ settled: z.literal(true) }) });

export type Loaded = {
  readonly values: Map<string, unknown>;
  /** Lines that could not be read. */
  readonly skipped: number;
};

/**
 * Reads what is kept: lines that are torn, garbage or not what was written are skipped and counted. Throws DistrustError,
 * and the error of the file system.
 */
export function readJournal(folder: StateFolder): Loaded {
  const path = folder.at(FILE);
  const descriptor = openOwnFileToRead(path);
  const values = new Map<string, unknown>();
  if (descriptor === null) return { values, skipped: 0 };
  let signals = 0;
  let skipped = 0;
  try {
    for (const line of linesOf(readChunks(descriptor, path, MAX_FILE), MAX_LINE)) {
      const entry = line === null ? null : parseLine(line);
      if (entry === null) {
        skipped += 1;
        continue;
      }
      const counts = entry.k.startsWith(SIGNAL) ? 1 : 0;
      const isGone = entry.v === null || entry.v === undefined;
      if (values.has(entry.k)) signals -= counts;
      if (!isGone) signals += counts;
      if (isGone) values.delete(entry.k);
      else values.set(entry.k, entry.v);
      if (signals > MAX_READ_SIGNALS) signals = forgetOldest(values);
    }
    return { values, skipped };
  } finally {
    closeSync(descriptor);
  }
}

function parseLine(line: string): { k: string; v?: unknown } | null {
  try {
    const body = unsealed(line);
    return body === null ? null : (lineSchema.safeParse(JSON.parse(body)).data ?? null);
  } catch {
    return null;
  }
}

/** Takes the oldest signals that have settled out, until half of what may be kept is left; returns how many signals are. */
function forgetOldest(values: Map<string, unknown>): number {
  const signals = [...values].filter(([key]) => key.startsWith(SIGNAL));
  const settled = signals.filter(([, value]) => settledSchema.safeParse(value).success);
  const going = settled.slice(0, Math.max(0, signals.length - MAX_SAVED_SIGNALS));
  for (const [key] of going) values.delete(key);
  return signals.length - going.length;
}

function toLine(key: string, value: unknown): string {
  return sealed({ k: key, v: value });
}

/** Gives the file another name beside its own, so that what is rewritten without it is not lost. Throws. */
export function setAside(folder: StateFolder): string {
  rmSync(folder.at(DAMAGED), { force: true });
  linkSync(folder.at(FILE), folder.at(DAMAGED));
  return DAMAGED;
}

/** Takes the file away under another name; for one that is not ours to read. Throws. */
export function moveAside(folder: StateFolder): string {
  renameSync(folder.at(FILE), folder.at(DAMAGED));
  return DAMAGED;
}

/** The file that is appended to. Every method throws the error of the file system. */
export type Log = {
  readonly append: (key: string, value: unknown) => void;
  /** Bytes written so far. */
  readonly size: () => number;
  /** True while its name leads to this file. */
  readonly isThere: () => boolean;
  /** Flushes to the disk. */
  readonly close: () => void;
  /** Lets go of a file that another has replaced. */
  readonly discard: () => void;
};

/**
 * Makes the file with just these values. It has replaced what was there when `started` returns, in one step;
 * what was put by then survives the end of this process, however it ends.
 */
export function startLog(folder: StateFolder, values: ReadonlyMap<string, unknown>): Log {
  const next = makeOwnFile(folder.at(NEXT));
  try {
    const bytes = writeAll(next, [...values].map(([key, value]) => toLine(key, value)).join(''));
    // Against a loss of power: a name that leads to an empty file would cost everything. What is appended later is not
    // synchronised: it is safe from the end of our process, which is what is promised, and costs no wait for a disk.
    fsyncSync(next);
    renameSync(folder.at(NEXT), folder.at(FILE));
    return logOf(folder, next, bytes);
  } catch (error) {
    closeSync(next);
    throw error;
  }
}

function logOf(folder: StateFolder, descriptor: number, written: number): Log {
  const { dev, ino } = fstatSync(descriptor);
  let bytes = written;
  return {
    append: (key, value) => {
      bytes += writeAll(descriptor, toLine(key, value));
    },
    size: () => bytes,
    isThere: () => {
      const stats = statSync(folder.at(FILE), { throwIfNoEntry: false });
      return stats?.dev === dev && stats.ino === ino;
    },
    discard: () => closeSync(descriptor),
    close: () => {
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

export type Compaction = {
  /** Resolves when the new file is on the disk. Rejects with the error of the file system. */
  readonly synced: Promise<void>;
  /** Puts it instead of the old one, with what was put since it was begun. Throws. */
  readonly finish: (since: ReadonlyMap<string, unknown>) => Log;
  readonly abandon: () => void;
};

/** Begins to replace the file by one of just these values, while the old one is still appended to: no put waits for a disk. */
export function compactLog(folder: StateFolder, values: ReadonlyMap<string, unknown>): Compaction {
  const next = makeOwnFile(folder.at(NEXT));
  let bytes = 0;
  try {
    bytes = writeAll(next, [...values].map(([key, value]) => toLine(key, value)).join(''));
  } catch (error) {
    closeSync(next);
    throw error;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  fsync(next, (error) => (error === null ? resolve() : reject(error)));
  return {
    synced: promise,
    finish: (since) => {
      bytes += writeAll(next, [...since].map(([key, value]) => toLine(key, value)).join(''));
      renameSync(folder.at(NEXT), folder.at(FILE));
      return logOf(folder, next, bytes);
    },
    abandon: () => closeSync(next),
  };
}
