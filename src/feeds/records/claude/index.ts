import { countOf, idOf, pidOf, textOf } from '../../wire/fields.ts';
import type { SessionState } from '../../../core/sessions.ts';
import type { Decoder, FileName, FilesStore, ItemSink, ProcessClaim, Provider } from '../provider.ts';
import { absolutePathOf, fieldsOf, timeOf } from '../values.ts';
import { agentConversation, claudeDecoder } from './decoder.ts';
import { type ClaudeFile, claudeCopies } from './copies.ts';
import { CLAUDE_TRANSCRIPTS } from './transcript.ts';

/** Folders below `subagents` that are looked into: workflows and their steps. */
const MAX_AGENT_DEPTH = 6;

/** Claude Code: JSON lines in `projects/FOLDER/SESSION.jsonl`, sub-agents below, running processes in `sessions/PID.json`. */
export const CLAUDE: Provider<ClaudeFile> = {
  agent: 'Claude',
  cacheApart: true,
  gaps: [
    'the true output of calls by versions up to 2.1.52 (a lower bound)',
    'the size of the context window (taken from a catalogue)',
    "how full the plan's quota is (the error of a limit that was reached tells when it resets)",
    'calls for titles and compactions',
  ],
  store: (): FilesStore<ClaudeFile> => ({
    type: 'files',
    identify,
    enters,
    decoder,
    copies: claudeCopies,
    decodesApart: true,
    copied: () => 'claude_copied',
    transcripts: CLAUDE_TRANSCRIPTS,
    process: processOf,
  }),
};

function enters([top, , , below, ...rest]: readonly string[]): boolean {
  if (top === undefined || top === 'sessions') return true;
  return top === 'projects' && (below === undefined || (below === 'subagents' && rest.length <= MAX_AGENT_DEPTH));
}

function identify(path: readonly string[]): FileName | null {
  const [top, second, third = '', fourth] = path;
  const last = path.at(-1) ?? '';
  if (top === 'sessions' && path.length === 2 && /^\d+\.json$/u.test(last)) {
    return { path, format: 'document', kind: 'process', sessionId: null, agentId: null };
  }
  if (top !== 'projects' || second === undefined) return null;
  const agentId = /^agent-(?<id>.+?)(?:\.meta\.json|\.jsonl)$/u.exec(last)?.groups?.['id'] ?? null;
  if (path.length === 3 && last.endsWith('.jsonl')) {
    if (agentId !== null) return { path, format: 'lines', kind: 'sub_agent', sessionId: null, agentId };
    return { path, format: 'lines', kind: 'session', sessionId: idOf(last.slice(0, -'.jsonl'.length)), agentId: null };
  }
  if (fourth !== 'subagents' || agentId === null) return null;
  const isMeta = last.endsWith('.meta.json');
  const [format, kind] = isMeta ? (['document', 'meta'] as const) : (['lines', 'sub_agent'] as const);
  return { path, format, kind, sessionId: idOf(third), agentId };
}

function decoder(name: FileName, sink: ItemSink): Decoder<ClaudeFile> {
  if (name.format === 'lines') return claudeDecoder(name, sink);
  const state: ClaudeFile = { isMarkedCopy: false, isSubAgent: name.agentId !== null, rows: [], times: [] };
  return { state, record: (value) => takeMeta(value, name, sink) };
}

// What started a sub-agent: written beside its file.
function takeMeta(value: unknown, { kind, sessionId, agentId }: FileName, sink: ItemSink): void {
  if (kind !== 'meta' || sessionId === null || agentId === null) return;
  const meta = fieldsOf(value);
  const parent = idOf(meta['parentAgentId']);
  const title = textOf(meta['description']) ?? textOf(meta['agentType']);
  sink.session(agentConversation(sessionId, agentId), {
    sessionId,
    parentId: parent === null ? sessionId : agentConversation(sessionId, parent),
    ...(title !== null && { title }),
  });
}

const STATES: Readonly<Record<string, SessionState>> = {
  busy: 'busy',
  idle: 'idle',
  shell: 'shell',
  waiting: 'waiting',
};

function processOf(name: FileName, value: unknown): ProcessClaim | null {
  if (name.kind !== 'process') return null;
  const row = fieldsOf(value);
  const [pid, sessionId] = [pidOf(row['pid']), idOf(row['sessionId'])];
  if (pid === null || sessionId === null) return null;
  const { status, procStart } = row;
  const ticks = countOf(procStart);
  return {
    pid,
    sessionId,
    procStart: ticks === null ? textOf(procStart) : String(ticks),
    state: typeof status === 'string' && Object.hasOwn(STATES, status) ? (STATES[status] ?? null) : null,
    cwd: absolutePathOf(row['cwd']),
    at: timeOf(row['updatedAt']) ?? timeOf(row['startedAt']) ?? 0,
  };
}
