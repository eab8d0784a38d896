/** Qwen Code's records → items: rows as Claude Code's, with contents and token counts as Gemini's. */
import type { Usage } from '../../../core/calls.ts';
import type { Ms } from '../../../core/units.ts';
import { MAX_TOOLS } from '../../limits.ts';
import { countOf, errorOf, httpStatusOf, idOf, nameOf, objectOf, textOf } from '../../wire/fields.ts';
import { createLoops, type Loops } from '../loops.ts';
import { createMoments, type Moments } from '../moments.ts';
import type { Decoder, Failure, FileName, ItemSink } from '../provider.ts';
import { createRetries, type Retries } from '../retries.ts';
import { absolutePathOf, type Fields, fieldsOf, listOf, timeOf } from '../values.ts';

/** The facts of a file for `copies`. */
export type QwenFile = {
  /** Its first record was copied from another session. */
  isBranch: boolean;
  /** Time of its first record. */
  since: Ms;
};

/** Characters kept of a title. */
const MAX_TITLE = 200;
/** Sub-agents of one file that are followed. */
const MAX_CONVERSATIONS = 256;

type Conversation = {
  readonly id: string;
  readonly loops: Loops;
  readonly moments: Moments;
  readonly retries: Retries;
  /** Time of the prompt or tool result before the next call. */
  input: Ms | null;
  /** Tokens of its window, as it was recorded last. */
  windowTokens: number | null;
  /** Failed attempts since the last answer: if the next is a prompt, the call was given up. */
  failed: { readonly key: string; readonly at: Ms; readonly failure: Failure; readonly count: number } | null;
};

type Row = {
  readonly row: Fields;
  readonly uuid: string;
  readonly at: Ms;
  readonly conversation: Conversation;
};

const ROWS: ReadonlySet<unknown> = new Set(['user', 'assistant', 'tool_result', 'system']);

/** Decodes one session's file. */
export class QwenChat implements Decoder<QwenFile> {
  readonly state: QwenFile = { isBranch: false, since: 0 };
  readonly #name: FileName;
  readonly #sink: ItemSink;
  readonly #conversations = new Map<string, Conversation>();
  #model: string | null = null;
  #hasTitle = false;

  constructor(name: FileName, sink: ItemSink) {
    this.#name = name;
    this.#sink = sink;
  }

  record(value: unknown): void {
    const row = fieldsOf(value);
    if (!ROWS.has(row['type']))
      return this.#sink.unknown(nameOf(row['type']) ?? 'a row without a type', nameOf(row['version']));
    const [uuid, at, session] = [
      idOf(row['uuid']),
      timeOf(row['timestamp']),
      this.#name.sessionId ?? idOf(row['sessionId']),
    ];
    if (uuid === null || at === null || session === null)
      return this.#sink.malformed({ code: 'unusable', what: 'row_without_id_or_time' });
    const conversation = this.#conversationOf(session, idOf(row['agentId']));
    if (this.state.since === 0) [this.state.since, this.state.isBranch] = [at, objectOf(row['forkedFrom']) !== null];
    const cwd = absolutePathOf(row['cwd']);
    this.#sink.session(conversation.id, { at, ...(cwd !== null && { cwd }) });
    const one = { row, uuid, at, conversation };
    if (row['type'] === 'user') this.#prompt(one);
    else if (row['type'] === 'assistant') this.#answer(one);
    else if (row['type'] === 'tool_result') this.#result(one);
    else this.#system(one);
  }

  #conversationOf(session: string, agentId: string | null): Conversation {
    const id = agentId === null ? session : `${session}#agent-${agentId}`;
    const known = this.#conversations.get(id);
    if (known !== undefined) return known;
    const made: Conversation = {
      id,
      loops: createLoops(this.#sink, id),
      moments: createMoments(this.#sink, id, agentId !== null),
      retries: createRetries(this.#sink, id),
      input: null,
      windowTokens: null,
      failed: null,
    };
    if (this.#conversations.size < MAX_CONVERSATIONS) this.#conversations.set(id, made);
    this.#sink.session(id, { sessionId: session, ...(agentId !== null && { parentId: session }) });
    return made;
  }

  #prompt({ row, uuid, at, conversation }: Row): void {
    this.#giveUp(conversation);
    conversation.moments.idle();
    conversation.moments.turn(uuid, at);
    conversation.input = at;
    const title = this.#hasTitle ? undefined : textOf(textIn(row['message']))?.slice(0, MAX_TITLE);
    this.#hasTitle ||= title !== undefined;
    const open = { type: 'call', name: null, since: at } as const;
    this.#sink.session(conversation.id, { open, ...(title !== undefined && { title }) });
  }

  #answer({ row, uuid, at, conversation }: Row): void {
    const usage = usageOf(row['usageMetadata']);
    const tools = partsOf(row['message'], 'functionCall');
    for (const tool of tools) {
      const [id, name] = [idOf(tool['id']), nameOf(tool['name'])];
      if (id === null || name === null) continue;
      conversation.loops.called(id, name, tool['args']);
      conversation.moments.called(id, name, tool['args'], at);
    }
    this.#model = nameOf(row['model']) ?? this.#model;
    if (usage === null) return;
    if (conversation.failed !== null) this.#retried(conversation, conversation.failed);
    conversation.failed = null;
    conversation.retries.succeeded();
    const names = tools.flatMap((tool) => nameOf(tool['name']) ?? []).slice(0, MAX_TOOLS);
    this.#sink.put({
      ...CALL,
      key: uuid,
      conversationId: conversation.id,
      at,
      startedAt: conversation.input,
      model: this.#model,
      usage,
      failure: null,
      tools: names,
    });
    const usedTokens = countOf(fieldsOf(row['usageMetadata'])['promptTokenCount']);
    const windowTokens = countOf(row['contextWindowSize']) ?? conversation.windowTokens;
    conversation.windowTokens = windowTokens;
    const open = names[0] === undefined ? null : ({ type: 'tool', name: names[0], since: at } as const);
    this.#sink.session(conversation.id, {
      context: { usedTokens, windowTokens, windowKnown: windowTokens !== null, model: this.#model, provider: null },
      open,
    });
  }

  #result({ row, at, conversation }: Row): void {
    conversation.input = at;
    for (const part of partsOf(row['message'], 'functionResponse')) {
      const id = idOf(part['id']);
      if (id === null) continue;
      conversation.moments.ended(id);
      conversation.loops.ended(id, [fieldsOf(row['toolCallResult'])['status'] ?? null, part['response'] ?? null], at);
    }
    this.#sink.session(conversation.id, { open: { type: 'call', name: null, since: at } });
  }

  #system({ row, uuid, at, conversation }: Row): void {
    const payload = fieldsOf(row['systemPayload']);
    switch (row['subtype']) {
      case 'ui_telemetry':
        return this.#telemetry(fieldsOf(payload['uiEvent']), uuid, at, conversation);
      case 'chat_compression':
        this.#sink.put({ type: 'compaction', key: uuid, conversationId: conversation.id, at });
        return this.#compacted(payload, conversation);
      case 'custom_title': {
        const title = textOf(payload['customTitle'])?.slice(0, MAX_TITLE);
        if (title === undefined) return;
        this.#hasTitle = true;
        return this.#sink.session(conversation.id, { title });
      }
      case 'parent_session': {
        const parentId = idOf(payload['parentSessionId']);
        return parentId === null ? undefined : this.#sink.session(conversation.id, { parentId });
      }
      default:
    }
  }

  // How much is left is known by the next answer, unless the record tells.
  #compacted(payload: Fields, conversation: Conversation): void {
    const usedTokens = countOf(fieldsOf(payload['info'])['newTokenCount']);
    const { windowTokens } = conversation;
    const about = { windowKnown: windowTokens !== null, model: this.#model, provider: null };
    this.#sink.session(conversation.id, { context: { usedTokens, windowTokens, ...about } });
  }

  // Each attempt is reported; whether another follows is not.
  #telemetry(event: Fields, uuid: string, at: Ms, conversation: Conversation): void {
    if (event['event.name'] !== 'qwen-code.api_error') return;
    const failure: Failure = {
      status: httpStatusOf(event['status_code']),
      text: errorOf(event['error'] ?? event['error_message']) ?? nameOf(event['error_type']),
      errorClass: null,
    };
    const count = (conversation.failed?.count ?? 0) + 1;
    if (conversation.failed !== null) this.#retried(conversation, conversation.failed);
    conversation.failed = { key: uuid, at, failure, count };
  }

  #retried({ retries }: Conversation, { key, at, failure, count }: NonNullable<Conversation['failed']>): void {
    retries.failed(`retry:${key}`, count, at, failure.text ?? 'no reason recorded');
  }

  #giveUp(conversation: Conversation): void {
    const { failed } = conversation;
    if (failed === null) return;
    conversation.failed = null;
    const { key, at, failure } = failed;
    const { id: conversationId, input: startedAt } = conversation;
    this.#sink.put({
      ...CALL,
      key,
      conversationId,
      at,
      startedAt,
      model: this.#model,
      usage: null,
      failure,
      tools: [],
    });
  }
}

const CALL = {
  type: 'call',
  callId: null,
  status: 'complete',
  provider: null,
  outputIsLowerBound: false,
  finishReason: null,
  kind: 'main',
} as const;

// Google counts the thoughts beside the answer, OpenAI's servers inside it: the total tells which.
function usageOf(value: unknown): Usage | null {
  if (objectOf(value) === null) return null;
  const counts = fieldsOf(value);
  const of = (name: string): number => countOf(counts[name]) ?? 0;
  const [input, output, thoughts] = [of('promptTokenCount'), of('candidatesTokenCount'), of('thoughtsTokenCount')];
  return {
    inputTokens: input,
    outputTokens: countOf(counts['totalTokenCount']) === input + output ? output : output + thoughts,
    cacheReadTokens: of('cachedContentTokenCount'),
    cacheCreationTokens: 0,
  };
}

function partsOf(message: unknown, kind: 'functionCall' | 'functionResponse'): readonly Fields[] {
  return listOf(fieldsOf(message)['parts'])
    .map((part) => fieldsOf(part)[kind])
    .filter((part) => objectOf(part) !== null)
    .map(fieldsOf);
}

function textIn(message: unknown): string | null {
  const texts = listOf(fieldsOf(message)['parts']).map((part) => fieldsOf(part)['text']);
  const parts = texts.filter((text) => typeof text === 'string');
  return parts.length === 0 ? null : parts.join(' ');
}
