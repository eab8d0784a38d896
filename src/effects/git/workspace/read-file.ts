import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { CHUNK_BYTES, READ_ATTEMPTS } from '../limits.ts';
import { type BytePath, under } from './byte-path.ts';
import { isRacy, type Stamp, stampOf } from './stamp.ts';
import { type Entry, isGone } from './walk.ts';

/** What was read, as git names it. `stamp` is null where the file may change, or has changed, without a trace in it. */
export type Identity = { readonly oid: string; readonly stamp: Stamp | null };
export type Content = Identity & { readonly data: Buffer };
export type ReadFailure = { readonly failed: 'vanished' | 'unreadable' };

/** A large file being read in chunks; exactly `size` bytes come, whatever happens to it meanwhile. */
export type LargeFile = {
  readonly size: number;
  /** The next chunk, zeros where the file has become shorter; null at the end. */
  readonly next: () => Promise<Buffer | null>;
  /** After the last chunk: what was read, or null where the file had become shorter. */
  readonly finish: () => Promise<Identity | null>;
  readonly close: () => Promise<void>;
};

/** Reads a link, or a small file at once; one that changes meanwhile is read again a few times, then taken as it is. */
export async function readWhole(root: BytePath, entry: Entry): Promise<Content | ReadFailure> {
  try {
    return entry.kind === 'link' ? await readTarget(root, entry.path) : await readSmall(root, entry.path);
  } catch (error) {
    return failure(error);
  }
}

/** Opens a file of any size for reading in chunks of `CHUNK_BYTES`. */
export async function openLarge(root: BytePath, path: BytePath): Promise<LargeFile | ReadFailure> {
  try {
    return await startLarge(await openFile(root, path));
  } catch (error) {
    return failure(error);
  }
}

/** The id that git gives to the content of `entry`; null where it cannot be read. */
export async function contentOid(root: BytePath, entry: Entry): Promise<string | null> {
  if (isSmall(entry)) {
    const content = await readWhole(root, entry);
    return 'failed' in content ? null : content.oid;
  }
  const file = await openLarge(root, entry.path);
  if ('failed' in file) return null;
  try {
    while ((await file.next()) !== null);
    return (await file.finish())?.oid ?? null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

export function isSmall(entry: Entry): boolean {
  return entry.kind === 'link' || entry.size <= CHUNK_BYTES;
}

/** The id that git gives to a blob of these bytes. */
export function blobOid(data: Buffer): string {
  return blobHash(data.length).update(data).digest('hex');
}

function blobHash(size: number): Hash {
  return createHash('sha1').update(`blob ${size}\0`);
}

async function readTarget(root: BytePath, path: BytePath): Promise<Content> {
  const readAt = Date.now();
  const stats = await lstat(under(root, path));
  const data = Buffer.from(await readlink(under(root, path), { encoding: 'latin1' }), 'latin1');
  return { oid: blobOid(data), data, stamp: isRacy(stats, readAt) ? null : stampOf(stats) };
}

async function readSmall(root: BytePath, path: BytePath): Promise<Content> {
  const file = await openFile(root, path);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const content = await readOnce(file);
      if (!content.changed || attempt === READ_ATTEMPTS) return content;
    }
  } finally {
    await file.close();
  }
}

async function readOnce(file: FileHandle): Promise<Content & { readonly changed: boolean }> {
  const readAt = Date.now();
  const before = await file.stat();
  // One byte more than there should be, to see that the file grows.
  const buffer = Buffer.allocUnsafe(before.size + 1);
  const data = buffer.subarray(0, await fill(file, buffer, 0));
  const after = await file.stat();
  const changed = stampOf(before) !== stampOf(after) || data.length !== after.size;
  return { oid: blobOid(data), data, changed, stamp: changed || isRacy(after, readAt) ? null : stampOf(after) };
}

async function startLarge(file: FileHandle): Promise<LargeFile> {
  const readAt = Date.now();
  const before = await file.stat();
  const hash = blobHash(before.size);
  let position = 0;
  let short = false;

  const next = async (): Promise<Buffer | null> => {
    if (position >= before.size) return null;
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, before.size - position));
    const length = await fill(file, chunk, position);
    if (length < chunk.length) short = true;
    chunk.fill(0, length);
    position += chunk.length;
    hash.update(chunk);
    return chunk;
  };
  const finish = async (): Promise<Identity | null> => {
    const after = await file.stat();
    const steady = stampOf(before) === stampOf(after) && !isRacy(after, readAt);
    if (short) return null;
    return { oid: hash.digest('hex'), stamp: steady ? stampOf(after) : null };
  };
  return { size: before.size, next, finish, close: () => file.close() };
}

/** Fills `buffer` from `position` of the file on; returns how many bytes there were. */
async function fill(file: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

/** Never follows a link that has taken the file's place, never waits for a FIFO that has. */
async function openFile(root: BytePath, path: BytePath): Promise<FileHandle> {
  const file = await open(under(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw Object.assign(new Error('no longer a file'), { code: 'ENOENT' });
}

function failure(error: unknown): ReadFailure {
  return { failed: isGone(error) ? 'vanished' : 'unreadable' };
}
