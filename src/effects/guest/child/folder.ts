import { constants, closeSync, fstatSync, lstatSync, openSync, statSync } from 'node:fs';
import type { GuestRequest } from '../protocol.ts';
import { GuestError } from './problem.ts';

/** Longest path of a file, bytes: the kernel's own limit. */
const MAX_PATH = 4_096;

/**
 * Makes the folder that we were told of, and no other one that stands at its path by now, the working folder. Returns the
 * name that `pwd` shall show: `name` where that leads to it. Throws `GuestError`.
 */
export function enterFolder(wanted: GuestRequest['folder'], name: string): string {
  const fd = openSync(wanted.path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (!isSame(fstatSync(fd, { bigint: true }), wanted)) throw new GuestError('other_folder', wanted.path);
    process.chdir(process.platform === 'linux' ? `/proc/self/fd/${fd}` : wanted.path);
  } finally {
    closeSync(fd);
  }
  if (!isSame(statSync('.', { bigint: true }), wanted)) throw new GuestError('other_folder', wanted.path);
  return leadsHere(name, wanted) ? name : wanted.path;
}

function leadsHere(name: string, wanted: GuestRequest['folder']): boolean {
  try {
    return isSame(statSync(name, { bigint: true }), wanted);
  } catch {
    return false;
  }
}

type Stats = { readonly dev: bigint; readonly ino: bigint; readonly uid: bigint };

function isSame({ dev, ino, uid }: Stats, wanted: GuestRequest['folder']): boolean {
  return String(dev) === wanted.dev && String(ino) === wanted.ino && Number(uid) === wanted.uid;
}

/**
 * Returns the name of a file of the working folder as no program takes it for an option. No part of it is a link, and it is
 * a plain file. Throws `GuestError`.
 */
export function checkFile(file: string): string {
  const parts = file.split('/');
  const isPath = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !file.includes('\0');
  if (!isPath || Buffer.byteLength(file) > MAX_PATH) throw new GuestError('file_not_plain', file);
  for (const at of parts.keys()) {
    const name = parts.slice(0, at + 1).join('/');
    const isLast = at === parts.length - 1;
    const there = lstatSync(name, { throwIfNoEntry: false });
    if (there === undefined) throw new GuestError('file_gone', file);
    if (isLast ? !there.isFile() : !there.isDirectory()) throw new GuestError('file_not_plain', file);
  }
  return `./${file}`;
}
