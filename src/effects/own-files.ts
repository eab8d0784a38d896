/**
 * Opens files and folders that are ours: those below the state folder, and logs. We may be root, and the folder may have
 * been made beforehand by another user; so no link is followed that another user could have planted, nothing but a
 * regular file is opened, and nothing of another user's is read or written.
 */

import type { Distrust } from '../core/errno.ts';
import { wordDistrust } from '../wording/files.ts';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { dirname, parse, resolve, sep } from 'node:path';

/** Links followed on the way to a folder; Linux's own limit. */
const MAX_LINKS = 40;
/** Bytes that are read at a time. */
const CHUNK_BYTES = 1024 * 1024;
/** Write permission of others than the owner. */
const OTHERS_WRITE = 0o022;
/** In a folder with this bit only the owner of an entry may replace it. */
const STICKY = 0o1000;
/** Windows has none of these: undefined there, which counts as 0. */
const { O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY, O_NOCTTY } = constants;

/** Thrown where a file or folder that should be ours is not trusted. */
export class DistrustError extends Error {
  readonly distrust: Distrust;

  constructor(distrust: Distrust) {
    super(wordDistrust(distrust));
    this.distrust = distrust;
  }
}

/** Returns true for root and for ourselves; a system without user ids trusts all. */
export function isTrustedUser(uid: number): boolean {
  const ours = process.geteuid?.();
  return ours === undefined || uid === 0 || uid === ours;
}

/**
 * Follows a path of ours component by component and returns it without links; what does not exist yet is kept as it is.
 * Throws DistrustError for a link in it, unless root or we own both the link and the folder that it lies in.
 */
export function canonicalOwnPath(path: string): string {
  return follow(resolve(path), MAX_LINKS);
}

function follow(path: string, linksLeft: number): string {
  const { root } = parse(path);
  let current = root;
  const parts = path
    .slice(root.length)
    .split(sep)
    .filter((part) => part !== '');
  for (const [index, part] of parts.entries()) {
    const next = resolve(current, part);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return resolve(current, ...parts.slice(index));
    if (stats.isSymbolicLink()) {
      checkLink(next, stats);
      if (linksLeft === 0) throw new DistrustError({ code: 'too_many_links', path, max: MAX_LINKS });
      return follow(resolve(current, readlinkSync(next), ...parts.slice(index + 1)), linksLeft - 1);
    }
    current = next;
  }
  return current;
}

function checkLink(path: string, link: Stats): void {
  if (!isTrustedUser(link.uid)) throw new DistrustError({ code: 'foreign_link', path, uid: link.uid });
  const folder = dirname(path);
  const stats = lstatSync(folder);
  // Who may change the folder could replace it by another link; in one like /tmp the link's owner alone can.
  const exposed = !isTrustedUser(stats.uid) || (othersMayWrite(stats) && (stats.mode & STICKY) === 0);
  if (exposed) throw new DistrustError({ code: 'exposed_link', path, folder });
}

/**
 * Opens a folder of ours: a descriptor to its very inode. Throws DistrustError where it is a link, belongs to another
 * user, or (root's folder, used by another) can be changed by others.
 */
export function openOwnFolder(path: string): number {
  const descriptor = openSync(path, constants.O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isDirectory()) throw new DistrustError({ code: 'no_folder', path });
    if (!isTrustedUser(stats.uid)) throw new DistrustError({ code: 'foreign', path, uid: stats.uid });
    if (isRootsForUs(stats) && othersMayWrite(stats)) throw new DistrustError({ code: 'writable_by_others', path });
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Throws as `openOwnFolder`; nothing there is no error. */
export function checkOwnFolder(path: string): void {
  const canonical = canonicalOwnPath(path);
  if (lstatSync(canonical, { throwIfNoEntry: false }) !== undefined) closeSync(openOwnFolder(canonical));
}

function isRootsForUs({ uid }: Stats): boolean {
  return uid === 0 && process.geteuid?.() !== 0;
}

/** Entries of one tree that are looked at: a store of snapshots has some hundred. */
const MAX_TREE = 100_000;

/**
 * Checks a folder and all that is below it, once, before something else (git) works in it by path. Nothing there is no
 * error. Throws DistrustError for what belongs to another user, and for FIFOs, devices and sockets.
 */
export function checkOwnTree(path: string): void {
  const open = [canonicalOwnPath(path)];
  for (let checked = 0; checked < MAX_TREE; checked += 1) {
    const next = open.pop();
    if (next === undefined) return;
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (!isTrustedUser(stats.uid)) throw new DistrustError({ code: 'foreign', path: next, uid: stats.uid });
    if (stats.isDirectory()) open.push(...readdirSync(next).map((name) => resolve(next, name)));
    else if (!stats.isFile() && !stats.isSymbolicLink()) throw new DistrustError({ code: 'no_file', path: next });
  }
}

/** Returns true where others than the owner may make, replace or remove files in the folder. */
export function othersMayWrite({ mode }: Pick<Stats, 'mode'>): boolean {
  return process.platform !== 'win32' && (mode & OTHERS_WRITE) !== 0;
}

/** Opens a file of ours for reading; null where there is none. Never waits for a FIFO or a device. Throws DistrustError. */
export function openOwnFileToRead(path: string): number | null {
  return openChecked(path, constants.O_RDONLY, false);
}

/** Opens a file of ours to append to it, made with mode 0600 where there is none. Throws DistrustError. */
export function openOwnFileToAppend(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT } = constants;
  const descriptor = openChecked(path, O_WRONLY | O_APPEND | O_CREAT, true);
  if (descriptor === null) throw new Error(`${path} was removed while it was made`);
  return descriptor;
}

/** Makes a new file with mode 0600 instead of whatever had that name; a folder there is an error of `node:fs`. */
export function makeOwnFile(path: string): number {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) unlinkSync(path);
  const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

// Looked at before it is opened (opening a device may do something), and again once it is (it may be another by then).
function openChecked(path: string, flags: number, writes: boolean): number | null {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (before === undefined && !writes) return null;
  if (before !== undefined) checkFile(path, before, writes);
  const descriptor = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o600);
  try {
    checkFile(path, fstatSync(descriptor), writes);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Throws DistrustError unless it is a regular file of root's or ours; one that is written must have no second name. */
export function checkFile(path: string, stats: Stats, writes: boolean): void {
  if (!stats.isFile()) throw new DistrustError({ code: 'no_file', path });
  if (!isTrustedUser(stats.uid)) throw new DistrustError({ code: 'foreign', path, uid: stats.uid });
  // A hard link to a file elsewhere; what is only read does no harm, and backups are made of such links.
  if (writes && stats.nlink > 1) throw new DistrustError({ code: 'second_name', path });
}

/** Reads a file of ours whole; null where there is none. Throws DistrustError, also for one of more than `maxBytes`. */
export function readOwnFile(path: string, maxBytes: number): Buffer | null {
  const descriptor = openOwnFileToRead(path);
  if (descriptor === null) return null;
  try {
    return Buffer.concat([...readChunks(descriptor, path, maxBytes)]);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads an open file piece by piece. Throws DistrustError where it has, or gives, more than `maxBytes`. */
export function* readChunks(descriptor: number, path: string, maxBytes: number): Generator<Buffer, void> {
  const { size } = fstatSync(descriptor);
  if (size > maxBytes) throw new DistrustError({ code: 'too_large', path, bytes: size, maxBytes });
  let bytes = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = readSync(descriptor, chunk, 0, CHUNK_BYTES, null);
    if (read === 0) return;
    bytes += read;
    if (bytes > maxBytes) throw new DistrustError({ code: 'too_large', path, bytes, maxBytes });
    yield chunk.subarray(0, read);
  }
}
