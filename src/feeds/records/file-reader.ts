/** Reads one record file on from where it was left, whatever became of it meanwhile. */
import type { AgentRecordProblem } from '../../core/source-reasons.ts';
import { errnoOf } from '../../core/errno.ts';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Book, BookFile } from './book.ts';
import {
  FIRST_LINE,
  type LineBuffer,
  type LinesPosition,
  type LinesTarget,
  MAX_RECORD_BYTES,
  MAX_RECORD_DEPTH,
  readLines,
} from './lines.ts';
import { HEAD_BYTES, headHash, readFileHead } from '../file-head.ts';
import { isDeeper } from '../wire/depth.ts';
import type { Decoder, FileName, FilesStore } from './provider.ts';
import { openBelow, type OpenedFile, type Root } from './root.ts';
import type { FoundFile } from './tree.ts';
import { unpack } from './unpack.ts';

/**
 * Bytes that a compressed file may unpack to: four times the largest session that was seen, and no more than so many times
 * its own size (sessions pack to a tenth), so that many small files don't keep us busy for good. A small one may be all
 * repetition.
 */
const MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024;
const MAX_UNPACKED_RATIO = 200;
const SMALL_UNPACKED_BYTES = 16 * 1024 * 1024;

/** The position up to which a file was read. */
export type ReadFile = {
  readonly name: FileName;
  /** Null before it was read for the first time. */
  book: BookFile | null;
  decoder: Decoder<unknown> | null;
  /** Device and inode. */
  identity: string;
  lines: LinesPosition;
  /** Size and time of the last write when it was last read. */
  stamp: string;
  head: { readonly length: number; readonly hash: string };
  lastWriteMs: number;
  /** The reason why it could not be read the last time; null where it could. */
  failure: string | null;
};

export type FileReaderDeps = {
  readonly root: Root;
  readonly store: FilesStore<unknown>;
  readonly book: Book;
  readonly buffer: LineBuffer;
  readonly malformed: (file: FileName, why: AgentRecordProblem) => void;
  readonly oversized: (file: FileName) => void;
  /** A document that names a process was read. */
  readonly document: (name: FileName, value: unknown) => void;
};

const NO_HEAD: ReadFile['head'] = { length: 0, hash: headHash(Buffer.alloc(0)) };

export function newReadFile(name: FileName): ReadFile {
  return {
    name,
    book: null,
    decoder: null,
    identity: '',
    lines: FIRST_LINE,
    stamp: '',
    head: NO_HEAD,
    lastWriteMs: 0,
    failure: null,
  };
}

/**
 * Reads what is new; true when anything was read. `opening`: the file is being opened already. Rejects with
 * `RefusedFileError` or the system's error.
 */
export async function readOn(
  file: ReadFile,
  deps: FileReaderDeps,
  signal: AbortSignal,
  opening: Promise<OpenedFile> = openBelow(deps.root, file.name.path),
): Promise<boolean> {
  const { handle, stats } = await opening;
  try {
    const stamp = stampOf(stats);
    const identity = identityOf(stats);
    if (stamp === file.stamp && identity === file.identity) return false;
    const size = Number(stats.size);
    const isOn = file.book !== null && (await isSame(file, identity, size, handle));
    if (!isOn) beginAnew(file, deps);
    else if (file.decoder === null) await catchUp(file, deps, handle, signal);
    if (signal.aborted) return false;
    file.identity = identity;
    file.lastWriteMs = Number(stats.mtimeMs);
    await read(file, deps, { handle, size }, signal);
    // What was written while it was read is seen by the next poll.
    if (!signal.aborted) file.stamp = stamp;
    return true;
  } finally {
    // Nothing depends on when it is closed.
    void handle.close().catch(() => undefined);
  }
}

/** Returns true where a file is not as it was last read, or as the walk found it: asked without opening it. */
export async function hasGrown(file: ReadFile | FoundFile, root: Root): Promise<boolean> {
  const stats = await lstat(join(root.path, ...file.name.path), { bigint: true }).catch(() => null);
  if (stats === null) return false;
  if ('stamp' in file) return stampOf(stats) !== file.stamp || identityOf(stats) !== file.identity;
  return Number(stats.size) !== file.size || Math.abs(Number(stats.mtimeMs) - file.mtimeMs) > 1;
}

/** The position up to which a file was read, and its state then. */
export type ReadPosition = Pick<ReadFile, 'identity' | 'lines' | 'stamp' | 'head' | 'lastWriteMs'>;

/** The position of a file whose lines were read so far; `head`: its first bytes, or more. */
export function positionOf(stats: BigIntStats, lines: LinesPosition, head: Buffer): ReadPosition {
  const lastWriteMs = Number(stats.mtimeMs);
  return { identity: identityOf(stats), lines, stamp: stampOf(stats), head: headOf(head), lastWriteMs };
}

/** Takes over a file that another thread has read: it is read on from there, by a decoder that catches up first. */
export function adopt(file: ReadFile, { book }: FileReaderDeps, state: unknown, position: ReadPosition): BookFile {
  const taken = (file.book ??= book.add(file.name));
  taken.state = state;
  taken.isAppended = false;
  taken.isRecallable = true;
  Object.assign(file, position, { decoder: null });
  return taken;
}

function stampOf({ size, mtimeNs }: BigIntStats): string {
  return `${size}:${mtimeNs}`;
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

type Opened = { readonly handle: FileHandle; readonly size: number };

async function isSame(file: ReadFile, identity: string, size: number, handle: FileHandle): Promise<boolean> {
  // Compressed files and documents are written anew, not on.
  if (file.name.format !== 'lines' || identity !== file.identity || size < file.lines.offset) return false;
  return headHash(await readFileHead(handle, file.head.length)) === file.head.hash;
}

// What an earlier content reported stays reported: it was paid, whatever is in the file now.
function beginAnew(file: ReadFile, { book, store }: FileReaderDeps): void {
  file.book ??= book.add(file.name);
  file.decoder = store.decoder(file.name, file.book.sink);
  file.book.state = file.decoder.state;
  file.book.isAppended = false;
  file.book.isRecallable = isRecallable(file, store);
  file.lines = FIRST_LINE;
}

/** Returns true for a file whose decoder can be made anew at any time. */
export function isRecallable({ name }: ReadFile, { decodesApart }: FilesStore<unknown>): boolean {
  return decodesApart === true && name.format === 'lines';
}

/** Reads a file once more up to where it was read, without telling anything; where it is another one by now, not at all. */
export async function recall(file: ReadFile, deps: FileReaderDeps, signal: AbortSignal): Promise<void> {
  const { handle, stats } = await openBelow(deps.root, file.name.path);
  try {
    if (await isSame(file, identityOf(stats), Number(stats.size), handle)) await catchUp(file, deps, handle, signal);
  } finally {
    void handle.close().catch(() => undefined);
  }
}

// Another thread read the file so far; what it told is in the book.
async function catchUp(file: ReadFile, deps: FileReaderDeps, handle: FileHandle, signal: AbortSignal): Promise<void> {
  const { name, book, lines } = file;
  if (book === null) return;
  const decoder = deps.store.decoder(name, book.sink);
  const target: LinesTarget = { decoder, malformed: () => undefined, oversized: () => undefined };
  let position = 0;
  const readBytes = async (buffer: Buffer, at: number, length: number): Promise<number> => {
    if (position >= lines.offset) return 0;
    const { bytesRead } = await handle.read(buffer, at, Math.min(length, lines.offset - position), position);
    position += bytesRead;
    return bytesRead;
  };
  book.isMuted = true;
  try {
    await readLines(readBytes, FIRST_LINE, target, deps.buffer, signal);
  } finally {
    book.isMuted = false;
  }
  if (signal.aborted) return;
  file.decoder = decoder;
  book.state = decoder.state;
}

async function read(file: ReadFile, deps: FileReaderDeps, opened: Opened, signal: AbortSignal): Promise<void> {
  const { name, decoder } = file;
  if (decoder === null) return;
  const target: LinesTarget = {
    decoder,
    malformed: (why) => deps.malformed(name, why),
    oversized: () => deps.oversized(name),
  };
  if (name.format === 'document' || name.format === 'text') return readWhole(file, deps, opened, target);
  if (name.format === 'zstd-lines') return readPacked(target, deps, opened, signal);
  const { handle, size } = opened;
  let position = file.lines.offset;
  const readBytes = async (buffer: Buffer, at: number, length: number): Promise<number> => {
    // What was written since is read the next time: its change is announced.
    if (position >= size) return 0;
    const { bytesRead } = await handle.read(buffer, at, Math.min(length, size - position), position);
    if (file.head.length < HEAD_BYTES && position === 0) file.head = headOf(buffer.subarray(at, at + bytesRead));
    position += bytesRead;
    return bytesRead;
  };
  file.lines = await readLines(readBytes, file.lines, target, deps.buffer, signal);
}

// Of bytes that were read: a file that was shorter then is known by what it had.
function headOf(bytes: Buffer): ReadFile['head'] {
  const head = bytes.subarray(0, HEAD_BYTES);
  return { length: head.length, hash: headHash(head) };
}

async function readWhole(
  { name }: ReadFile,
  deps: FileReaderDeps,
  { handle, size }: Opened,
  { decoder, oversized, malformed }: LinesTarget,
): Promise<void> {
  if (size > MAX_RECORD_BYTES) return oversized();
  const bytes = await handle.readFile();
  if (bytes.length > MAX_RECORD_BYTES) return oversized();
  if (isDeeper(bytes, MAX_RECORD_DEPTH)) return malformed({ code: 'too_deep', offset: null });
  const text = bytes.toString('utf8').replace(/^\uFEFF/u, '');
  if (name.format === 'text') return decoder.record(text, { offset: 0, index: 0 });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // It is being written: the next change tells of its end.
    return malformed({ code: 'no_json', offset: null });
  }
  decoder.record(value, { offset: 0, index: 0 });
  deps.document(name, value);
}

async function readPacked(
  target: LinesTarget,
  deps: FileReaderDeps,
  { handle, size }: Opened,
  signal: AbortSignal,
): Promise<void> {
  const most = Math.min(MAX_UNPACKED_BYTES, Math.max(SMALL_UNPACKED_BYTES, size * MAX_UNPACKED_RATIO));
  const unpacked = unpack(handle, most);
  try {
    await readLines(unpacked.read, FIRST_LINE, target, deps.buffer, signal);
    if (unpacked.isTooLarge()) target.oversized();
  } catch (error) {
    // A compressed file that is damaged, or still being written.
    target.malformed({ code: 'not_unpacked', error: errnoOf(error) || null });
  } finally {
    unpacked.close();
  }
}
