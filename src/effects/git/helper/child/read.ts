import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { CHUNK_BYTES, READ_ATTEMPTS } from '../../limits.ts';
import { type BytePath, nameOf, parentOf } from '../../workspace/byte-path.ts';
import type { Entry, Kind, Omission } from '../../workspace/entry.ts';
import { isRacy, type Stamp, stampOf, unsure } from '../../workspace/stamp.ts';
import { errnoOf } from '../../../../core/errno.ts';
import { type Folders, isGone } from './folder.ts';
import { entryOf } from './walk.ts';
import type { WriteBack } from './write-back.ts';

/**
 * The receiver of contents. A small one comes at once; a large one begins with its size, then come exactly so many bytes, then
 * its end. The facts of a file hold for the bytes that came: both are of one descriptor.
 */
export type Contents = {
  readonly small: (what: Read, data: Buffer) => void;
  readonly begin: (size: number) => void;
  readonly chunk: (data: Buffer) => void;
  readonly end: (what: Read) => void;
  readonly failed: (why: Omission) => void;
  /** The content is the one that was expected; it does not come. */
  readonly same: (what: Read) => void;
  /** Called now and then while nothing comes. */
  readonly alive: () => void;
};

/** The settings by which a file is read. */
export type Reading = {
  readonly maxFileBytes: number;
  /** The id of a content that need not come again, where the file is large; null for none. */
  readonly expected: string | null;
  readonly writeBack: WriteBack;
};

/**
 * The result of a reading. `stamp` is null where the file changed meanwhile, unsure where it may change without a trace in it.
 */
export type Read = {
  readonly entry: Entry;
  readonly stamp: Stamp | null;
  /** The file became shorter while it was read: what came is no state of it. */
  readonly short: boolean;
};

const buffer = Buffer.allocUnsafe(CHUNK_BYTES + 1);

/** Reads one file or link; whatever happens to it meanwhile, one of the endings is called. */
export function read(folders: Folders, path: BytePath, reading: Reading, into: Contents): void {
  let fd: number | null;
  try {
    const folder = folders.enter(parentOf(path));
    const name = folder.at(nameOf(path));
    folders.atMoment('found', path);
    fd = openFile(name);
    if (fd === null) return readTarget(path, name, into);
  } catch (error) {
    return into.failed(isGone(error) ? 'vanished' : 'unreadable');
  }
  try {
    readFile(path, fd, reading, into);
  } finally {
    closeSync(fd);
  }
}

/** The id that git gives to the content of a file or link; null where it cannot be read. */
export function contentOid(folders: Folders, path: BytePath, alive: () => void): string | null {
  let oid: string | null = null;
  let hash = createHash('sha1');
  const blob = (size: number): void => void (hash = createHash('sha1').update(`blob ${size}\0`));
  read(
    folders,
    path,
    { maxFileBytes: Infinity, expected: null, writeBack: NEITHER },
    {
      small: (_, data) => {
        blob(data.length);
        oid = hash.update(data).digest('hex');
      },
      begin: blob,
      chunk: (data) => {
        alive();
        hash.update(data);
      },
      end: ({ short }) => void (oid = short ? null : hash.digest('hex')),
      failed: () => undefined,
      same: () => undefined,
      alive,
    },
  );
  return oid;
}

/** For what is not remembered. */
const NEITHER: WriteBack = { settle: () => false, spentMs: () => 0 };

/** Null where it is a link. Never waits for a FIFO that has replaced the file. */
function openFile(name: Buffer): number | null {
  try {
    return openSync(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return null;
    throw error;
  }
}

function readTarget(path: BytePath, name: Buffer, into: Contents): void {
  for (let attempt = 1; ; attempt += 1) {
    const readAt = Date.now();
    const before = lstatSync(name, { bigint: true });
    const data = Buffer.from(readlinkSync(name, { encoding: 'latin1' }), 'latin1');
    const after = lstatSync(name, { bigint: true });
    const changed = stampOf(before) !== stampOf(after);
    if (changed && attempt < READ_ATTEMPTS) continue;
    if (changed || !after.isSymbolicLink()) return into.failed('vanished');
    return into.small(what(path, 'link', after, isRacy(after, readAt)), data);
  }
}

function readFile(path: BytePath, fd: number, reading: Reading, into: Contents): void {
  for (let attempt = 1; ; attempt += 1) {
    const now = fstatSync(fd, { bigint: true });
    if (!now.isFile()) return into.failed('vanished');
    if (now.size > reading.maxFileBytes) return into.failed('too large');
    const isSure = reading.writeBack.settle(fd, now);
    const readAt = Date.now();
    const before = fstatSync(fd, { bigint: true });
    const size = Number(before.size);
    if (size > CHUNK_BYTES) return readLarge(path, fd, { before, readAt, isSure, expected: reading.expected }, into);
    // One byte more than there should be, to see that the file grows.
    const length = fillOrNull(fd, buffer.subarray(0, size + 1));
    if (length === null) return into.failed('unreadable');
    const after = fstatSync(fd, { bigint: true });
    const changed = stampOf(before) !== stampOf(after) || length !== Number(after.size);
    if (changed && attempt < READ_ATTEMPTS) continue;
    const found = what(path, 'file', after, !isSure || isRacy(after, readAt));
    return into.small(changed ? { ...found, stamp: null } : found, buffer.subarray(0, Math.min(length, CHUNK_BYTES)));
  }
}

type Large = {
  readonly before: BigIntStats;
  readonly readAt: number;
  readonly isSure: boolean;
  readonly expected: string | null;
};

function readLarge(path: BytePath, fd: number, large: Large, into: Contents): void {
  const { before, readAt, isSure, expected } = large;
  const size = Number(before.size);
  const readAll = (onChunk: (chunk: Buffer) => void): Read => {
    let short = false;
    for (let position = 0; position < size; position += CHUNK_BYTES) {
      const chunk = buffer.subarray(0, Math.min(CHUNK_BYTES, size - position));
      const length = fillUnlessBroken(fd, chunk, position);
      if (length < chunk.length) short = true;
      chunk.fill(0, length);
      onChunk(chunk);
    }
    const after = fstatSync(fd, { bigint: true });
    const found = what(path, 'file', after, !isSure || isRacy(after, readAt));
    return { ...found, stamp: stampOf(before) === stampOf(after) ? found.stamp : null, short };
  };
  if (expected !== null) {
    const hash = createHash('sha1').update(`blob ${size}\0`);
    const found = readAll((chunk) => {
      into.alive();
      hash.update(chunk);
    });
    if (found.stamp !== null && !found.short && hash.digest('hex') === expected) return into.same(found);
  }
  into.begin(size);
  into.end(readAll(into.chunk));
}

function what(path: BytePath, kind: Kind, stats: BigIntStats, isUnsure: boolean): Read {
  const stamp = stampOf(stats);
  return { entry: entryOf(path, kind, stats), stamp: isUnsure ? unsure(stamp) : stamp, short: false };
}

function fillOrNull(fd: number, part: Buffer): number | null {
  try {
    return fill(fd, part, 0);
  } catch {
    return null;
  }
}

/** A content that has begun has to end: what cannot be read counts as missing. */
function fillUnlessBroken(fd: number, part: Buffer, position: number): number {
  try {
    return fill(fd, part, position);
  } catch {
    return 0;
  }
}

/** Fills `part` from `position` of the file on; returns how many bytes there were. */
function fill(fd: number, part: Buffer, position: number): number {
  let length = 0;
  while (length < part.length) {
    const bytes = readSync(fd, part, length, part.length - length, position + length);
    if (bytes === 0) break;
    length += bytes;
  }
  return length;
}
