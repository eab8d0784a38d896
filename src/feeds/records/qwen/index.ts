import { idOf } from '../../wire/fields.ts';
import type { DecodedFile, FilesStore, Provider } from '../provider.ts';
import { QwenChat, type QwenFile } from './chat.ts';
import { QWEN_TRANSCRIPTS } from './transcript.ts';

/** Qwen Code: JSON lines in `projects/PROJECT/chats/SESSION.jsonl`. */
export const QWEN: Provider<QwenFile> = {
  agent: 'Qwen',
  cacheApart: false,
  gaps: ['which failed attempts of a call were its last', 'calls for titles and compressions'],
  store: (): FilesStore<QwenFile> => ({
    type: 'files',
    enters: ([top, , chats, ...rest]) =>
      top === undefined || (top === 'projects' && (chats === undefined || chats === 'chats') && rest.length === 0),
    identify: (path) => {
      const [top, , chats, name = '', ...rest] = path;
      if (top !== 'projects' || chats !== 'chats' || rest.length > 0 || !name.endsWith('.jsonl')) return null;
      return {
        path,
        format: 'lines',
        kind: 'session',
        sessionId: idOf(name.slice(0, -'.jsonl'.length)),
        agentId: null,
      };
    },
    decoder: (name, sink) => new QwenChat(name, sink),
    copies,
    copied: () => 'qwen_branch',
    transcripts: QWEN_TRANSCRIPTS,
  }),
};

// A branch holds the records of its origin, under the same ids; the origin owns them.
function copies(files: readonly DecodedFile<QwenFile>[]): ReadonlyMap<DecodedFile<QwenFile>, ReadonlySet<string>> {
  const owned = new Set<string>();
  const branches = files.toSorted(
    (a, b) => Number(a.state.isBranch) - Number(b.state.isBranch) || a.state.since - b.state.since,
  );
  const found = new Map<DecodedFile<QwenFile>, ReadonlySet<string>>();
  for (const file of branches) {
    const keys = [...file.items.keys()];
    found.set(file, new Set(keys.filter((key) => owned.has(key))));
    for (const key of keys) owned.add(key);
  }
  return found;
}
