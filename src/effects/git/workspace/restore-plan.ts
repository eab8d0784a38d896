import type { RestoreCounts } from '../../../core/checkpointer-reasons.ts';
import type { HelperRights } from '../helper/protocol.ts';
import type { BytePath } from './byte-path.ts';
import { nameOf, parentOf } from './byte-path.ts';
import type { Entry, Walked } from './entry.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { inodeOf, modifiedAtUs } from './stamp.ts';

/** The steps that bring the workspace back to a snapshot, in the order in which it has to be done. */
export type RestorePlan = {
  /** Files and links that the snapshot lacks, or that stand where it has another kind of thing. */
  readonly deletions: readonly Entry[];
  /** Folders likewise, the deepest first. */
  readonly folderDeletions: readonly Entry[];
  /** Folders of the snapshot, the outermost first. */
  readonly folders: readonly ManifestEntry[];
  /** Files and links to be written. */
  readonly contents: readonly ManifestEntry[];
  /** Names that become names of a file that is right by then. */
  readonly hardLinks: readonly HardLink[];
  /** Files whose permissions, owner or time alone differ. */
  readonly modes: readonly ManifestEntry[];
  /** Of `folders`: those that are not there, and those whose permissions or owner differ. */
  readonly missingFolders: ReadonlySet<BytePath>;
  readonly changedFolders: ReadonlySet<BytePath>;
  /** Files and links that are right already. */
  readonly unchanged: number;
};

export type HardLink = { readonly path: BytePath; readonly to: BytePath };

/** The paths that a restore cannot bring back with the rights that it has. */
export type Shortfall = {
  /**
   * Owner or group; set-user-id and set-group-id; time of modification; the history of a git repository that is gone;
   * everything about the path.
   */
  readonly what: 'owner' | 'set_id' | 'mtime' | 'history' | 'all';
  readonly paths: readonly BytePath[];
};

/** The files and links whose content decides whether they are right: those that stand where the snapshot has the kind. */
export function inQuestion(manifest: Manifest, walked: Walked): readonly Entry[] {
  const wanted = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  return walked.entries.filter(({ path, kind }) => kind !== 'folder' && wanted.get(path)?.kind === kind);
}

/**
 * Compares the workspace as it is with a snapshot. `oidNow` gives the content of a file or link as it is. What was left
 * out then or is left out now is never deleted.
 */
export function planRestore(
  manifest: Manifest,
  walked: Walked,
  oidNow: (path: BytePath) => string | null,
): RestorePlan {
  const wanted = new Map(manifest.entries.map((entry) => [entry.path, entry]));
  const present = new Map(walked.entries.map((entry) => [entry.path, entry]));
  const untouched = new Set(manifest.leftOut);
  const surplus = walked.entries.filter(
    ({ path, kind }) => wanted.get(path)?.kind !== kind && !isBelow(untouched, path, wanted),
  );
  const isRight = ({ path, kind, oid }: ManifestEntry): boolean =>
    present.get(path)?.kind === kind && oidNow(path) === oid;
  const { hardLinks, rewritten } = planLinks(manifest, present, isRight);
  const linked = new Set(hardLinks.map(({ path }) => path));
  const contents: ManifestEntry[] = [];
  const modes: ManifestEntry[] = [];
  let unchanged = 0;
  for (const entry of manifest.entries) {
    if (entry.kind === 'folder' || linked.has(entry.path)) continue;
    const now = present.get(entry.path);
    if (now === undefined || !isRight(entry) || rewritten.has(entry.path)) contents.push(entry);
    else if (differsInMode(entry, now)) modes.push(entry);
    else unchanged += 1;
  }
  const folders = manifest.entries.filter(({ kind }) => kind === 'folder');
  const isThere = ({ path }: ManifestEntry): boolean => present.get(path)?.kind === 'folder';
  const isOther = ({ path, mode, uid, gid }: ManifestEntry): boolean => {
    const now = present.get(path);
    return now?.kind === 'folder' && (now.mode !== mode || now.uid !== uid || now.gid !== gid);
  };
  return {
    hardLinks,
    missingFolders: pathsOf(folders.filter((folder) => !isThere(folder))),
    changedFolders: pathsOf(folders.filter(isOther)),
    deletions: surplus.filter(({ kind }) => kind !== 'folder'),
    folderDeletions: surplus.filter(({ kind }) => kind === 'folder').toReversed(),
    folders,
    contents,
    modes,
    unchanged,
  };
}

/** Returns what carrying out a plan changes, as the rollback counts it. */
export function plannedCounts(plan: RestorePlan): RestoreCounts {
  const { contents, hardLinks, deletions, folderDeletions, modes, missingFolders, unchanged } = plan;
  return {
    restored: contents.length + hardLinks.length,
    deleted: deletions.length,
    attributes: modes.length + plan.changedFolders.size,
    folders: folderDeletions.length + missingFolders.size,
    unchanged,
  };
}

function pathsOf(entries: readonly ManifestEntry[]): ReadonlySet<BytePath> {
  return new Set(entries.map(({ path }) => path));
}

type PlannedLinks = {
  readonly hardLinks: readonly HardLink[];
  /** Files to be written though their content is right: they share their inode with a file that they must not. */
  readonly rewritten: ReadonlySet<BytePath>;
};

/** Returns which names must become names of one file, and which must not stay so. */
function planLinks(
  { entries, notesLinks }: Manifest,
  present: ReadonlyMap<BytePath, Entry>,
  isRight: (entry: ManifestEntry) => boolean,
): PlannedLinks {
  if (!notesLinks) return { hardLinks: [], rewritten: new Set() };
  const inode = (path: BytePath): string | null => inodeOf(present.get(path)?.stamp ?? '');
  const files = entries.filter(({ kind }) => kind === 'file');
  const groups = Map.groupBy(files, ({ path, linkGroup }) => linkGroup ?? path);
  const users = new Map<string, number | BytePath>();
  const rewritten = new Set<BytePath>();
  const hardLinks: HardLink[] = [];
  for (const [group, members] of groups) {
    const isKept = (entry: ManifestEntry): boolean => {
      const now = inode(entry.path);
      return now !== null && isRight(entry) && (users.get(now) ?? group) === group;
    };
    const [first] = members;
    const kept = members.find(isKept);
    const leader = kept ?? first;
    if (leader === undefined) continue;
    const now = inode(leader.path);
    if (kept === undefined) rewritten.add(leader.path);
    else if (now !== null) users.set(now, group);
    for (const { path } of members)
      if (path !== leader.path && (kept === undefined || inode(path) !== now))
        hardLinks.push({ path, to: leader.path });
  }
  return { hardLinks, rewritten };
}

/** The owner and group of `entry` as far as a restore may set them; null leaves what there is. */
export function settableOwner(
  { uid, gid }: Pick<ManifestEntry, 'uid' | 'gid'>,
  rights: HelperRights,
): { readonly uid: number | null; readonly gid: number | null } {
  if (rights.uid === 0) return { uid, gid };
  if (uid !== rights.uid) return { uid: null, gid: null };
  return { uid, gid: rights.groups.includes(gid) ? gid : null };
}

/** Returns what of the plan cannot be done; `closed` are folders in which nothing can be changed. */
export function shortfalls(
  plan: RestorePlan,
  walked: Walked,
  rights: HelperRights,
  closed: ReadonlySet<BytePath>,
): readonly Shortfall[] {
  const present = new Map(walked.entries.map((entry) => [entry.path, entry]));
  const made = new Set(plan.contents);
  const isOwnerLost = (entry: ManifestEntry): boolean => {
    const now = present.get(entry.path);
    const stays = now?.kind === entry.kind && now.uid === entry.uid && now.gid === entry.gid;
    const isMade = made.has(entry) || now === undefined;
    const { uid, gid } = settableOwner(entry, rights);
    return (isMade || !stays) && (uid === null || gid === null);
  };
  const isAnothers = ({ path }: ManifestEntry): boolean => {
    const now = present.get(path);
    return rights.uid !== 0 && now !== undefined && now.uid !== rights.uid;
  };
  const inClosed = ({ path }: { readonly path: BytePath }): boolean => closed.has(parentOf(path));
  const all = [
    ...[...plan.deletions, ...plan.folderDeletions, ...plan.contents, ...plan.hardLinks].filter(inClosed),
    ...plan.modes.filter((entry) => isAnothers(entry) && present.get(entry.path)?.mode !== entry.mode),
  ].map(({ path }) => path);
  const impossible = new Set(all);
  const changed = [...plan.contents, ...plan.modes].filter(({ path }) => !impossible.has(path));
  const owner = [...changed, ...plan.folders].filter(isOwnerLost).map(({ path }) => path);
  const setId = changed.filter(({ kind, mode }) => kind === 'file' && (mode & 0o6000) !== 0).map(({ path }) => path);
  const mtime = [...plan.modes, ...plan.folders]
    .filter(
      (entry) => isAnothers(entry) && differsInTime(entry, present.get(entry.path)) && !impossible.has(entry.path),
    )
    .map(({ path }) => path);
  const found: readonly Shortfall[] = [
    { what: 'mtime', paths: mtime },
    { what: 'owner', paths: owner },
    { what: 'set_id', paths: setId },
    { what: 'all', paths: all },
  ];
  return found.filter(({ paths }) => paths.length > 0);
}

/** The repositories of the snapshot that are gone: snapshots leave `.git` out, so their files come back without history. */
export function lostHistories({ leftOut }: Manifest, walked: Walked): readonly Shortfall[] {
  const present = new Set([...walked.leftOut, ...walked.entries].map(({ path }) => path));
  const paths = leftOut.filter((path) => nameOf(path) === '.git' && !present.has(path));
  return paths.length === 0 ? [] : [{ what: 'history', paths }];
}

/** The folders in which a plan changes something. */
export function changedFolders(plan: RestorePlan): readonly BytePath[] {
  const changes = [...plan.deletions, ...plan.folderDeletions, ...plan.contents, ...plan.hardLinks];
  return [...new Set(changes.map(({ path }) => parentOf(path)))].toSorted();
}

/** Links have no permissions of their own. */
function differsInMode(entry: ManifestEntry, now: Entry): boolean {
  const rights = (entry.kind === 'file' && entry.mode !== now.mode) || entry.uid !== now.uid || entry.gid !== now.gid;
  return rights || differsInTime(entry, now);
}

function differsInTime({ mtimeUs }: ManifestEntry, now: Entry | undefined): boolean {
  return mtimeUs !== null && now !== undefined && modifiedAtUs(now.stamp) !== mtimeUs;
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
