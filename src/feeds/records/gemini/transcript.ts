/** Gemini CLI's operations → transcript entries (contract, section 5). A message that comes again replaces the earlier one. */
import { idOf, nameOf } from '../../wire/fields.ts';
import { type Fields, fieldsOf, listOf, timeOf } from '../values.ts';
import type { Transcripts } from '../provider.ts';
import type { Entry } from '../transcript.ts';
import { ENDED, MAX_MESSAGES } from './chat.ts';

export const GEMINI_TRANSCRIPTS: Transcripts = {
  needle: (record) => record.slice(record.indexOf(':') + 1).replace(/^@.*/u, '') || null,
  decoder: (name, known, sink) => {
    let session = known ?? name.agentId;
    const take = (message: Fields): void => {
      const at = timeOf(message['timestamp']);
      const id = idOf(message['id']) ?? (at === null ? null : `@${at}`);
      if (id === null) return;
      const conversation = session ?? 'unknown';
      const emit = (entry: Entry): void => sink(conversation, entry);
      const call = `${conversation}:${id}`;
      if (message['type'] === 'user') {
        return emit({ type: 'prompt', at, id, value: message['displayContent'] ?? message['content'] });
      }
      if (message['type'] === 'error') return emit({ type: 'failure', at, call, value: message['content'] });
      if (message['type'] === 'gemini') emitAnswer(message, at, call, emit);
    };
    const record = (value: unknown): void => {
      const operation = fieldsOf(value);
      const changed = operation['$set'] === undefined ? operation : fieldsOf(operation['$set']);
      session ??= idOf(changed['sessionId']);
      for (const message of listOf(changed['messages']).slice(0, MAX_MESSAGES)) take(fieldsOf(message));
      if (operation['type'] !== undefined) take(operation);
    };
    return { state: null, record };
  },
};

type At = Entry['at'];

function emitAnswer(message: Fields, at: At, call: string, emit: (entry: Entry) => void): void {
  emit({ type: 'again', at, call });
  for (const thought of listOf(message['thoughts'])) {
    const { subject, description } = fieldsOf(thought);
    const value = [subject, description].filter((text) => typeof text === 'string' && text !== '').join(': ');
    emit({ type: 'output', at, call, kind: 'reasoning', value });
  }
  emit({ type: 'output', at, call, kind: 'text', value: message['content'] });
  for (const one of listOf(message['toolCalls'])) {
    const tool = fieldsOf(one);
    // Older versions count the tools of each message from 0.
    const id = `${call}/${idOf(tool['id']) ?? '?'}`;
    const name = nameOf(tool['name']) ?? 'unknown';
    const endedAt = timeOf(tool['timestamp']) ?? at;
    emit({ type: 'tool', at, call, id, name, input: tool['args'] });
    if (!ENDED.has(String(tool['status']))) continue;
    const failed = tool['status'] !== 'success';
    emit({ type: 'result', at: endedAt, id, value: responseOf(tool), outcome: { failed } });
  }
}

function responseOf(tool: Fields): unknown {
  const responses = listOf(tool['result']).map((part) => {
    const { response } = fieldsOf(fieldsOf(part)['functionResponse']);
    return fieldsOf(response)['output'] ?? response ?? part;
  });
  return responses.length > 0 ? (responses.length === 1 ? responses[0] : responses) : (tool['resultDisplay'] ?? '');
}
