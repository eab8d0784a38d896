/** What makes a folder the same one, whatever stands under its path later. Plain data. */
export type FolderIdentity = {
  /** Canonical: no part of it is a link. */
  readonly path: string;
  /** Device and inode in decimal: both can be larger than a number holds exactly. */
  readonly dev: string;
  readonly ino: string;
  /** Owner and group of the folder itself. */
  readonly uid: number;
  readonly gid: number;
};
