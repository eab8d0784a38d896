import type { BytePath } from './byte-path.ts';
import { parentOf } from './byte-path.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import type { Entry, Walked } from './walk.ts';

/** What brings the workspace back to a snapshot, in the order in which it has to be done. */
export type RestorePlan = {
  /** Files and links that the snapshot lacks, or that stand where it has another kind of thing. */
  readonly deletions: readonly Entry[];
  /** Folders likewise, the deepest first. */
  readonly folderDeletions: readonly Entry[];
  /** Folders of the snapshot, the outermost first. */
  readonly folders: readonly ManifestEntry[];
  /** Files and links to be written. */
  readonly contents: readonly ManifestEntry[];
  /** Files whose permissions or owner alone differ. */
  readonly modes: readonly ManifestEntry[];
  /** Files and links that are right already. */
  readonly unchanged: number;
};

/**
 * Compares the workspace as it is with a snapshot. `oidNow` gives the content of a file or link as it is. What was left
 * out then or is left out now is never deleted.
 */
export async function planRestore(
  manifest: Manifest,
  walked: Walked,
  oidNow: (entry: Entry) => Promise<string | null>,
): Promise<RestorePlan> {
  const wanted = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  const present = new Map(walked.entries.map((entry) => [entry.path, entry]));
  const untouched = new Set(manifest.leftOut);
  const surplus = walked.entries.filter(
    ({ path, kind }) => wanted.get(path)?.kind !== kind && !isBelow(untouched, path, wanted),
  );
  const contents: ManifestEntry[] = [];
  const modes: ManifestEntry[] = [];
  let unchanged = 0;
  for (const entry of manifest.entries) {
    if (entry.kind === 'folder') continue;
    const now = present.get(entry.path);
    if (now?.kind !== entry.kind || (await oidNow(now)) !== entry.oid) contents.push(entry);
    else if (differsInMode(entry, now)) modes.push(entry);
    else unchanged += 1;
  }
  return {
    deletions: surplus.filter(({ kind }) => kind !== 'folder'),
    folderDeletions: surplus.filter(({ kind }) => kind === 'folder').toReversed(),
    folders: manifest.entries.filter(({ kind }) => kind === 'folder'),
    contents,
    modes,
    unchanged,
  };
}

/** Links have no permissions of their own. */
function differsInMode(entry: ManifestEntry, now: Entry): boolean {
  return (entry.kind === 'file' && entry.mode !== now.mode) || entry.uid !== now.uid || entry.gid !== now.gid;
}

/** Is `path` one of `untouched`, or inside one? A path that the snapshot has is not. */
function isBelow(
  untouched: ReadonlySet<BytePath>,
  path: BytePath,
  wanted: ReadonlyMap<BytePath, ManifestEntry>,
): boolean {
  if (wanted.has(path)) return false;
  for (let at = path; at !== ''; at = parentOf(at)) if (untouched.has(at)) return true;
  return false;
}
