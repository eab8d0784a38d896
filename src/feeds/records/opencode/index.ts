import type { SourceDetail } from '../../../core/source-reasons.ts';
import { NotAFile } from '../../sqlite/file-stat.ts';
import { NoSuchTable } from '../../sqlite/schema.ts';
import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failureOf, isWalOutOfReach } from '../../sqlite/database.ts';
import { FolderWatcher } from '../../sqlite/watcher.ts';
import type { DatabaseHost, DatabaseSearch, DatabaseStore, Provider } from '../provider.ts';
import type { TranscriptSink } from '../transcript.ts';
import { type MessageRow, type OpencodeReader, openOpencode } from './database.ts';
import { OpencodeFollower, statOfOwner } from './follower.ts';
import type { StoredPart } from './message.ts';
import { Sessions } from './sessions.ts';
import { copyDatabase } from './still.ts';
import { emitMessage } from './transcript.ts';
import { OpencodeTree, searchTree, treeTranscript } from './tree.ts';

/** Databases of one root: one for each channel of OpenCode. */
const MAX_DATABASES = 8;
/** A poll of the tree of older versions takes long: so many times as long passes until the next, at least this, ms. */
const TREE_PAUSE_FACTOR = 100;
const TREE_PAUSE_MS = 2_000;

/** OpenCode: a database that it writes to all the time, or the tree of JSON files of older versions. */
export const OPENCODE: Provider = {
  agent: 'OpenCode',
  cacheApart: true,
  gaps: ['retries of a call', 'the size of the context window'],
  store: (): DatabaseStore => ({ type: 'database', follow, transcript, searchTexts }),
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
        return { code: 'other_database', file: name, writer: 'OpenCode', why: error.problem, isWithoutWal: false };
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

/** Messages that are read together, and of one session at most. */
const TRANSCRIPT_SLICE = 16;
const MAX_TRANSCRIPT_MESSAGES = 1_024;
/** Characters of the messages that one telling takes. */
const MAX_TRANSCRIPT_CHARS = 4 * 1_048_576;
/** Parts that are searched before others get a turn. */
const SEARCH_SLICE = 1_000n;

async function transcript(root: string, conversationId: string, sink: TranscriptSink): Promise<number | null> {
  const readOne = async (reader: OpencodeReader): Promise<number | null> => {
    const messagesRead: { readonly message: MessageRow; readonly parts: readonly StoredPart[] }[] = [];
    let left = MAX_TRANSCRIPT_CHARS;
    let before = Number.MAX_SAFE_INTEGER;
    let isMore = true;
    while (isMore && left > 0 && messagesRead.length < MAX_TRANSCRIPT_MESSAGES) {
      const messages = reader.sessionMessages(conversationId, before, TRANSCRIPT_SLICE) ?? [];
      const texts = reader.textsOf(messages.map(({ id }) => id));
      for (const message of messages) {
        const parts = texts.get(message.id) ?? [];
        messagesRead.push({ message, parts });
        left -= JSON.stringify(parts).length;
        before = Math.min(before, message.createdAt);
      }
      isMore = messages.length === TRANSCRIPT_SLICE;
      await new Promise((done) => setImmediate(done));
    }
    if (messagesRead.length === 0) return null;
    for (const { message, parts } of messagesRead.toReversed()) {
      emitMessage(message, parts, (entry) => sink(conversationId, entry));
    }
    return isMore ? (reader.sessionMessages(conversationId, before, MAX_TRANSCRIPT_MESSAGES)?.length ?? 0) : 0;
  };
  const names = databasesIn(root);
  for (const name of names) {
    const earlier = await withReader(root, name, readOne);
    if (earlier !== null) return earlier;
  }
  const tree = names.length === 0 ? locationOf(root) : null;
  if (tree === null) return null;
  return treeTranscript(tree.folder, tree.owner, conversationId, (entry) => sink(conversationId, entry));
}

async function searchTexts(root: string, search: DatabaseSearch, signal: AbortSignal): Promise<void> {
  const searchOne = async (reader: OpencodeReader): Promise<null> => {
    const end = reader.end('part').rowId + 1n;
    for (let before = end; before > 0n && !signal.aborted; before -= SEARCH_SLICE) {
      const from = before > SEARCH_SLICE ? before - SEARCH_SLICE : 0n;
      const ids = reader.partsWith(search.text, from, before);
      const messages = reader.messagesById(ids);
      const texts = reader.textsOf(ids);
      for (const message of messages) {
        if (message.createdAt < search.since) continue;
        emitMessage(message, texts.get(message.id) ?? [], (entry) => search.sink(message.sessionId, entry));
      }
      search.progress(Number(end - from), Number(end));
      // Rows are in the order of time: where all matches of a slice are too old, so is what lies below.
      if (messages.length > 0 && messages.every(({ createdAt }) => createdAt < search.since)) break;
      await new Promise((done) => setImmediate(done));
    }
    return null;
  };
  const names = databasesIn(root);
  for (const name of names) await withReader(root, name, searchOne);
  const tree = names.length === 0 ? locationOf(root) : null;
  if (tree !== null) await searchTree(tree.folder, tree.owner, search, signal);
}

function databasesIn(root: string): readonly string[] {
  const location = locationOf(root);
  return location === null ? [] : databasesOf(location);
}

// On a connection of its own, as long as one question takes.
async function withReader<T>(
  root: string,
  name: string,
  read: (reader: OpencodeReader) => Promise<T | null>,
): Promise<T | null> {
  const location = locationOf(root);
  if (location === null) return null;
  const file = join(location.folder, name);
  const stat = statOfOwner(file, location.owner);
  if (stat === null) return null;
  const copy = isWalOutOfReach(stat) ? await copyDatabase(file) : null;
  try {
    const reader = openOpencode(copy?.file ?? file, copy?.stat ?? stat);
    try {
      return await read(reader);
    } finally {
      reader.db.close();
    }
  } finally {
    copy?.remove();
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
