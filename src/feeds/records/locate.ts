/** Finds the agents' records on this machine, for the user that sightline runs as. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { homesOfPeople } from '../../core/homes.ts';
import { join } from 'node:path';
import type { RecordMedium, SourceUri } from '../../core/sources.ts';

/** The environment that the default roots depend on. */
export type RootsEnv = {
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
};

/**
 * Where the records of each agent lie by default, whether they exist or not, best first. It stands apart from what reads
 * them (`registry.ts`): each start asks where they are, and most read none.
 */
export const ROOTS: Readonly<Record<RecordMedium, (env: RootsEnv) => readonly string[]>> = {
  claude: ({ home, variables }) => {
    const roots = (variables['CLAUDE_CONFIG_DIR'] ?? '').split(',').map((root) => root.trim());
    const named = roots.filter((root) => root !== '');
    return named.length > 0 ? named : [join(home, '.claude'), join(home, '.config', 'claude')];
  },
  codex: ({ home, variables }) => [variables['CODEX_HOME'] || join(home, '.codex')],
  gemini: ({ home, variables }) => [join(variables['GEMINI_CLI_HOME'] || home, '.gemini')],
  opencode: ({ home, variables }) => {
    const data = variables['XDG_DATA_HOME'] || join(home, '.local', 'share');
    return [variables['OPENCODE_DB'] || join(data, 'opencode')];
  },
  qwen: ({ home }) => [join(home, '.qwen')],
};

/** The media of those agents. */
export const RECORD_MEDIA = Object.keys(ROOTS) as readonly RecordMedium[];

/** The environment of this process. */
export function recordsEnv(): RootsEnv {
  return { home: homedir(), variables: process.env, platform: process.platform };
}

/** The sources of the agents whose default folders are there and belong to this user. Never throws. */
export async function locateRecords(env: RootsEnv = recordsEnv()): Promise<readonly SourceUri[]> {
  const found: SourceUri[] = [];
  for (const medium of RECORD_MEDIA) {
    const roots = ROOTS[medium](env);
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
  const homes = homesOfPeople(await readFile(userList, 'utf8').catch(() => ''));
  const others: SourceUri[] = [];
  for (const home of homes.slice(0, MAX_HOMES)) {
    for (const medium of RECORD_MEDIA) {
      // Sudo may leave us the home of the user who called it.
      const roots = ROOTS[medium](home === env.home ? env : { ...env, home, variables: {} });
      for (const root of roots) {
        const stats = await stat(root).catch(() => null);
        const isRead = home === env.home && stats?.uid === 0;
        if (stats !== null && !isRead) others.push(`${medium}:${root}`);
      }
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
