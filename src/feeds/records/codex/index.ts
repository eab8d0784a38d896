import type { Decoder, FileName, FilesStore, ItemSink, Provider, DecodedFile } from '../provider.ts';
import { Rollout, type RolloutState } from './rollout.ts';
import { CODEX_TRANSCRIPTS } from './transcript.ts';

const FOLDERS = new Set(['sessions', 'archived_sessions']);
/** `sessions/YYYY/MM/DD`. */
const MAX_DEPTH = 4;
const ROLLOUT = /^rollout-[0-9T-]{10,32}-([0-9a-f]{8}-[0-9a-f-]{27})\.jsonl(\.zst)?$/iu;

function openStore(): FilesStore<RolloutState> {
  return {
    type: 'files',
    identify,
    enters: ([top, ...rest]) =>
      top === undefined ||
      (FOLDERS.has(top) && rest.length < MAX_DEPTH && rest.every((name) => /^\d{1,4}$/u.test(name))),
    decoder: (name: FileName, sink: ItemSink): Decoder<RolloutState> => new Rollout(name, sink),
    copies: codexCopies,
    transcripts: CODEX_TRANSCRIPTS,
    decodesApart: true,
    holdsOpen: true,
    copied: (isTwice) => (isTwice ? 'codex_twice' : 'codex_copied'),
  };
}

/** Codex CLI: rollout files, one a thread. */
export const CODEX: Provider<RolloutState> = {
  agent: 'Codex',
  cacheApart: false,
  gaps: [
    'retries of a call and questions to a human are not recorded',
    "a remote compaction's own call is not counted",
    'a fork whose parent is gone counts the copied history too where the version does not record when turns started',
  ],
  store: openStore,
};

function identify(path: readonly string[]): FileName | null {
  const [top = ''] = path;
  const [, id, packed] = ROLLOUT.exec(path.at(-1) ?? '') ?? [];
  if (!FOLDERS.has(top) || id === undefined) return null;
  const format = packed === undefined ? 'lines' : 'zstd-lines';
  return { path, format, kind: 'session', sessionId: id.toLowerCase(), agentId: null };
}

type File = DecodedFile<RolloutState>;

/**
 * Returns the keys of each file that another file of its family of threads owns (rules X4 and X5): of what several files
 * hold, the thread that was born first owns it, and of two files of one thread the longer. Threads are of one family where
 * their files share a link; vectors of others are never compared, since equal first calls are common.
 */
function codexCopies(files: readonly File[]): ReadonlyMap<File, ReadonlySet<string>> {
  const owned = new Set<string>();
  const copies = new Map<File, ReadonlySet<string>>();
  for (const file of files.toSorted(byClaim)) {
    const id = file.state.thread?.id ?? '';
    const copied = new Set<string>();
    const own: string[] = [];
    for (const key of file.items.keys()) {
      const identity = key.startsWith(`${id}:`) ? key.slice(id.length) : key;
      if (owned.has(identity)) copied.add(key);
      else own.push(identity);
    }
    for (const identity of own) owned.add(identity);
    copies.set(file, copied);
  }
  return copies;
}

function byClaim(a: File, b: File): number {
  const [one, other] = [a.state.thread, b.state.thread];
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one.birth - other.birth || compare(one.id, other.id) || b.items.size - a.items.size;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
