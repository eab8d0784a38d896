import { idOf } from '../../wire/fields.ts';
import type { DecodedFile, Decoder, FileName, FilesStore, ItemSink, Provider } from '../provider.ts';
import { Chat } from './chat.ts';
import { Folders } from './folders.ts';
import { GEMINI_TRANSCRIPTS } from './transcript.ts';

/** Gemini CLI: chats in `tmp/PROJECT/chats/`, sub-agents' in a folder there that is named by the parent's session. */
export const GEMINI: Provider<null> = {
  agent: 'Gemini',
  cacheApart: false,
  gaps: [
    'retries, and calls for compressions, loop checks and the like',
    'the status of a failed call beyond its text',
    'the size of the context window',
    'anything once the disk is full: recording stops silently',
  ],
  store: openStore,
};

function openStore(): FilesStore<null> {
  const folders = new Folders();
  return {
    type: 'files',
    identify,
    enters,
    decoder: (name, sink) => decoderOf(name, sink, folders),
    copies,
    copied: () => 'gemini_document',
    transcripts: GEMINI_TRANSCRIPTS,
  };
}

function enters([top, , chats, , ...rest]: readonly string[]): boolean {
  return top === undefined || (top === 'tmp' && (chats === undefined || chats === 'chats') && rest.length === 0);
}

function identify(path: readonly string[]): FileName | null {
  const [top, project, chats, below, ...rest] = path;
  const of = (
    format: FileName['format'],
    kind: string,
    sessionId: string | null = null,
    agentId: string | null = null,
  ): FileName => ({ path, format, kind, sessionId, agentId });
  if (top === 'projects.json' && project === undefined) return of('document', 'projects');
  if (top !== 'tmp' || project === undefined) return null;
  if (chats === '.project_root' && below === undefined) return of('text', 'root');
  if (chats !== 'chats' || below === undefined || rest.length > 1) return null;
  const [nested] = rest;
  if (nested !== undefined)
    return nested.endsWith('.jsonl')
      ? of('lines', 'sub_agent', idOf(below), idOf(nested.slice(0, -'.jsonl'.length)))
      : null;
  if (!below.startsWith('session-')) return null;
  if (below.endsWith('.jsonl')) return of('lines', 'session');
  return below.endsWith('.json') ? of('document', 'session') : null;
}

function decoderOf(name: FileName, sink: ItemSink, folders: Folders): Decoder<null> {
  const [, project = ''] = name.path;
  switch (name.kind) {
    case 'projects':
      return { state: null, record: (value) => folders.projects(value) };
    case 'root':
      return { state: null, record: (value) => folders.root(project, value) };
    default:
      return new Chat(name, sink, folders);
  }
}

// An older document is taken over into a file of operations beside it and stays, as it was then (G2): of what both tell,
// the operations hold.
function copies(files: readonly DecodedFile<null>[]): ReadonlyMap<DecodedFile<null>, ReadonlySet<string>> {
  const current = new Set(files.flatMap(({ name, items }) => (name.format === 'lines' ? [...items.keys()] : [])));
  return new Map(
    files
      .filter(({ name }) => name.format !== 'lines')
      .map((file) => [file, new Set([...file.items.keys()].filter((key) => current.has(key)))]),
  );
}
