import { join } from 'node:path';
import type { Decoder, FileName, FilesStore, ItemSink, Provider, RootsEnv } from '../provider.ts';
import { codexCopies } from './copies.ts';
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
  roots: ({ home, variables }: RootsEnv) => [variables['CODEX_HOME'] || join(home, '.codex')],
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
