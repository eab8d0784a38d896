/** OpenCode's messages with their parts → transcript entries (contract, section 6). A call ends with its `step-finish` (O1). */
import { idOf, nameOf } from '../../wire/fields.ts';
import { fieldsOf, type Fields, timeOf } from '../values.ts';
import type { Entry } from '../transcript.ts';
import type { StoredMessage, StoredPart } from './message.ts';

/** Emits the entries of a message. */
export function emitMessage(message: StoredMessage, parts: readonly StoredPart[], emit: (entry: Entry) => void): void {
  const data = fieldsOf(message.data);
  const at = timeOf(fieldsOf(data['time'])['created']) ?? message.createdAt;
  if (data['role'] !== 'assistant') {
    // What the program adds to a prompt (the text of files) is marked.
    const texts = parts.map((part) => fieldsOf(part.data)).filter((part) => part['synthetic'] !== true);
    const value = texts.filter(({ type }) => type === 'text').map(({ text }) => text);
    if (value.length > 0) emit({ type: 'prompt', at, id: message.id, value });
    return;
  }
  let isStep = false;
  for (const part of parts) {
    const one = fieldsOf(part.data);
    if (one['type'] === 'step-finish') {
      isStep = true;
      emit({ type: 'end', at: part.createdAt ?? at, call: part.id });
    } else emitPart(one, part.id, part.createdAt ?? at, emit);
  }
  const completedAt = timeOf(fieldsOf(data['time'])['completed']);
  if (data['summary'] === true) {
    emit({ type: 'compaction', at: completedAt ?? at, cause: null, before: null, after: null, tookMs: null });
  }
  const error = fieldsOf(data['error']);
  const failure = fieldsOf(error['data'])['message'] ?? error['name'];
  if (failure !== undefined) emit({ type: 'failure', at: completedAt ?? at, call: message.id, value: failure });
  else if (!isStep && completedAt !== null) emit({ type: 'end', at: completedAt, call: message.id });
}

function emitPart(part: Fields, partId: string, at: number, emit: (entry: Entry) => void): void {
  if (part['type'] === 'text' || part['type'] === 'reasoning') {
    return emit({ type: 'output', at, call: null, kind: part['type'], value: part['text'] });
  }
  if (part['type'] !== 'tool') return;
  const state = fieldsOf(part['state']);
  const time = fieldsOf(state['time']);
  // The ids of calls are not unique within a session.
  const id = `${partId}/${idOf(part['callID']) ?? ''}`;
  const name = nameOf(part['tool']) ?? 'unknown';
  emit({ type: 'tool', at: timeOf(time['start']) ?? at, call: null, id, name, input: state['input'] });
  if (state['status'] !== 'completed' && state['status'] !== 'error') return;
  const exitCode = fieldsOf(state['metadata'])['exit'];
  const outcome = {
    ...(state['status'] === 'error' && { failed: true }),
    ...(typeof exitCode === 'number' && { exitCode }),
  };
  emit({ type: 'result', at: timeOf(time['end']) ?? at, id, value: state['output'] ?? state['error'], outcome });
}
