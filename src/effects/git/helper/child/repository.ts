import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { MAX_PACKED_REFS, MAX_REFS } from '../../limits.ts';
import { type BytePath, join } from '../../workspace/byte-path.ts';
import { boundedRefs, packedRefs, type Repository } from '../../workspace/repository.ts';
import { type Folder, openListed } from './folder.ts';

/** Bytes of a `HEAD`, a `.git` file or a loose ref; all are one line. */
const LINE_BYTES = 4_096;
/** Folders of refs within each other. */
const MAX_DEPTH = 16;

type Ref = readonly [name: string, commit: string];

/**
 * Reads where a repository stands, from its files: git itself is not run, because a repository's configuration names
 * programs. No link is followed. Null where `name` is neither a folder nor a file.
 */
export function readRepository(folder: Folder, path: BytePath, name: BytePath): Repository | null {
  let git: Folder;
  try {
    git = openListed(folder.at(name));
  } catch {
    const line = firstLine(folder.at(name));
    return line === null ? null : { path, head: null, gitFile: line, refs: [], isCut: false };
  }
  try {
    const loose: Ref[] = [];
    const isWhole = collectRefs(git, 'refs', loose, 0);
    const packed = readText(git.at('packed-refs'), MAX_PACKED_REFS);
    const { refs, isCut } = boundedRefs([...loose, ...packedRefs(packed ?? '')]);
    const isPackedCut = packed !== null && packed.length >= MAX_PACKED_REFS;
    return { path, head: firstLine(git.at('HEAD')), gitFile: null, refs, isCut: isCut || !isWhole || isPackedCut };
  } finally {
    closeSync(git.fd);
  }
}

/** Adds the loose refs below a folder; false where there are too many, or some cannot be read. */
function collectRefs(parent: Folder, name: BytePath, refs: Ref[], depth: number): boolean {
  let folder: Folder;
  try {
    folder = openListed(parent.at(name.slice(name.lastIndexOf('/') + 1)));
  } catch {
    // A repository without loose refs may lack the folder; one that is closed is only noted as cut at its parent.
    return depth === 0;
  }
  try {
    let isWhole = true;
    for (const entry of readdirSync(folder.self, { encoding: 'latin1', withFileTypes: true })) {
      if (refs.length > MAX_REFS) return false;
      const path = join(name, entry.name);
      if (entry.isDirectory()) isWhole = depth < MAX_DEPTH && collectRefs(folder, path, refs, depth + 1) && isWhole;
      else if (entry.isFile() && !entry.name.endsWith('.lock')) {
        const commit = firstLine(folder.at(entry.name));
        if (commit !== null && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(commit)) refs.push([path, commit]);
      }
    }
    return isWhole;
  } finally {
    closeSync(folder.fd);
  }
}

function firstLine(name: Buffer): string | null {
  const text = readText(name, LINE_BYTES);
  return text === null ? null : (text.split('\n')[0] ?? '');
}

/** The start of a file; null where there is none that can be read. Never waits for a FIFO. */
function readText(name: Buffer, most: number): string | null {
  let fd: number;
  try {
    fd = openSync(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return null;
    const start = Buffer.alloc(Math.min(most, stats.size));
    return start.toString('latin1', 0, readSync(fd, start, 0, start.length, 0));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
