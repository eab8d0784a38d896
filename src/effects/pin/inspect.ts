import { lstat, readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { FolderIdentity, PinProblem } from '../../core/folder.ts';
import { MAX_ID_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { canonicalWorkspace } from '../canonical.ts';
import { run } from '../process/run.ts';
import { isPrivateGroup, userName } from './accounts.ts';

/** Links followed before a path counts as leading nowhere; Linux's own limit. */
const MAX_LINKS = 40;
/** The time limit of `ls` for one folder, ms. */
const LS_MS = 2_000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** A link that a path leads through. */
export type PathLink = { readonly path: string; readonly uid: number };

/** The folder that a path leads to at this moment. */
export type Inspected = {
  /** The name of the workspace after it: a link into ws-ckpt's store keeps its own path. */
  readonly name: string;
  /** Null where there is no folder. */
  readonly folder: FolderIdentity | null;
  readonly mode: number;
  readonly links: readonly PathLink[];
};

/** Follows a path to its folder, link by link, and notes whose links they are. */
export async function inspect(path: string): Promise<Inspected> {
  const name = await canonicalWorkspace(path);
  const links: PathLink[] = [];
  try {
    const real = await follow(resolve(path), links);
    const { dev, ino, uid, gid, mode } = await lstat(real, { bigint: true });
    const isFolder = (Number(mode) & 0o170_000) === 0o040_000;
    const folder = { path: real, dev: String(dev), ino: String(ino), uid: Number(uid), gid: Number(gid) };
    return { name, folder: isFolder ? folder : null, mode: Number(mode), links };
  } catch {
    return { name, folder: null, mode: 0, links };
  }
}

/** Resolves a path as the kernel does; appends each link on the way. Throws the error of `node:fs`, or beyond 40 links. */
async function follow(path: string, links: PathLink[]): Promise<string> {
  let real = '/';
  let rest = path.split('/');
  while (rest.length > 0) {
    const [part = '', ...others] = rest;
    rest = others;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      real = dirname(real);
      continue;
    }
    const next = join(real, part);
    const there = await lstat(next);
    if (!there.isSymbolicLink()) {
      real = next;
      continue;
    }
    links.push({ path: next, uid: there.uid });
    if (links.length > MAX_LINKS) throw new Error(`${path} leads through more than ${MAX_LINKS} links`);
    const target = await readlink(next);
    if (isAbsolute(target)) real = '/';
    rest = [...target.split('/'), ...rest];
  }
  return real;
}

/** Returns why a path must never be shown or acted upon; null where it may be. */
export function unprintable(path: string): PinProblem | null {
  // A replacement character stands for bytes that are no UTF-8: by this name the folder could not be opened again.
  const isPlain = cleanLine(path, path.length + 1) === path && !path.includes('�');
  return isPlain ? null : { code: 'control_characters', path: cleanLine(path, MAX_ID_LENGTH) };
}

/**
 * Returns what is doubtful about a folder that is not pinned yet; null where nothing is.
 *
 * Relies on: the owner of each link in the path; the owner and mode of the folder. With a POSIX ACL the group bits of the
 * mode are its mask, so that no named user or group may write where they lack `w`. NFSv4 ACLs do not show there.
 */
export async function doubt({ folder, mode, links }: Inspected): Promise<PinProblem | null> {
  if (folder === null) return null;
  const isOurs = (uid: number): boolean => uid === 0 || uid === process.geteuid?.();
  const found = { path: folder.path, uid: folder.uid, user: userName(folder.uid) };
  const link = links.find(({ uid }) => !isOurs(uid) && uid !== folder.uid);
  if (link !== undefined) {
    const { path, uid } = link;
    return { code: 'link_untrusted', link: path, linkOwner: uid, linkUser: userName(uid), found };
  }
  if (!isOurs(folder.uid)) return null;
  if ((mode & OTHERS_WRITE) !== 0) return { code: 'writable_by_others', found, by: 'everybody' };
  if ((mode & GROUP_WRITES) === 0 || (await isWrittenByOwnerOnly(folder))) return null;
  return { code: 'writable_by_others', found, by: 'group' };
}

// A group of the owner's alone has no other member, unless an ACL hides behind the group bits; `ls` marks one with a plus.
async function isWrittenByOwnerOnly({ path, uid, gid }: FolderIdentity): Promise<boolean> {
  if (!isPrivateGroup(gid, uid)) return false;
  const result = await run('ls', ['-ldn', '--', path], { timeoutMs: LS_MS, cwd: '/' });
  return result.type === 'exited' && result.code === 0 && /^d[-rwxsStT]{9}[. ]/u.test(result.stdout);
}
