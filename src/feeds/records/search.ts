/**
 * Searches record files for a text. A line is parsed only if its bytes may hold the text, so that a search is about as fast
 * as reading.
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextHit, TextSearch } from '../../core/story.ts';
import type { Ms } from '../../core/units.ts';
import { excerptOf, mayHold } from '../text-match.ts';
import type { FileName, FilesStore, LineView } from './provider.ts';
import { rereadAll } from './reread.ts';
import type { Root } from './root.ts';
import { textIn } from './story.ts';
import type { Entry, TranscriptSink } from './transcript.ts';

/** Folders that are listed and files that are searched. */
const MAX_FOLDERS = 20_000;
const MAX_FILES = 50_000;
/** Characters of one entry in which the text is looked for. */
const MAX_TEXT = 1_048_576;
/** Makes the sink that tells a search of the entries in which its text stands. */
export function textMatcher({ text, hit }: Pick<TextSearch, 'text' | 'hit'>): TranscriptSink {
  return (conversationId, entry) => {
    const found = textOf(entry);
    if (found === null) return;
    const excerpt = excerptOf(found.text, text);
    if (excerpt !== null) hit({ conversationId, at: entry.at, part: found.part, excerpt });
  };
}

function textOf(entry: Entry): { readonly part: TextHit['part']; readonly text: string } | null {
  switch (entry.type) {
    case 'prompt':
      return { part: 'prompt', text: textIn(entry.value, MAX_TEXT) };
    case 'output':
      return { part: entry.kind === 'text' ? 'answer' : 'thinking', text: textIn(entry.value, MAX_TEXT) };
    case 'tool': {
      const { input } = entry;
      const text = typeof input === 'string' ? input : JSON.stringify(input ?? '', null, 1);
      return { part: 'tool', text: `${entry.name} ${text.slice(0, MAX_TEXT)}` };
    }
    case 'result':
      return { part: 'result', text: textIn(entry.value, MAX_TEXT) };
    case 'failure':
    case 'retry':
      return { part: 'error', text: textIn(entry.value, MAX_TEXT) };
    case 'compaction':
    case 'end':
    case 'again':
      return null;
  }
}

type Found = { readonly name: FileName; readonly size: number; readonly mtimeMs: Ms };

/**
 * Searches the files below a root that were written at `since` or later, the newest first; calls `found` for each that
 * holds the text.
 */
export async function searchFiles(
  root: Root,
  store: FilesStore<unknown>,
  { search, found }: { readonly search: TextSearch; readonly found: (name: FileName) => void },
  signal: AbortSignal,
): Promise<void> {
  const files = await filesSince(root, store, search.since, signal);
  const ofBytes = files.reduce((sum, { size }) => sum + size, 0);
  const holds = mayHold(search.text);
  let [done, hits] = [0, 0];
  const hit = (one: TextHit): void => {
    hits += 1;
    search.hit(one);
  };
  const match = textMatcher({ text: search.text, hit });
  for (const { name, size } of files) {
    if (signal.aborted) return;
    hits = 0;
    const decoder = store.transcripts.decoder(name, null, (id, entry) => {
      if ((entry.at ?? search.since) >= search.since) match(id, entry);
    });
    let first = true;
    // The first record of a file tells whose it is.
    const fast = ({ bytes, from, to }: LineView): boolean => {
      if (!first) return !holds(bytes.subarray(from, to));
      first = false;
      return false;
    };
    await rereadAll(root, name, { ...decoder, fast }, signal).catch(() => undefined);
    if (hits > 0) found(name);
    done += size;
    search.progress({ doneBytes: done, ofBytes });
  }
}

async function filesSince(
  root: Root,
  store: FilesStore<unknown>,
  since: Ms,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const open: (readonly string[])[] = [[]];
  let folders = 0;
  for (let path = open.pop(); path !== undefined && !signal.aborted; path = open.pop()) {
    folders += 1;
    if (folders > MAX_FOLDERS) break;
    const entries = await readdir(join(root.path, ...path), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const below = [...path, entry.name];
      if (entry.isDirectory() && store.enters(below)) open.push(below);
      const name = entry.isFile() ? store.identify(below) : null;
      if (name === null || !(name.kind === 'session' || name.kind === 'sub_agent')) continue;
      const stats = await lstat(join(root.path, ...below)).catch(() => null);
      if (stats !== null && stats.mtimeMs >= since && found.length < MAX_FILES) {
        found.push({ name, size: stats.size, mtimeMs: stats.mtimeMs });
      }
    }
  }
  return found.toSorted((a, b) => b.mtimeMs - a.mtimeMs);
}
