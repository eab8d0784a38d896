/** Reads and searches the texts of one source of records on demand: nothing of them is kept. */
import type { Call } from '../../core/calls.ts';
import { errnoOf, fileReasonOf } from '../../core/errno.ts';
import type { ContentAnswer } from '../../core/content.ts';
import type { ContentNote, ContentProblem } from '../../core/source-reasons.ts';
import type { StoryAnswer, TextSearch } from '../../core/story.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanLine } from '../../core/text.ts';
import { nsToMs } from '../../core/units.ts';
import { inJson } from '../text-match.ts';
import { failureOf } from '../sqlite/database.ts';
import type { Book } from './book.ts';
import { CallEntries, contentFrom } from './call-content.ts';
import type { FileName, FilesStore, Provider } from './provider.ts';
import { BEFORE_BYTES, rereadFile, type Part } from './reread.ts';
import { openRoot, RefusedFileError, type Root } from './root.ts';
import { searchFiles, textMatcher } from './search.ts';
import { StoryBuilder } from './story.ts';
import type { Entry } from './transcript.ts';

/** The dependencies of a source whose texts are read. */
export type TextsDeps = {
  readonly provider: Provider;
  /** Folders (or the database) of the source. */
  readonly roots: readonly string[];
  /** Returns what was read of it; null before it is opened. */
  readonly book: () => Book | null;
  /** Asks for the records of a file, by its root, that was left alone because it is old. */
  readonly want: (root: string, name: FileName) => void;
};

const GONE: ContentProblem = { code: 'not_in_records', maxBytes: BEFORE_BYTES };

/** Reads the latest records of a conversation. Never rejects. */
export async function readStory(deps: TextsDeps, conversationId: string, signal: AbortSignal): Promise<StoryAnswer> {
  const builder = new StoryBuilder();
  const names = deps.book()?.filesOf(conversationId) ?? [];
  const entries = await readEntries(
    deps,
    { conversationId, names, part: { type: 'tail' } },
    (entry) => builder.take(entry),
    signal,
  );
  if (!entries.ok) return entries;
  return { ok: true, value: builder.story(entries.value) };
}

/** Reads the content of one call, which the book knows as `record`. Never rejects. */
export async function readCallContent(
  deps: TextsDeps,
  record: string,
  call: Call,
  signal: AbortSignal = new AbortController().signal,
): Promise<ContentAnswer> {
  const { conversationId, endNs } = call;
  if (conversationId === null) return { ok: false, reason: GONE };
  const book = deps.book();
  const name = book?.fileOf(record) ?? null;
  const others = book?.filesOf(conversationId) ?? [];
  const store = deps.provider.store();
  const endedAt = endNs === null ? null : nsToMs(endNs);
  const needle = store.type === 'files' ? store.transcripts.needle(record, endedAt) : null;
  let problem: ContentProblem = GONE;
  for (const one of name === null ? others.slice(0, MAX_FILES) : [name]) {
    const around = new CallEntries(record);
    const asked = { conversationId, names: [one], part: { type: 'around', needle } } as const;
    const entries = await readEntries(deps, asked, (entry) => around.take(entry), signal);
    if (entries.ok) {
      const notes: ContentNote[] = entries.value > 0 ? [{ code: 'earlier_unread', bytes: entries.value }] : [];
      const content = contentFrom(around.entries, record, call, notes);
      if (content !== null) return { ok: true, value: content };
    } else problem = entries.reason;
  }
  return { ok: false, reason: problem };
}

/** Files of one conversation that are read for its story: a session, and what older versions put beside it. */
const MAX_FILES = 8;

type Asked = { readonly conversationId: string; readonly names: readonly FileName[]; readonly part: Part };
type CallDraft =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly reason: ContentProblem };

// The bytes (of a database: the messages) before what was read. What cannot be read in one root may be in another.
async function readEntries(
  { provider, roots }: TextsDeps,
  { conversationId, names, part }: Asked,
  take: (entry: Entry) => void,
  signal: AbortSignal,
): Promise<CallDraft> {
  let problem: ContentProblem = GONE;
  for (const path of roots) {
    try {
      const store = provider.store();
      if (store.type === 'database') {
        const earlier = await store.transcript(path, conversationId, (_, entry) => take(entry));
        if (earlier !== null) return { ok: true, value: earlier };
        continue;
      }
      const root = await openRoot(path);
      const unread = await readFiles(root, store, { conversationId, names, part }, take, signal);
      if (unread !== null) return { ok: true, value: unread };
    } catch (error) {
      problem = problemOf(error, path, problem);
    }
  }
  return { ok: false, reason: problem };
}

// Null where no file is there. The oldest first, so that what is entries comes in its order.
async function readFiles(
  root: Root,
  store: FilesStore<unknown>,
  { conversationId, names, part }: Asked,
  take: (entry: Entry) => void,
  signal: AbortSignal,
): Promise<number | null> {
  let unread: number | null = null;
  for (const name of names.slice(0, MAX_FILES).filter(isTranscript).toReversed()) {
    const decoder = store.transcripts.decoder(name, conversationId, (id, entry) => {
      if (id === conversationId) take(entry);
    });
    try {
      unread = (unread ?? 0) + (await rereadFile(root, name, part, decoder, signal));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  return unread;
}

function isTranscript({ kind }: FileName): boolean {
  return kind === 'session' || kind === 'sub_agent';
}

function problemOf(error: unknown, path: string, otherwise: ContentProblem): ContentProblem {
  const shown = cleanLine(path, MAX_TEXT_LENGTH);
  if (error instanceof RefusedFileError) return { code: 'record_refused', path: shown, why: error.why };
  if (errnoOf(error) === 'ENOENT') return otherwise;
  if (failureOf(error).kind === 'busy') return { code: 'database_busy', file: shown };
  return { code: 'file_unreadable', path: shown, why: fileReasonOf(error) };
}

/** Searches the texts of a source, the newest files first, until it is done or the signal aborts. Never rejects. */
export async function searchTexts(deps: TextsDeps, search: TextSearch, signal: AbortSignal): Promise<void> {
  for (const path of deps.roots) {
    if (signal.aborted) return;
    const store = deps.provider.store();
    try {
      if (store.type === 'database') {
        const progress = (doneBytes: number, ofBytes: number): void => search.progress({ doneBytes, ofBytes });
        await store.searchTexts(
          path,
          { text: inJson(search.text), since: search.since, sink: textMatcher(search), progress },
          signal,
        );
        continue;
      }
      const root = await openRoot(path);
      // What is found can be opened, whatever its age.
      await searchFiles(root, store, { search, found: (name) => deps.want(root.path, name) }, signal);
    } catch (error) {
      // What is not there holds nothing; the health of the source tells the rest.
      if (errnoOf(error) !== 'ENOENT' && !(error instanceof RefusedFileError))
        search.unread(cleanLine(path, MAX_TEXT_LENGTH));
    }
  }
}
