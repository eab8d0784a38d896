/** Claude Code's rows → transcript entries (contract, section 3). Rows that are written again keep their ids. */
import type { ToolOutcome } from '../../../core/story.ts';
import { countOf, idOf, nameOf } from '../../wire/fields.ts';
import { type Fields, fieldsOf, listOf, timeOf } from '../values.ts';
import type { Transcripts } from '../provider.ts';
import type { Entry } from '../transcript.ts';
import { agentConversation, UNIQUE_ID_LENGTH } from './decoder.ts';
import { agentsOf } from './side-chains.ts';

export const CLAUDE_TRANSCRIPTS: Transcripts = {
  needle: (record) => record.replace(/^(?:failed|run):/u, ''),
  decoder: (name, session, sink) => {
    const agentOf = agentsOf(name);
    const runs = new Map<string, { readonly id: string; readonly key: string } | null>();
    let sessionId = name.sessionId ?? session?.split('#')[0] ?? null;
    // As the calls are counted (C2): a short id is none.
    const callOf = (conversation: string, value: unknown, uuid: string | null): string | null => {
      const id = idOf(value);
      if (id !== null && id.length >= UNIQUE_ID_LENGTH) {
        runs.set(conversation, null);
        return id;
      }
      const run = runs.get(conversation) ?? null;
      if (run !== null && run.id === (id ?? '')) return run.key;
      if (uuid === null) return null;
      runs.set(conversation, { id: id ?? '', key: `run:${uuid}` });
      return `run:${uuid}`;
    };
    const record = (value: unknown): void => {
      const row = fieldsOf(value);
      const uuid = idOf(row['uuid']);
      sessionId ??= idOf(row['sessionId']);
      const agentId = agentOf(row, uuid);
      const main = sessionId ?? 'unknown';
      const conversation = agentId === null ? main : agentConversation(main, agentId);
      const emit = (entry: Entry): void => sink(conversation, entry);
      const at = timeOf(row['timestamp']);
      if (row['type'] === 'assistant') {
        const message = fieldsOf(row['message']);
        if (row['isApiErrorMessage'] === true) {
          if (uuid !== null) emit({ type: 'failure', at, call: `failed:${uuid}`, value: message['content'] });
          return;
        }
        if (message['model'] === '<synthetic>') return;
        emitParts(message, at, callOf(conversation, message['id'], uuid), emit);
      } else if (row['type'] === 'user') {
        runs.set(conversation, null);
        emitUser(row, at, uuid, emit);
      } else if (row['type'] === 'system') emitSystem(row, at, emit);
    };
    return { state: null, record };
  },
};

type Emit = (entry: Entry) => void;
type At = Entry['at'];

function emitParts(message: Fields, at: At, call: string | null, emit: Emit): void {
  const { content } = message;
  if (typeof content === 'string') return emit({ type: 'output', at, call, kind: 'text', value: content });
  for (const item of listOf(content)) {
    const part = fieldsOf(item);
    switch (part['type']) {
      case 'text':
        emit({ type: 'output', at, call, kind: 'text', value: part['text'] });
        break;
      case 'thinking':
        emit({ type: 'output', at, call, kind: 'reasoning', value: part['thinking'] });
        break;
      case 'tool_use':
      case 'server_tool_use':
        emit({
          type: 'tool',
          at,
          call,
          id: idOf(part['id']),
          name: nameOf(part['name']) ?? 'unknown',
          input: part['input'],
        });
        break;
      default:
    }
  }
}

function emitUser(row: Fields, at: At, uuid: string | null, emit: Emit): void {
  const { content } = fieldsOf(row['message']);
  const parts = listOf(content).map(fieldsOf);
  const results = parts.filter((part) => part['type'] === 'tool_result');
  for (const part of results) {
    // The row tells of one result; of several, it is unknown which.
    const facts = results.length === 1 ? outcomeOf(row['toolUseResult']) : {};
    const outcome = { ...facts, ...(part['is_error'] === true && { failed: true }) };
    emit({ type: 'result', at, id: idOf(part['tool_use_id']), value: part['content'], outcome });
  }
  if (row['isMeta'] === true || row['isCompactSummary'] === true) return;
  const texts = parts.filter((part) => part['type'] !== 'tool_result');
  if (typeof content === 'string') emit({ type: 'prompt', at, id: uuid, value: content });
  else if (texts.length > 0) emit({ type: 'prompt', at, id: uuid, value: texts });
}

// What the tools of Claude Code report beside their text.
function outcomeOf(value: unknown): Partial<ToolOutcome> {
  const result = fieldsOf(value);
  const patch = listOf(result['structuredPatch']).flatMap((hunk) => listOf(fieldsOf(hunk)['lines']));
  if (patch.length > 0) {
    const of = (sign: string): number =>
      patch.filter((line) => typeof line === 'string' && line.startsWith(sign)).length;
    return { added: of('+'), removed: of('-') };
  }
  const files = countOf(result['numFiles']);
  const lines = countOf(result['numLines']);
  if (files === null && lines === null) return {};
  return { matches: result['mode'] === 'content' ? lines : (files ?? lines) };
}

function emitSystem(row: Fields, at: At, emit: Emit): void {
  if (row['subtype'] === 'api_error') {
    const error = fieldsOf(row['error']);
    const inner = fieldsOf(fieldsOf(error['error'])['error']);
    const given = inner['message'] ?? error['message'] ?? fieldsOf(error['connection'])['code'];
    const message = typeof given === 'string' ? given : '';
    const status = countOf(error['status']);
    const value = status === null || message.startsWith(String(status)) ? message : `${status} ${message}`;
    emit({ type: 'retry', at, attempt: countOf(row['retryAttempt']), of: countOf(row['maxRetries']), value });
  }
  if (row['subtype'] !== 'compact_boundary') return;
  const meta = fieldsOf(row['compactMetadata']);
  const { trigger } = meta;
  emit({
    type: 'compaction',
    at,
    cause: trigger === 'auto' || trigger === 'manual' ? trigger : null,
    before: countOf(meta['preTokens']),
    after: countOf(meta['postTokens']),
    tookMs: countOf(meta['durationMs']),
  });
}
