/** Qwen Code's rows → transcript entries. */
import { countOf, idOf, nameOf } from '../../wire/fields.ts';
import { type Fields, fieldsOf, listOf, timeOf } from '../values.ts';
import type { Transcripts } from '../provider.ts';
import type { Entry } from '../transcript.ts';

export const QWEN_TRANSCRIPTS: Transcripts = {
  needle: (record) => record,
  decoder: (name, session, sink) => ({
    state: null,
    record: (value) => {
      const row = fieldsOf(value);
      const main = name.sessionId ?? session?.split('#')[0] ?? idOf(row['sessionId']) ?? 'unknown';
      const agentId = idOf(row['agentId']);
      const conversation = agentId === null ? main : `${main}#agent-${agentId}`;
      take(row, (entry) => sink(conversation, entry));
    },
  }),
};

type Emit = (entry: Entry) => void;

function take(row: Fields, emit: Emit): void {
  const at = timeOf(row['timestamp']);
  const id = idOf(row['uuid']);
  const parts = listOf(fieldsOf(row['message'])['parts']).map(fieldsOf);
  switch (row['type']) {
    case 'user':
      return emit({ type: 'prompt', at, id, value: parts.map((part) => part['text']).filter(isText) });
    case 'assistant':
      for (const part of parts) emitPart(part, at, id, emit);
      return;
    case 'tool_result':
      for (const part of parts) {
        const response = fieldsOf(part['functionResponse']);
        if (part['functionResponse'] === undefined) continue;
        const { output, error } = fieldsOf(response['response']);
        const status = fieldsOf(row['toolCallResult'])['status'];
        const failed = status === 'error' || status === 'cancelled' || error !== undefined;
        const shown = output ?? error ?? response['response'];
        emit({ type: 'result', at, id: idOf(response['id']), value: shown, outcome: { failed } });
      }
      return;
    case 'system':
      return emitSystem(row, at, emit);
    default:
  }
}

function emitPart(part: Fields, at: Entry['at'], call: string | null, emit: Emit): void {
  if (isText(part['text'])) {
    const kind = part['thought'] === true ? 'reasoning' : 'text';
    emit({ type: 'output', at, call, kind, value: part['text'] });
  }
  if (part['functionCall'] === undefined) return;
  const tool = fieldsOf(part['functionCall']);
  const name = nameOf(tool['name']) ?? 'unknown';
  emit({ type: 'tool', at, call, id: idOf(tool['id']), name, input: tool['args'] });
}

function emitSystem(row: Fields, at: Entry['at'], emit: Emit): void {
  const payload = fieldsOf(row['systemPayload']);
  if (row['subtype'] === 'chat_compression') {
    const info = fieldsOf(payload['info']);
    const [before, after] = [countOf(info['originalTokenCount']), countOf(info['newTokenCount'])];
    return emit({ type: 'compaction', at, cause: null, before, after, tookMs: null });
  }
  const event = fieldsOf(payload['uiEvent']);
  if (row['subtype'] !== 'ui_telemetry' || event['event.name'] !== 'qwen-code.api_error') return;
  const parts = [event['status_code'], event['error'] ?? event['error_message'] ?? event['error_type']];
  const value = parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');
  emit({ type: 'retry', at, attempt: null, of: null, value });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
