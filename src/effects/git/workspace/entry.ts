import type { BytePath } from './byte-path.ts';
import type { Repository } from './repository.ts';
import type { Stamp } from './stamp.ts';

/** The kinds of things that a snapshot keeps. */
export const KINDS = ['file', 'link', 'folder'] as const;
export type Kind = (typeof KINDS)[number];

export type Entry = {
  readonly path: BytePath;
  readonly kind: Kind;
  /** Permission bits, set-user-id and the like included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly stamp: Stamp;
};

/**
 * The reason why something of the workspace is no part of a snapshot. `excluded`: a repository's own folder, our store, or what proved
 * to be a cache; `unproven`: by a pattern that asks for no proof.
 */
export const OMISSIONS = ['excluded', 'unproven', 'unreadable', 'special', 'too large', 'vanished'] as const;
export type Omission = (typeof OMISSIONS)[number];

/** Something in the workspace that is no part of a snapshot, with everything below it. */
export type LeftOut = {
  readonly path: BytePath;
  readonly why: Omission;
  /** Bytes of a file; 0 of all else. */
  readonly size: number;
};

/** Everything below a folder, sorted by path. */
export type Walked = {
  readonly entries: readonly Entry[];
  readonly leftOut: readonly LeftOut[];
  /** The states of the git repositories in it. */
  readonly repositories: readonly Repository[];
};

/** The workspace holds more than a snapshot can take. */
export class TooManyEntriesError extends Error {
  constructor(most: number) {
    super(`the workspace has more than ${most} files: exclude what needs no snapshot (git.exclude)`);
    this.name = 'TooManyEntriesError';
  }
}

/** Orders by path, byte by byte. */
export function byPath(a: { readonly path: BytePath }, b: { readonly path: BytePath }): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}
