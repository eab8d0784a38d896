/**
 * The tree of JSON files of older versions stays beside a database with the same messages, so it is read only where there is
 * none.
 */
import { join } from 'node:path';
import { mayHold } from '../../text-match.ts';
import { idOf } from '../../wire/fields.ts';
import type { DatabaseSearch } from '../provider.ts';
import type { Entry } from '../transcript.ts';
import { fieldsOf, timeOf } from '../values.ts';
import type { Sessions } from './sessions.ts';
import { emitMessage } from './transcript.ts';
import { TreeFiles } from './tree-files.ts';

/** Reads the tree below `root` again and again; a message whose files did not change is not read twice. */
export class OpencodeTree {
  readonly #files: TreeFiles;
  readonly #sessions: Sessions;
  readonly #stamps = new Map<string, string>();

  constructor(root: string, owner: number, sessions: Sessions) {
    this.#files = new TreeFiles(root, owner);
    this.#sessions = sessions;
  }

  /** Returns true if the tree is there. */
  exists(): boolean {
    return this.#files.entries('message', 'folder').length > 0;
  }

  /** Reads what has changed since the last time. */
  async read(signal: AbortSignal): Promise<void> {
    const files = this.#files;
    for (const project of files.entries('session', 'folder')) {
      for (const name of files.entries(join('session', project), 'file')) {
        await this.#session(join('session', project, name));
        if (signal.aborted) return;
      }
    }
    for (const session of files.entries('message', 'folder')) {
      for (const name of files.entries(join('message', session), 'file')) {
        await this.#message(session, name);
        if (signal.aborted) return;
      }
    }
  }

  async #session(path: string): Promise<void> {
    if (!this.#isNew(path, [path])) return;
    const row = fieldsOf(await this.#files.json(path));
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
    const paths = this.#files.pathsOf(session, name);
    if (!this.#isNew(paths[0], paths)) return;
    const { message, parts } = await this.#files.message(session, paths);
    this.#sessions.message(message, parts);
  }

  #isNew(key: string, paths: readonly string[]): boolean {
    const stamp = paths.map((path) => this.#files.stamp(path)).join(' ');
    if (this.#stamps.get(key) === stamp) return false;
    this.#stamps.set(key, stamp);
    return true;
  }
}

/** Messages of one session that are read for its texts, the newest. */
const MAX_TRANSCRIPT_MESSAGES = 1_024;

/** Reads the latest messages of a session of a tree; resolves to the messages before them, null for no such session. */
export async function treeTranscript(
  root: string,
  owner: number,
  session: string,
  emit: (entry: Entry) => void,
): Promise<number | null> {
  const files = new TreeFiles(root, owner);
  // A name from outside: one that is listed leads nowhere else.
  if (!files.entries('message', 'folder').includes(session)) return null;
  const names = files.entries(join('message', session), 'file');
  for (const name of names.slice(-MAX_TRANSCRIPT_MESSAGES)) {
    const { message, parts } = await files.message(session, files.pathsOf(session, name));
    emitMessage(message, parts, emit);
  }
  return Math.max(0, names.length - MAX_TRANSCRIPT_MESSAGES);
}

/** Searches the messages of a tree; `text` is as it stands in JSON. */
export async function searchTree(
  root: string,
  owner: number,
  { text, since, sink, progress }: DatabaseSearch,
  signal: AbortSignal,
): Promise<void> {
  const files = new TreeFiles(root, owner);
  const sessions = files.entries('message', 'folder').toReversed();
  const holds = mayHold(JSON.parse(`"${text}"`) as string);
  for (const [at, session] of sessions.entries()) {
    for (const name of files.entries(join('message', session), 'file').toReversed()) {
      if (signal.aborted) return;
      const { message, parts } = await files.message(session, files.pathsOf(session, name));
      if (message.createdAt < since || !holds(Buffer.from(JSON.stringify([message.data, parts])))) continue;
      emitMessage(message, parts, (entry) => sink(message.sessionId, entry));
    }
    progress(at + 1, sessions.length);
  }
}
