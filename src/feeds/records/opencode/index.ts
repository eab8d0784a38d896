import type { SourceDetail } from '../../../core/source-reasons.ts';
import { NotAFile } from '../../sqlite/file-stat.ts';
import { NoSuchTable } from '../../sqlite/schema.ts';
import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failureOf } from '../../sqlite/database.ts';
import { FolderWatcher } from '../../sqlite/watcher.ts';
import type { DatabaseHost, DatabaseStore, Provider } from '../provider.ts';
import { OpencodeFollower } from './follower.ts';
import { Sessions } from './sessions.ts';
import { OpencodeTree } from './tree.ts';

/** Databases of one root: one for each channel of OpenCode. */
const MAX_DATABASES = 8;
/** A look at the tree of older versions takes long: so many times as long passes until the next, at least this, ms. */
const TREE_PAUSE_FACTOR = 100;
const TREE_PAUSE_MS = 2_000;

/** OpenCode: a database that it writes to all the time, or the tree of JSON files of older versions. */
export const OPENCODE: Provider = {
  agent: 'OpenCode',
  roots: ({ home, variables }) => {
    const data = variables['XDG_DATA_HOME'] || join(home, '.local', 'share');
    return [variables['OPENCODE_DB'] || join(data, 'opencode')];
  },
  cacheApart: true,
  gaps: ['retries of a call', 'the size of the context window'],
  store: (): DatabaseStore => ({ type: 'database', follow }),
};

async function follow(root: string, host: DatabaseHost, signal: AbortSignal): Promise<void> {
  const following = new Following(root, host);
  try {
    while (!signal.aborted) {
      await following.read(signal);
      if (!signal.aborted) await following.wait(signal);
    }
  } finally {
    following.close();
  }
}

/** A root that is there: its folder, the one file that was named, and the user who owns it. */
type Location = { readonly folder: string; readonly only: string | null; readonly owner: number };

class Following {
  readonly #root: string;
  readonly #host: DatabaseHost;
  readonly #sessions: Sessions;
  readonly #followers = new Map<string, OpencodeFollower>();
  readonly #watcher: FolderWatcher;
  #tree: { readonly reader: OpencodeTree; nextAt: number } | null = null;
  #wasRead = false;
  #isCaughtUp = false;

  constructor(root: string, host: DatabaseHost) {
    this.#root = root;
    this.#host = host;
    this.#sessions = new Sessions(host);
    this.#watcher = new FolderWatcher(isFolder(root) ? root : dirname(root), ['opencode', basename(root)]);
  }

  /** Reads what is new, and a slice of the past. */
  async read(signal: AbortSignal): Promise<void> {
    this.#watcher.renew();
    const location = locationOf(this.#root);
    const names = location === null ? [] : databasesOf(location);
    const troubles: SourceDetail[] = [];
    for (const name of this.#followed(location, names)) {
      const trouble = await this.#readDatabase(name);
      if (trouble !== null) troubles.push(trouble);
    }
    const hasTree = location !== null && names.length === 0 && (await this.#readTree(location, signal));
    this.#report(location, names, troubles, hasTree);
  }

  async wait(signal: AbortSignal): Promise<void> {
    if (this.#hasPast) await new Promise((done) => setImmediate(done));
    else await this.#watcher.wait(signal);
  }

  close(): void {
    this.#watcher.close();
    for (const follower of this.#followers.values()) follower.close();
  }

  get #hasPast(): boolean {
    return [...this.#followers.values()].some(({ hasPast }) => hasPast);
  }

  // Those that are there, and those that were.
  #followed(location: Location | null, names: readonly string[]): readonly string[] {
    for (const name of names) {
      if (location === null || this.#followers.has(name)) continue;
      this.#followers.set(
        name,
        new OpencodeFollower(join(location.folder, name), location.owner, this.#sessions, Date.now),
      );
    }
    return [...this.#followers.keys()];
  }

  /** Returns what is wrong with a database, null where it was read. */
  async #readDatabase(name: string): Promise<SourceDetail | null> {
    const follower = this.#followers.get(name);
    if (follower === undefined) return null;
    try {
      if (!(await follower.attach())) return { code: 'file_deleted', path: name };
      follower.readNew();
      this.#host.deliver('live');
      follower.readPast();
      this.#host.deliver('historical');
      this.#wasRead = true;
      return null;
    } catch (error) {
      // A lock passes by itself; after anything else the file is opened anew.
      const { kind, why } = failureOf(error);
      if (kind === 'busy') return null;
      follower.close();
      if (error instanceof NotAFile) return { code: 'database_no_file', path: error.path };
      if (error instanceof NoSuchTable)
        return { code: 'other_database', file: name, why: error.problem, isWithoutWal: false };
      return { code: 'database_failed', file: name, why };
    }
  }

  async #readTree(location: Location, signal: AbortSignal): Promise<boolean> {
    this.#tree ??= { reader: new OpencodeTree(location.folder, location.owner, this.#sessions), nextAt: 0 };
    const { reader, nextAt } = this.#tree;
    const startedAt = performance.now();
    if (startedAt < nextAt) return true;
    if (!reader.exists()) return false;
    await reader.read(signal);
    this.#host.deliver(this.#isCaughtUp ? 'live' : 'historical');
    const endedAt = performance.now();
    this.#tree.nextAt = endedAt + Math.max(TREE_PAUSE_MS, TREE_PAUSE_FACTOR * (endedAt - startedAt));
    return true;
  }

  #report(
    location: Location | null,
    names: readonly string[],
    troubles: readonly SourceDetail[],
    hasTree: boolean,
  ): void {
    const host = this.#host;
    const folder = location?.folder ?? this.#root;
    if (troubles.length > 0) host.trouble(this.#wasRead ? 'degraded' : 'lost', { code: 'several', details: troubles });
    else if (names.length > 0)
      host.ok({ code: 'following', target: `${names.map((name) => this.#nameOf(name)).join(', ')} in ${folder}` });
    else if (hasTree) host.ok({ code: 'old_opencode', folder });
    else host.trouble('absent', { code: 'no_opencode', folder });
    if (this.#isCaughtUp || this.#hasPast || (!hasTree && (names.length === 0 || troubles.length > 0))) return;
    this.#isCaughtUp = true;
    host.caughtUp();
  }

  #nameOf(name: string): string {
    return this.#followers.get(name)?.isCopy === true
      ? `a copy of ${name} (its -wal cannot be read in its place)`
      : name;
  }
}

function locationOf(root: string): Location | null {
  const stats = statOrNull(root);
  if (stats === null) return null;
  if (stats.isDirectory()) return { folder: root, only: null, owner: stats.uid };
  const folder = dirname(root);
  return { folder, only: basename(root), owner: statOrNull(folder)?.uid ?? stats.uid };
}

function databasesOf({ folder, only }: Location): readonly string[] {
  if (only !== null) return [only];
  try {
    const names = readdirSync(folder).filter((name) => /^opencode(?:-[\w.-]{1,64})?\.db$/u.test(name));
    return names.sort().slice(0, MAX_DATABASES);
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  return statOrNull(path)?.isDirectory() === true;
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
