import { MAX_REFS, MAX_REFS_CHARS } from '../limits.ts';
import { type BytePath, leadsOut, parentOf, readable } from './byte-path.ts';

/**
 * The position of a git repository of the workspace: the names of its history, without the history. Text of the owner of the
 * workspace; names are one character a byte.
 */
export type Repository = {
  /** Its `.git`, a folder or a file. */
  readonly path: BytePath;
  /** The content of `HEAD`: `ref: refs/heads/main` or a commit; null where it cannot be read. */
  readonly head: string | null;
  /** The repository's path, for a worktree or a submodule, whose `.git` is a file. */
  readonly gitFile: string | null;
  /** Names with their commits, sorted; the first `MAX_REFS`. */
  readonly refs: readonly (readonly [name: string, commit: string])[];
  /** There are more refs, or some could not be read. */
  readonly isCut: boolean;
};

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u;
/** Longest line of a `HEAD` or a `.git` file, and of a ref's name. */
const MAX_WORD = 4_096;

/** Returns what a helper reports of a repository; null if it is not a valid report. */
export function repositoryOf(value: unknown): Repository | null {
  if (!Array.isArray(value) || value.length !== 5) return null;
  const [path, head, gitFile, refs, isCut] = value as readonly unknown[];
  if (!isLine(path) || path === '' || leadsOut(path) || !isLineOrNull(head) || !isLineOrNull(gitFile)) return null;
  if (typeof isCut !== 'boolean' || !Array.isArray(refs) || refs.length > MAX_REFS) return null;
  const named = (refs as readonly unknown[]).flatMap((ref) => {
    const [name, commit] = Array.isArray(ref) && ref.length === 2 ? (ref as readonly unknown[]) : [];
    return isLine(name) && isCommit(commit) ? [[name, commit] as const] : [];
  });
  return named.length === refs.length ? { path, head, gitFile, refs: named, isCut } : null;
}

/** The repository as it is sent, and kept with a snapshot. */
export function fieldsOfRepository({ path, head, gitFile, refs, isCut }: Repository): readonly unknown[] {
  return [path, head, gitFile, refs, isCut];
}

/** All repositories of a snapshot as text, and back; empty where it is none of ours. */
export function formatRepositories(repositories: readonly Repository[]): string {
  return `${JSON.stringify(repositories.map(fieldsOfRepository))}\n`;
}

/** Reads what `formatRepositories` wrote. */
export function parseRepositories(text: string): readonly Repository[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.flatMap((one) => repositoryOf(one) ?? []) : [];
  } catch {
    return [];
  }
}

/** The commit that is checked out; null where that is not known (an unborn branch, a worktree, too many refs). */
export function headCommit({ head, refs }: Repository): string | null {
  if (head === null) return null;
  const branch = branchOf(head);
  if (branch === null) return OID.test(head) ? head : null;
  return refs.find(([name]) => name === branch)?.[1] ?? null;
}

/** Formats where a repository stood: `lib (main at 1a2b3c4d, 3 refs)`. */
export function wordRepository(repository: Repository): string {
  const { path, head, gitFile, refs, isCut } = repository;
  const name = readable(parentOf(path));
  if (gitFile !== null) return `${name} (${readable(gitFile)})`;
  const branch = head === null ? null : branchOf(head);
  const at = headCommit(repository)?.slice(0, 8);
  const where = [branch === null ? '' : readable(branch.replace(/^refs\/heads\//u, '')), at ?? ''].filter(Boolean);
  const count = `${refs.length}${isCut ? ' or more' : ''} ${refs.length === 1 && !isCut ? 'ref' : 'refs'}`;
  return `${name} (${[where.join(' at '), count].filter(Boolean).join(', ')})`;
}

/** Do two records of one repository differ in what is checked out? */
export function isMoved(before: Repository, now: Repository): boolean {
  return before.head !== now.head || headCommit(before) !== headCommit(now);
}

/** Parses the lines of a `packed-refs` file. */
export function packedRefs(text: string): readonly (readonly [string, string])[] {
  return text.split('\n').flatMap((line) => {
    const [, commit, name] = /^([0-9a-f]{40}|[0-9a-f]{64}) (refs\/\S+)$/u.exec(line) ?? [];
    return commit === undefined || name === undefined ? [] : [[name, commit] as const];
  });
}

/** Bounds the refs of one repository; loose ones come first in `found` and win. */
export function boundedRefs(found: readonly (readonly [string, string])[]): Pick<Repository, 'refs' | 'isCut'> {
  const byName = new Map<string, string>();
  for (const [name, commit] of found) if (!byName.has(name)) byName.set(name, commit);
  let chars = 0;
  const refs: (readonly [string, string])[] = [];
  for (const ref of [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    chars += ref[0].length + ref[1].length;
    if (refs.length >= MAX_REFS || chars > MAX_REFS_CHARS) return { refs, isCut: true };
    refs.push(ref);
  }
  return { refs, isCut: false };
}

function branchOf(head: string): string | null {
  return /^ref: (refs\/\S+)$/u.exec(head)?.[1] ?? null;
}

function isCommit(value: unknown): value is string {
  return typeof value === 'string' && OID.test(value);
}

function isLineOrNull(value: unknown): value is string | null {
  return value === null || isLine(value);
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_WORD && !value.includes('\0') && isLatin1(value);
}

function isLatin1(text: string): boolean {
  return Buffer.from(text, 'latin1').toString('latin1') === text;
}
