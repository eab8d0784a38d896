/**
 * The tree of JSON files of older versions: `storage/{session/PROJECT,message/SESSION,part/MESSAGE}/ID.json`. It stays
 * beside a database with the same messages, so it is read only where there is none.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readHead } from '../../trust.ts';
import { idOf } from '../../wire/fields.ts';
import { fieldsOf, timeOf } from '../values.ts';
import type { StoredPart } from './message.ts';
import type { Sessions } from './sessions.ts';

/** Bytes of one file that are read; messages and parts of one session that are. */
const MAX_FILE = 1_048_576;
const MAX_ENTRIES = 100_000;
/** Files that are read before others get a turn. */
const SLICE = 200;

/** Reads the tree below `root` again and again; a message whose files did not change is not read twice. */
export class OpencodeTree {
  readonly #root: string;
  readonly #owner: number;
  readonly #sessions: Sessions;
  readonly #stamps = new Map<string, string>();
  #files = 0;

  constructor(root: string, owner: number, sessions: Sessions) {
    this.#root = join(root, 'storage');
    this.#owner = owner;
    this.#sessions = sessions;
  }

  /** Returns true if the tree is there. */
  exists(): boolean {
    return this.#entries('message', 'folder').length > 0;
  }

  /** Reads what has changed since the last time. */
  async read(signal: AbortSignal): Promise<void> {
    for (const project of this.#entries('session', 'folder')) {
      for (const name of this.#entries(join('session', project), 'file')) {
        await this.#session(join('session', project, name));
        if (signal.aborted) return;
      }
    }
    for (const session of this.#entries('message', 'folder')) {
      for (const name of this.#entries(join('message', session), 'file')) {
        await this.#message(session, name);
        if (signal.aborted) return;
      }
    }
  }

  async #session(path: string): Promise<void> {
    if (!this.#isNew(path, [path])) return;
    const row = fieldsOf(await this.#json(path));
    const id = idOf(row['id']);
    if (id === null) return;
    this.#sessions.session({
      id,
      parentId: idOf(row['parentID']),
      directory: row['directory'],
      title: row['title'],
      version: row['version'],
      createdAt: timeOf(fieldsOf(row['time'])['created']),
    });
  }

  async #message(session: string, name: string): Promise<void> {
    const path = join('message', session, name);
    const id = name.slice(0, -'.json'.length);
    const folder = join('part', id);
    const parts = this.#entries(folder, 'file').map((part) => join(folder, part));
    if (!this.#isNew(path, [path, ...parts])) return;
    const data = await this.#json(path);
    const stored: StoredPart[] = [];
    for (const part of parts) {
      const value = fieldsOf(await this.#json(part));
      const createdAt = timeOf(fieldsOf(value['time'])['start']);
      stored.push({ id: idOf(value['id']) ?? part, createdAt, data: value });
    }
    const row = fieldsOf(data);
    const createdAt = timeOf(fieldsOf(row['time'])['created']) ?? 0;
    this.#sessions.message(
      { id: idOf(row['id']) ?? id, sessionId: idOf(row['sessionID']) ?? session, createdAt, data },
      stored,
    );
  }

  // The names in a folder, sorted; none where there is no such folder of the root's owner.
  #entries(path: string, kind: 'folder' | 'file'): readonly string[] {
    try {
      const stats = lstatSync(join(this.#root, path));
      if (!stats.isDirectory() || stats.uid !== this.#owner) return [];
      return readdirSync(join(this.#root, path), { withFileTypes: true })
        .filter((entry) => (kind === 'folder' ? entry.isDirectory() : entry.isFile() && entry.name.endsWith('.json')))
        .map(({ name }) => name)
        .slice(0, MAX_ENTRIES)
        .sort();
    } catch {
      return [];
    }
  }

  #isNew(key: string, paths: readonly string[]): boolean {
    const stamp = paths.map((path) => this.#stamp(path)).join(' ');
    if (this.#stamps.get(key) === stamp) return false;
    this.#stamps.set(key, stamp);
    return true;
  }

  #stamp(path: string): string {
    const stats = lstatSync(join(this.#root, path), { throwIfNoEntry: false });
    return stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
  }

  async #json(path: string): Promise<unknown> {
    this.#files += 1;
    if (this.#files % SLICE === 0) await new Promise((done) => setImmediate(done));
    try {
      const stats = lstatSync(join(this.#root, path));
      if (!stats.isFile() || stats.uid !== this.#owner || stats.size > MAX_FILE) return null;
      return JSON.parse(await readHead(join(this.#root, path), MAX_FILE)) as unknown;
    } catch {
      return null;
    }
  }
}
