/** The identity of a folder, whatever its path leads to later, and the reasons against touching it. Plain data. */

import type { Ms } from './units.ts';

/** A folder as the kernel knows it. */
export type FolderIdentity = {
  /** Canonical: no part of it is a link. */
  readonly path: string;
  /** Device and inode in decimal: both can be larger than a number holds exactly. */
  readonly dev: string;
  readonly ino: string;
  /** Owner and group of the folder itself. */
  readonly uid: number;
  readonly gid: number;
  /** The owner's name, for people; null or left out where it is not known. */
  readonly user?: string | null;
};

/** A folder as an operator compares it: where it really is, and whose it is. */
export type OwnedFolder = Pick<FolderIdentity, 'path' | 'uid' | 'user'>;

/** The link that `ws-ckpt init` made: its whole target, and the id by which the daemon knows the workspace. */
export type WorkspaceLink = { readonly target: string; readonly id: string };

/** The folder that a workspace stood for when it was pinned. */
export type Pin = OwnedFolder & {
  readonly gid: number;
  /** Null for a plain folder. */
  readonly link: WorkspaceLink | null;
  readonly at: Ms;
  /** An operator pinned it: what is doubtful at first arming was looked at. */
  readonly byHand: boolean;
};

/** The reason why the folder of a workspace must not be touched. */
export type PinProblem =
  /** The name leads to another folder than the pinned one; `link`: the path is a link now, or leads through another one. */
  | {
      readonly code: 'folder_replaced';
      readonly pinned: OwnedFolder;
      readonly found: OwnedFolder;
      readonly link: boolean;
    }
  | { readonly code: 'owner_changed'; readonly pinned: OwnedFolder; readonly found: OwnedFolder }
  /** The link into ws-ckpt's store, or the id that its daemon gave, is another one than when it was pinned. */
  | { readonly code: 'link_replaced'; readonly pinned: WorkspaceLink | null; readonly found: WorkspaceLink | null }
  | { readonly code: 'folder_missing'; readonly pinned: OwnedFolder }
  /** A link of another user leads to a folder that is not theirs. */
  | {
      readonly code: 'link_untrusted';
      readonly link: string;
      readonly linkOwner: number;
      /** The name of its owner. */
      readonly linkUser?: string | null;
      readonly found: OwnedFolder;
    }
  /** A folder of root's, or ours, that others may write to; `group` also stands for what an ACL allows. */
  | { readonly code: 'writable_by_others'; readonly found: OwnedFolder; readonly by: 'everybody' | 'group' }
  /** The canonical path cannot be shown as it is: `path` has those characters replaced. */
  | { readonly code: 'control_characters'; readonly path: string }
  /** The file system has not answered. */
  | { readonly code: 'no_answer'; readonly path: string };

/** Returns true for a problem that an operator can solve by pinning the folder again. */
export function isRepinnable({ code }: PinProblem): boolean {
  return code !== 'control_characters' && code !== 'no_answer' && code !== 'folder_missing';
}

/** Agent → workspace, then process → workspace, then the default. Paths are canonical (parent resolved, last part kept). */
export type WorkspaceMap = {
  readonly agents: Readonly<Record<string, string>>;
  readonly processes: Readonly<Record<string, string>>;
  readonly fallback: string | null;
  /** The default was given for this run (flag or environment): it outranks the folders of sessions. */
  readonly isFallbackGiven?: boolean;
  /** The folders of sessions, by session and by conversation. */
  readonly sessions?: ReadonlyMap<string, SessionFolder>;
};

/** The workspace that a session's folder is, or why it is none. */
export type SessionFolder =
  | { readonly type: 'workspace'; readonly path: string }
  | { readonly type: 'refused'; readonly code: FolderRefusal; readonly path: string };

/**
 * The reason why a session's folder is no workspace: it is not there, belongs to another user than the records, is a home folder or
 * `/`, a person has not confirmed it yet, or the engine serves as many workspaces as it can.
 */
export type FolderRefusal = 'absent' | 'foreign' | 'forbidden' | 'unconfirmed' | 'too_many';
