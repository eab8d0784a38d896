/** Codex' rollout records → transcript entries (contract, section 4). A call ends with the count that names it (X1). */
import { idOf, nameOf } from '../../wire/fields.ts';
import { type Fields, fieldsOf, listOf, timeOf } from '../values.ts';
import type { Transcripts } from '../provider.ts';
import type { Entry } from '../transcript.ts';
import { countsOf, isEmpty, keyOf } from './usage.ts';

export const CODEX_TRANSCRIPTS: Transcripts = {
  // The key of a call is its counts, which stand in no such order in the file; its time does.
  needle: (_, endedAt) => (endedAt === null ? null : new Date(endedAt).toISOString()),
  decoder: (name, session, sink) => {
    let thread = session ?? name.sessionId;
    let before = '';
    const record = (value: unknown): void => {
      const line = fieldsOf(value);
      const payload = fieldsOf(line['payload']);
      const at = timeOf(line['timestamp']);
      if (line['type'] === 'session_meta') thread ??= idOf(payload['id']);
      const id = thread ?? 'unknown';
      const emit = (entry: Entry): void => sink(id, entry);
      if (line['type'] === 'response_item') return emitItem(payload, at, emit);
      if (line['type'] === 'compacted') {
        return emit({ type: 'compaction', at, cause: null, before: null, after: null, tookMs: null });
      }
      if (line['type'] !== 'event_msg') return;
      if (payload['type'] === 'token_count') {
        const total = countsOf(fieldsOf(payload['info'])['total_token_usage']);
        if (total === null || isEmpty(total) || keyOf(total) === before) return;
        before = keyOf(total);
        emit({ type: 'end', at, call: `${id}:${before}` });
      } else emitEvent(payload, at, id, emit);
    };
    return { state: null, record };
  },
};

type Emit = (entry: Entry) => void;
type At = Entry['at'];

function emitEvent(payload: Fields, at: At, thread: string, emit: Emit): void {
  switch (payload['type']) {
    case 'user_message':
      return emit({ type: 'prompt', at, id: null, value: payload['message'] });
    // Histories in pages.
    case 'item_completed': {
      const item = fieldsOf(payload['item']);
      if (item['type'] === 'UserMessage') emit({ type: 'prompt', at, id: idOf(item['id']), value: item['content'] });
      return;
    }
    case 'task_complete':
    case 'turn_complete': {
      const error = fieldsOf(payload['error']);
      if (typeof error['message'] !== 'string') return;
      const call = `${thread}:failed:${idOf(payload['turn_id']) ?? at}`;
      return emit({ type: 'failure', at, call, value: error['message'] });
    }
    default:
  }
}

function emitItem(payload: Fields, at: At, emit: Emit): void {
  const id = idOf(payload['call_id']);
  switch (payload['type']) {
    case 'message':
      // What a person asked is an event of its own; among these are the program's own instructions.
      if (payload['role'] === 'assistant')
        emit({ type: 'output', at, call: null, kind: 'text', value: payload['content'] });
      return;
    case 'reasoning': {
      const value = [...listOf(payload['summary']), ...listOf(payload['content'])];
      if (value.length > 0) emit({ type: 'output', at, call: null, kind: 'reasoning', value });
      return;
    }
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
    case 'web_search_call': {
      const name = nameOf(payload['name']) ?? nameOf(payload['type'])?.replace(/_call$/u, '') ?? 'tool';
      return emit({ type: 'tool', at, call: null, id, name, input: inputOf(payload) });
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return emit({ type: 'result', at, id, value: outputOf(payload['output']), outcome: {} });
    default:
  }
}

// Arguments are JSON in a text.
function inputOf(payload: Fields): unknown {
  const input = payload['arguments'] ?? payload['input'] ?? payload['action'];
  return typeof input === 'string' ? (jsonOf(input) ?? input) : input;
}

// Older versions put the output and its exit code into one more JSON text.
function outputOf(output: unknown): unknown {
  if (typeof output !== 'string') return fieldsOf(output)['content'] ?? output;
  const inner = fieldsOf(jsonOf(output));
  const code = fieldsOf(inner['metadata'])['exit_code'];
  if (typeof inner['output'] !== 'string') return output;
  return typeof code === 'number' ? `Process exited with code ${code}\n${inner['output']}` : inner['output'];
}

function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/u.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
