/** Finds the agents' records on this machine, for the user that sightline runs as. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { homesOfPeople } from '../../core/homes.ts';
import type { SourceUri } from '../../core/sources.ts';
import { PROVIDERS, RECORD_MEDIA } from './registry.ts';
import type { RootsEnv } from './provider.ts';

/** The environment of this process. */
export function recordsEnv(): RootsEnv {
  return { home: homedir(), variables: process.env, platform: process.platform };
}

/** The sources of the agents whose default folders are there and belong to this user. Never throws. */
export async function locateRecords(env: RootsEnv = recordsEnv()): Promise<readonly SourceUri[]> {
  const found: SourceUri[] = [];
  for (const medium of RECORD_MEDIA) {
    const roots = PROVIDERS[medium].roots(env);
    const isThere = await Promise.all(roots.map(isOurs));
    if (isThere.includes(true)) found.push(`${medium}:`);
  }
  return found;
}

/**
 * The sources of other people's records on this machine, where we are root: named, not read. Of homes that we may not read
 * into nothing is known. Never throws.
 */
export async function recordsOfOthers(
  userList = '/etc/passwd',
  env: RootsEnv = recordsEnv(),
): Promise<readonly SourceUri[]> {
  if (process.getuid?.() !== 0) return [];
  const homes = homesOfPeople(await readFile(userList, 'utf8').catch(() => '')).filter((home) => home !== env.home);
  const others: SourceUri[] = [];
  for (const home of homes.slice(0, MAX_HOMES)) {
    for (const medium of RECORD_MEDIA) {
      const roots = PROVIDERS[medium].roots({ ...env, home, variables: {} });
      for (const root of roots) if ((await stat(root).catch(() => null)) !== null) others.push(`${medium}:${root}`);
    }
  }
  return others;
}

/** Homes that are looked into. */
const MAX_HOMES = 64;

// Under sudo only root's own home is looked into: what another user owns is named by an operator, or not read.
async function isOurs(root: string): Promise<boolean> {
  const stats = await stat(root).catch(() => null);
  return stats !== null && stats.uid === process.getuid?.();
}
