/**
 * The working folders of Gemini's sessions. They stand in other files than the sessions: `projects.json` (path → name of
 * the folder below `tmp`), `tmp/NAME/.project_root`; older versions name the folder by the SHA-256 of the path.
 */
import { createHash } from 'node:crypto';
import type { ItemSink } from '../provider.ts';
import { absolutePathOf, fieldsOf } from '../values.ts';

/** Folders that are remembered, and projects of one file that are read. */
const MAX_FOLDERS = 10_000;

type Folder = { cwd: string | null; readonly sessions: { readonly id: string; readonly sink: ItemSink }[] };

/** Brings sessions and their folders together, whichever is read first. */
export class Folders {
  readonly #folders = new Map<string, Folder>();

  /** A session lies in the folder `name`, or has that hash. */
  join(name: string, id: string, sink: ItemSink): void {
    const folder = this.#of(name);
    if (folder.sessions.some((session) => session.id === id && session.sink === sink)) return;
    folder.sessions.push({ id, sink });
    if (folder.cwd !== null) sink.session(id, { cwd: folder.cwd });
  }

  /** `tmp/NAME/.project_root`, whose text is the path. */
  root(name: string, text: unknown): void {
    if (typeof text === 'string') this.#set(name, absolutePathOf(text.trim()));
  }

  /** `projects.json`. */
  projects(value: unknown): void {
    for (const [path, name] of Object.entries(fieldsOf(fieldsOf(value)['projects'])).slice(0, MAX_FOLDERS)) {
      const cwd = absolutePathOf(path);
      if (cwd === null) continue;
      if (typeof name === 'string') this.#set(name, cwd);
      this.#set(createHash('sha256').update(cwd).digest('hex'), cwd);
    }
  }

  #set(name: string, cwd: string | null): void {
    const folder = this.#of(name);
    if (cwd === null || folder.cwd === cwd) return;
    folder.cwd = cwd;
    for (const { id, sink } of folder.sessions) sink.session(id, { cwd });
  }

  #of(name: string): Folder {
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const made: Folder = { cwd: null, sessions: [] };
    if (this.#folders.size < MAX_FOLDERS) this.#folders.set(name, made);
    return made;
  }
}
