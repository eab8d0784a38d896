import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { MAX_ENTRIES, MAX_PATH_BYTES, MAX_REPOSITORIES, PROOF_BYTES } from '../../limits.ts';
import { type BytePath, join } from '../../workspace/byte-path.ts';
import type { Entry, Kind, LeftOut, Omission } from '../../workspace/entry.ts';
import { TooManyEntriesError } from '../../workspace/entry.ts';
import type { Excludes } from '../../workspace/exclude.ts';
import type { Repository } from '../../workspace/repository.ts';
import { stampOf } from '../../workspace/stamp.ts';
import { type Folders, isGone, openListed, type Folder } from './folder.ts';
import { readRepository } from './repository.ts';

/** The receiver of a walk's findings, in no particular order. */
export type Findings = {
  readonly entry: (entry: Entry) => void;
  readonly leftOut: (left: LeftOut) => void;
  readonly repository: (repository: Repository) => void;
  /** Called now and then while nothing is found. */
  readonly alive: () => void;
};

type Walk = {
  readonly folders: Folders;
  readonly excludes: Excludes;
  readonly maxFileBytes: number;
  readonly findings: Findings;
  found: number;
  repositories: number;
};

/**
 * Finds everything below the root; links are not followed, and a folder that a link has replaced is not entered. Throws
 * the error of a root that cannot be listed, and `TooManyEntriesError`.
 */
export function walk(folders: Folders, excludes: Excludes, maxFileBytes: number, findings: Findings): void {
  const walking: Walk = { folders, excludes, maxFileBytes, findings, found: 0, repositories: 0 };
  const folder = openListed(folders.root.at('.'));
  try {
    visit(walking, '', folder, namesIn(folder));
  } finally {
    closeSync(folder.fd);
  }
}

function namesIn(folder: Folder): readonly BytePath[] {
  return readdirSync(folder.self, { encoding: 'latin1' });
}

/** The folder is open: its facts hold for what is listed. */
function visit(walking: Walk, path: BytePath, folder: Folder, names: readonly BytePath[]): void {
  walking.findings.alive();
  const siblings = new Set(names);
  if (walking.excludes.matchesContent(path, siblings, (name) => startOf(folder, name)))
    return leaveOut(walking, path, 'excluded');
  keep(walking, path, 'folder', fstatSync(folder.fd, { bigint: true }));
  for (const name of names) inspect(walking, path, { name, folder, siblings });
}

/** The start of a file; '' where there is none that can be read. */
function startOf(folder: Folder, name: BytePath): string {
  let fd: number;
  try {
    fd = openSync(
      folder.at(name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    return '';
  }
  try {
    const start = Buffer.alloc(PROOF_BYTES);
    return fstatSync(fd).isFile() ? start.toString('latin1', 0, readSync(fd, start, 0, PROOF_BYTES, 0)) : '';
  } catch {
    return '';
  } finally {
    closeSync(fd);
  }
}

type Found = { readonly name: BytePath; readonly folder: Folder; readonly siblings: ReadonlySet<BytePath> };

function inspect(walking: Walk, parent: BytePath, { name, folder, siblings }: Found): void {
  const path = join(parent, name);
  let stats: BigIntStats;
  try {
    stats = lstatSync(folder.at(name), { bigint: true });
  } catch (error) {
    return leaveOut(walking, path, omission(error));
  }
  walking.folders.atMoment('found', path);
  const kind = kindOf(stats);
  const size = kind === 'file' ? Number(stats.size) : 0;
  const { excludes } = walking;
  if (name === '.git' && (kind === 'folder' || kind === 'file')) noteRepository(walking, folder, path);
  if (excludes.matches(parent, name, kind === 'folder', siblings))
    leaveOut(walking, path, excludes.isProven(parent, name, siblings) ? 'excluded' : 'unproven', size);
  else if (kind === null) leaveOut(walking, path, 'special');
  else if (path.length > MAX_PATH_BYTES) leaveOut(walking, path.slice(0, MAX_PATH_BYTES), 'unreadable', size);
  else if (kind === 'folder') enter(walking, path, folder.at(name), stats);
  else if (size > walking.maxFileBytes) leaveOut(walking, path, 'too large', size);
  else keep(walking, path, kind, stats);
}

function noteRepository(walking: Walk, folder: Folder, path: BytePath): void {
  if (walking.repositories >= MAX_REPOSITORIES) return;
  const repository = readRepository(folder, path, '.git');
  if (repository === null) return;
  walking.repositories += 1;
  walking.findings.repository(repository);
}

function enter(walking: Walk, path: BytePath, name: Buffer, stats: BigIntStats): void {
  let folder: Folder | null = null;
  let names: readonly BytePath[];
  try {
    try {
      folder = openListed(name);
      names = namesIn(folder);
    } catch (error) {
      // A folder that is closed to us is part of the snapshot all the same; what lies in it is not.
      if (!isGone(error)) keep(walking, path, 'folder', stats);
      return leaveOut(walking, path, omission(error));
    }
    visit(walking, path, folder, names);
  } finally {
    if (folder !== null) closeSync(folder.fd);
  }
}

function keep(walking: Walk, path: BytePath, kind: Kind, stats: BigIntStats): void {
  walking.found += 1;
  if (walking.found > MAX_ENTRIES) throw new TooManyEntriesError(MAX_ENTRIES);
  walking.findings.entry(entryOf(path, kind, stats));
}

function leaveOut(walking: Walk, path: BytePath, why: Omission, size = 0): void {
  walking.found += 1;
  if (walking.found > MAX_ENTRIES) throw new TooManyEntriesError(MAX_ENTRIES);
  walking.findings.leftOut({ path, why, size });
}

function omission(error: unknown): Omission {
  return isGone(error) ? 'vanished' : 'unreadable';
}

export function kindOf(stats: BigIntStats): Kind | null {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : null;
}

export function entryOf(path: BytePath, kind: Kind, stats: BigIntStats): Entry {
  const { mode, uid, gid, size } = stats;
  return {
    path,
    kind,
    mode: Number(mode) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    stamp: stampOf(stats),
  };
}
