import { readFileSync } from 'node:fs';

/** Larger lists of users or groups are not read, bytes; /etc/passwd of a large site has some hundred kB. */
const MAX_LIST = 4 * 1024 * 1024;

/** Returns the name of a user; null where /etc/passwd has none for it. */
export function userName(uid: number): string | null {
  return rows('/etc/passwd').find(([, , id]) => id === String(uid))?.[0] ?? null;
}

/**
 * Is it a group that only this user is in, as many systems make one for each user? Goes by /etc/passwd and /etc/group:
 * groups of a directory service count as shared.
 */
export function isPrivateGroup(gid: number, uid: number): boolean {
  const users = rows('/etc/passwd');
  const owner = users.find(([, , id]) => id === String(uid))?.[0];
  const group = rows('/etc/group').find(([, , id]) => id === String(gid));
  if (owner === undefined || group === undefined) return false;
  const members = (group[3] ?? '').split(',').filter((name) => name !== '');
  const primary = users.filter(([, , , id]) => id === String(gid)).map(([name = '']) => name);
  return [...members, ...primary].every((name) => name === owner);
}

function rows(file: string): readonly (readonly string[])[] {
  try {
    const text = readFileSync(file, 'utf8');
    return text.length > MAX_LIST ? [] : text.split('\n').map((line) => line.split(':'));
  } catch {
    return [];
  }
}
