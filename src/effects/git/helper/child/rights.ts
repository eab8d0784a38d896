import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Group of users that have none of their own: `nogroup`. */
const NO_GROUP = 65_534;
/** Standard input (our own text), the answers, errors, the requests. */
const LAST_PIPE = 3;
const O_CLOEXEC = 0o2000000;

/** Node's types lack it. */
type Posix = NodeJS.Process & { readonly initgroups: (user: string, group: number) => void };

/** The rights of this process from now on. */
export type Rights = { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };

/** The helper has rights or descriptors that it must not have. */
export class RightsError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'RightsError';
  }
}

/**
 * Closes what our caller's caller left open. Such a descriptor is the only kind without close-on-exec: Node opens all of
 * its own with it. Throws `RightsError` where one stays open, or where a kernel thread works with our rights.
 */
export function closeInherited(): void {
  if (process.platform !== 'linux') return;
  const inherited = openFiles().filter(({ fd, flags }) => fd > LAST_PIPE && (flags & O_CLOEXEC) === 0);
  for (const { fd } of inherited) closeSync(fd);
  const left = openFiles().filter(({ fd, flags }) => fd > LAST_PIPE && (flags & O_CLOEXEC) === 0);
  if (left.length > 0) throw new RightsError(`descriptor ${left[0]?.fd} cannot be closed`);
  // CVE-2024-22017: such a thread keeps the rights with which it was started.
  if (openFiles().some(({ info }) => /^SqThread:\s*\d/mu.test(info))) throw new RightsError('io_uring is in use');
}

type OpenFile = { readonly fd: number; readonly flags: number; readonly info: string };

function openFiles(): readonly OpenFile[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${name}`, 'latin1');
      return [{ fd: Number(name), flags: Number.parseInt(/^flags:\s*([0-7]+)/mu.exec(info)?.[1] ?? '0', 8), info }];
    } catch {
      // The descriptor of the listing itself.
      return [];
    }
  });
}

/**
 * Gives up root's rights for good and takes those of `uid`: its own groups, and none where it has no entry in passwd.
 * Throws `RightsError` unless the kernel confirms it for every thread.
 */
export function takeRights(uid: number): Rights {
  const user = userOf(uid);
  if (user === null) process.setgroups?.([]);
  else (process as Posix).initgroups(user.name, user.gid);
  const gid = user?.gid ?? NO_GROUP;
  process.setgid?.(gid);
  const groups = process.getgroups?.() ?? [];
  process.setuid?.(uid);
  confirm({ uid, gid, groups: user === null ? [] : groups });
  return { uid, gid, groups: [gid, ...groups] };
}

/** The rights that this process has anyhow. */
export function ownRights(): Rights {
  const gid = process.getegid?.() ?? 0;
  return { uid: process.geteuid?.() ?? 0, gid, groups: [gid, ...(process.getgroups?.() ?? [])] };
}

/** The name and group of a user, from wherever this machine keeps them; null where it has no entry. */
function userOf(uid: number): { readonly name: string; readonly gid: number } | null {
  // The question is always about the effective user. The real and saved ones stay root's: no other user may signal us.
  process.seteuid?.(uid);
  try {
    const { username, gid } = userInfo();
    return { name: username, gid };
  } catch (error) {
    const info = error instanceof Error && 'info' in error ? (error.info as { readonly code?: string }) : {};
    if (info.code === 'ENOENT') return null;
    throw new RightsError(`the groups of user ${uid} cannot be looked up: ${String(error)}`);
  } finally {
    process.seteuid?.(0);
  }
}

function confirm({ uid, gid, groups }: Rights): void {
  const sorted = groups.toSorted((a, b) => a - b).join(' ');
  for (const thread of readdirSync('/proc/self/task')) {
    const status = readFileSync(`/proc/self/task/${thread}/status`, 'latin1');
    const field = (name: string): string =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, 'mu').exec(status)?.[1]?.trim().replaceAll(/\s+/gu, ' ') ?? '?';
    const none = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].filter((name) => !/^0+$/u.test(field(name)));
    if (field('Uid') !== `${uid} ${uid} ${uid} ${uid}`) throw new RightsError(`user ids are ${field('Uid')}`);
    if (field('Gid') !== `${gid} ${gid} ${gid} ${gid}`) throw new RightsError(`group ids are ${field('Gid')}`);
    const has = field('Groups').split(' ').filter(Boolean).map(Number);
    if (has.toSorted((a, b) => a - b).join(' ') !== sorted) throw new RightsError(`groups are ${field('Groups')}`);
    if (none.length > 0) throw new RightsError(`${none.join(', ')} is left`);
  }
  if (canBecomeRoot()) throw new RightsError('root can be had back');
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
