/** The files of OpenCode's older versions: `storage/{session/PROJECT,message/SESSION,part/MESSAGE}/ID.json`. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readHead } from '../../trust.ts';
import { idOf } from '../../wire/fields.ts';
import { fieldsOf, timeOf } from '../values.ts';
import type { StoredMessage, StoredPart } from './message.ts';

/** Bytes of one file that are read; messages and parts of one session that are. */
const MAX_FILE = 1_048_576;
const MAX_ENTRIES = 100_000;
/** Files that are read before others get a turn. */
const SLICE = 200;

/** Reads the files below the root of a user; what is no file or folder of that user is passed over. */
export class TreeFiles {
  readonly #root: string;
  readonly #owner: number;
  #files = 0;

  constructor(root: string, owner: number) {
    this.#root = join(root, 'storage');
    this.#owner = owner;
  }

  /** Returns the names in a folder, sorted; none where there is no such folder of the root's owner. */
  entries(path: string, kind: 'folder' | 'file'): readonly string[] {
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

  /** Returns the paths of a message and of its parts. */
  pathsOf(session: string, name: string): readonly [message: string, ...parts: string[]] {
    const folder = join('part', name.slice(0, -'.json'.length));
    return [join('message', session, name), ...this.entries(folder, 'file').map((part) => join(folder, part))];
  }

  /** Reads a message with its parts. */
  async message(
    session: string,
    [path, ...parts]: readonly [message: string, ...parts: string[]],
  ): Promise<{ readonly message: StoredMessage; readonly parts: readonly StoredPart[] }> {
    const data = await this.json(path);
    const stored: StoredPart[] = [];
    for (const part of parts) {
      const value = fieldsOf(await this.json(part));
      const createdAt = timeOf(fieldsOf(value['time'])['start']);
      stored.push({ id: idOf(value['id']) ?? part, createdAt, data: value });
    }
    const row = fieldsOf(data);
    const createdAt = timeOf(fieldsOf(row['time'])['created']) ?? 0;
    const id = idOf(row['id']) ?? path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
    return { message: { id, sessionId: idOf(row['sessionID']) ?? session, createdAt, data }, parts: stored };
  }

  /** Returns what changes when a file is written; `-` for one that is not there. */
  stamp(path: string): string {
    const stats = lstatSync(join(this.#root, path), { throwIfNoEntry: false });
    return stats === undefined ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
  }

  /** Reads a file; null for one that cannot be read, or is no JSON. */
  async json(path: string): Promise<unknown> {
    this.#files += 1;
    if (this.#files % SLICE === 0) await nextTurn();
    try {
      const stats = lstatSync(join(this.#root, path));
      if (!stats.isFile() || stats.uid !== this.#owner || stats.size > MAX_FILE) return null;
      return JSON.parse(await readHead(join(this.#root, path), MAX_FILE)) as unknown;
    } catch {
      return null;
    }
  }
}
