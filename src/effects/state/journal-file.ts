import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const FILE = 'journal.jsonl';
const NEXT = 'journal.jsonl.next';
/** A larger file cannot be ours; it is set aside rather than read into memory, bytes. */
const MAX_FILE = 256 * 1024 * 1024;

const lineSchema = z.object({ k: z.string(), v: z.unknown() });

/** Makes the directory for us alone. False (and said so) where that cannot be done. */
export function prepareStateDir(dir: string, notice: (text: string) => void): boolean {
  try {
    makeFolder(dir);
    if ((statSync(dir).mode & 0o077) === 0) return true;
    // Only a directory that is ours alone is closed to others: never /tmp or a home given by mistake.
    const names = readdirSync(dir);
    if (names.length === 0 || names.includes(FILE)) chmodSync(dir, 0o700);
    else notice(`${dir} can be entered by other users; chmod 700 it, or give a --state-dir of its own`);
    return true;
  } catch (error) {
    notice(`${dir} cannot be used (${String(error)}): nothing is kept over a restart; give another --state-dir`);
    return false;
  }
}

// Not `recursive`: where a file system refuses new names as not found (/proc), Node would try for ever.
function makeFolder(dir: string): void {
  if (isFolder(dir)) return;
  makeFolder(dirname(dir));
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    // Another of us may have made it a moment ago.
    if (!isFolder(dir)) throw error;
  }
}

function isFolder(dir: string): boolean {
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Reads what is kept; lines that are torn or garbage are skipped and counted. */
export function loadJournal(
  dir: string,
  notice: (text: string) => void,
): { values: Map<string, unknown>; skipped: number } {
  const file = join(dir, FILE);
  const values = new Map<string, unknown>();
  try {
    if (!existsSync(file)) return { values, skipped: 0 };
    if (statSync(file).size <= MAX_FILE) return { values, skipped: readLines(readFileSync(file, 'utf8'), values) };
    renameSync(file, `${file}.oversized`);
    notice(`${file} was too large to be ours and was set aside as ${FILE}.oversized`);
  } catch (error) {
    notice(`${file} cannot be read (${String(error)}): starting without what it holds`);
  }
  return { values, skipped: 0 };
}

function readLines(text: string, values: Map<string, unknown>): number {
  let skipped = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry === null) skipped += 1;
    else if (entry.v === null || entry.v === undefined) values.delete(entry.k);
    else values.set(entry.k, entry.v);
  }
  return skipped;
}

function parseLine(line: string): { k: string; v?: unknown } | null {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** The append-only file. Every method throws what the file system says. */
export type Log = {
  readonly append: (key: string, value: unknown) => void;
  /** Replaces the file by one that holds just these values, in one step; returns its size in bytes. */
  readonly rewrite: (values: ReadonlyMap<string, unknown>) => number;
  /** Bytes written so far. */
  readonly size: () => number;
  readonly close: () => void;
};

/** Opens nothing yet: `rewrite` comes first and makes the file. */
export function openLog(dir: string): Log {
  let descriptor: number | null = null;
  let bytes = 0;

  const close = (): void => {
    if (descriptor === null) return;
    const closing = descriptor;
    descriptor = null;
    try {
      fsyncSync(closing);
    } finally {
      closeSync(closing);
    }
  };

  const rewrite = (values: ReadonlyMap<string, unknown>): number => {
    const next = openOwn(join(dir, NEXT));
    try {
      bytes = writeAll(next, [...values].map(([key, value]) => toLine(key, value)).join(''));
      fsyncSync(next);
      renameSync(join(dir, NEXT), join(dir, FILE));
    } catch (error) {
      closeSync(next);
      throw error;
    }
    if (descriptor !== null) closeSync(descriptor);
    descriptor = next;
    syncDirectory(dir);
    return bytes;
  };

  const append = (key: string, value: unknown): void => {
    if (descriptor === null) throw new Error('the journal is closed');
    bytes += writeAll(descriptor, toLine(key, value));
  };

  return { append, rewrite, size: () => bytes, close };
}

function toLine(key: string, value: unknown): string {
  return `${JSON.stringify({ k: key, v: value })}\n`;
}

/** For us alone, never through a link that somebody put there; what an earlier run left is emptied. */
function openOwn(file: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const descriptor = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | (O_NOFOLLOW ?? 0), 0o600);
  if ((fstatSync(descriptor).mode & 0o777) !== 0o600) fchmodSync(descriptor, 0o600);
  return descriptor;
}

function writeAll(descriptor: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
  return bytes.length;
}

function syncDirectory(dir: string): void {
  try {
    const descriptor = openSync(dir, constants.O_RDONLY);
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch {
    // Not every file system can sync a directory; the rename itself has been done.
  }
}
