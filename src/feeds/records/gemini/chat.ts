/**
 * One chat file of Gemini CLI, operation by operation (rules G1 to G3 of the contract). A message is known by its id
 * within its session: what comes again under it replaces what was, and is never counted twice.
 */
import type { Usage } from '../../../core/calls.ts';
import type { Ms } from '../../../core/units.ts';
import { MAX_TOOLS } from '../../limits.ts';
import { countOf, errorOf, httpStatusOf, idOf, nameOf, objectOf, textOf } from '../../wire/fields.ts';
import { createLoops, type Loops } from '../loops.ts';
import { createMoments, type Moments } from '../moments.ts';
import type { Decoder, FileName, ItemSink } from '../provider.ts';
import { absolutePathOf, type Fields, fieldsOf, listOf, timeOf } from '../values.ts';
import type { Folders } from './folders.ts';

/** Messages of one document that are read. */
export const MAX_MESSAGES = 100_000;
/** Tools whose result is remembered as seen, of one file; the oldest go first. */
const MAX_SEEN_TOOLS = 1_024;
const MAX_TITLE = 200;

/** Decodes one chat file, or a whole document of an older version. */
export class Chat implements Decoder<null> {
  readonly state = null;
  readonly #name: FileName;
  readonly #sink: ItemSink;
  readonly #folders: Folders;
  #session: string | null = null;
  #loops: Loops | null = null;
  #moments: Moments | null = null;
  #model: string | null = null;
  /** Time of the message before the next answer. */
  #input: Ms | null = null;
  /** Tools by id: false while no end was seen. */
  readonly #tools = new Map<string, boolean>();
  #hasTitle = false;

  constructor(name: FileName, sink: ItemSink, folders: Folders) {
    this.#name = name;
    this.#sink = sink;
    this.#folders = folders;
  }

  record(value: unknown): void {
    const operation = fieldsOf(value);
    if (operation['$set'] !== undefined) return this.#set(fieldsOf(operation['$set']));
    // What a rewind drops was paid, and stays counted.
    if (operation['$rewindTo'] !== undefined) return;
    if (operation['sessionId'] !== undefined && operation['type'] === undefined) return this.#set(operation);
    if (objectOf(value) === null) return this.#sink.malformed({ code: 'unusable', what: 'operation_no_object' });
    this.#message(operation);
  }

  #set(fields: Fields): void {
    const session = this.#session ?? idOf(fields['sessionId']);
    if (session === null) return;
    if (this.#session === null) this.#begin(session);
    const cwd = absolutePathOf(listOf(fields['directories'])[0]);
    const title = textOf(fields['summary'])?.slice(0, MAX_TITLE) ?? null;
    this.#hasTitle ||= title !== null;
    const at = timeOf(fields['startTime']);
    const hash = idOf(fields['projectHash']);
    if (hash !== null && cwd === null) this.#folders.join(hash, session, this.#sink);
    this.#sink.session(session, {
      ...(cwd !== null && { cwd }),
      ...(title !== null && { title }),
      ...(at !== null && { at }),
    });
    for (const message of listOf(fields['messages']).slice(0, MAX_MESSAGES)) this.#message(fieldsOf(message));
  }

  #begin(session: string): void {
    const parent = this.#name.kind === 'sub_agent' ? this.#name.sessionId : null;
    [this.#session, this.#loops] = [session, createLoops(this.#sink, session)];
    this.#moments = createMoments(this.#sink, session, this.#name.kind === 'sub_agent');
    this.#sink.link(session);
    this.#sink.session(session, { sessionId: session, ...(parent !== null && { parentId: parent }) });
    const [, folder] = this.#name.path;
    if (folder !== undefined) this.#folders.join(folder, session, this.#sink);
  }

  #message(message: Fields): void {
    const at = timeOf(message['timestamp']);
    const id = idOf(message['id']) ?? (at === null ? null : `@${at}`);
    const session = this.#session ?? this.#name.agentId;
    if (session === null || id === null)
      return this.#sink.malformed({ code: 'unusable', what: 'message_without_session_or_id' });
    if (this.#session === null) this.#begin(session);
    const one = { message, key: `${session}:${id}`, session, at: at ?? this.#input ?? 0 };
    switch (message['type']) {
      case 'user':
        return this.#prompt(one);
      case 'gemini':
        return this.#answer(one);
      case 'error':
        return this.#failure(one);
      case 'info':
      case 'warning':
        return;
      default:
        return this.#sink.unknown(nameOf(message['type']) ?? 'a message without a type', null);
    }
  }

  #prompt({ message, key, session, at }: Message): void {
    this.#input = at;
    this.#moments?.turn(key, at);
    if (this.#hasTitle) return this.#sink.session(session, { at });
    const title = textOf(textIn(message['displayContent']) ?? textIn(message['content']))?.slice(0, MAX_TITLE);
    this.#hasTitle = title !== undefined;
    this.#sink.session(session, { at, ...(title !== undefined && { title }) });
  }

  #answer({ message, key, session, at }: Message): void {
    const known = this.#sink.get(key);
    this.#model = nameOf(message['model']) ?? this.#model;
    const tools = this.#takeTools(listOf(message['toolCalls']), session, at);
    const startedAt = known?.type === 'call' ? known.startedAt : this.#input;
    this.#input = at;
    const tokens = tokensOf(message['tokens']);
    if (tokens === null) return;
    if (known?.type === 'call' && known.usage !== null) this.#sink.uncounted(session, 'gemini_again', known.usage);
    this.#sink.put({ ...callAt(key, session, at), startedAt, model: this.#model, usage: tokens, tools, failure: null });
    const usedTokens = countOf(fieldsOf(message['tokens'])['input']);
    const model = { model: this.#model, provider: 'google' };
    this.#sink.session(session, { context: { usedTokens, windowTokens: null, windowKnown: false, ...model } });
  }

  #failure({ message, key, session, at }: Message): void {
    const text = textIn(message['content']);
    // Other errors are the program's own.
    if (text === null || !text.trimStart().startsWith('[API Error')) return;
    const failure = { status: statusIn(text), text: errorOf(text), errorClass: null };
    const startedAt = this.#input;
    this.#sink.put({ ...callAt(key, session, at), startedAt, model: this.#model, usage: null, tools: [], failure });
  }

  #takeTools(calls: readonly unknown[], session: string, messageAt: Ms): readonly string[] {
    const names: string[] = [];
    for (const entry of calls) {
      const call = fieldsOf(entry);
      const [id, name] = [idOf(call['id']), nameOf(call['name'])];
      if (name !== null && names.length < MAX_TOOLS) names.push(name);
      if (id === null || name === null) continue;
      const agent = idOf(call['agentId']);
      if (agent !== null) this.#sink.session(agent, { parentId: session });
      this.#takeTool(id, name, call, timeOf(call['timestamp']) ?? messageAt);
    }
    return names;
  }

  // The whole message comes again whenever one of its tools has ended.
  #takeTool(id: string, name: string, call: Fields, at: Ms): void {
    if (!this.#tools.has(id)) {
      const [oldest] = this.#tools.keys();
      if (this.#tools.size >= MAX_SEEN_TOOLS && oldest !== undefined) this.#tools.delete(oldest);
      this.#tools.set(id, false);
      this.#loops?.called(id, name, call['args']);
    }
    const isOver = ENDED.has(String(call['status']));
    if (!isOver) this.#moments?.called(id, name, call['args'], at);
    if (this.#tools.get(id) === true || !isOver) return;
    this.#tools.set(id, true);
    this.#moments?.ended(id);
    this.#loops?.ended(id, [call['status'], call['result'] ?? null], at);
  }
}

type Message = { readonly message: Fields; readonly key: string; readonly session: string; readonly at: Ms };

/** States of a tool that has ended. */
export const ENDED: ReadonlySet<string> = new Set(['success', 'error', 'cancelled']);

/** Google's names of a status, as HTTP codes. */
const STATUSES: Readonly<Record<string, number>> = {
  RESOURCE_EXHAUSTED: 429,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  DEADLINE_EXCEEDED: 504,
  INTERNAL: 500,
  INVALID_ARGUMENT: 400,
};

/** Returns the HTTP status that an error's `(Status: NAME)` stands for, null where it names none that is known. */
function statusIn(text: string): number | null {
  const name = /\(Status: (?<name>[A-Z_]{2,40}|\d{3})\)/u.exec(text)?.groups?.['name'];
  if (name === undefined) return null;
  return Object.hasOwn(STATUSES, name) ? (STATUSES[name] ?? null) : httpStatusOf(name);
}

// `input` holds the cache, but not the tools' prompt; `output` not the thoughts. Together they are the total.
function tokensOf(value: unknown): Usage | null {
  if (objectOf(value) === null) return null;
  const tokens = fieldsOf(value);
  const of = (name: string): number => countOf(tokens[name]) ?? 0;
  return {
    inputTokens: of('input') + of('tool'),
    outputTokens: of('output') + of('thoughts'),
    cacheReadTokens: of('cached'),
    cacheCreationTokens: 0,
  };
}

function callAt(key: string, session: string, at: Ms) {
  return {
    type: 'call',
    key,
    conversationId: session,
    at,
    callId: null,
    status: 'complete',
    provider: 'google',
    outputIsLowerBound: false,
    finishReason: null,
    kind: 'main',
  } as const;
}

function textIn(content: unknown): string | null {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? listOf(content) : [content];
  const texts = parts.map((part) => (typeof part === 'string' ? part : fieldsOf(part)['text']));
  const found = texts.filter((text) => typeof text === 'string');
  return found.length === 0 ? null : found.join(' ');
}
