/** Claude Code's rows → items: rules C1–C8 of the contract, one file at a time. */
import type { Usage } from '../../../core/calls.ts';
import type { ContextUse, OpenWork } from '../../../core/sessions.ts';
import type { Ms } from '../../../core/units.ts';
import { MAX_TOOLS } from '../../limits.ts';
import { countOf, errorOf, httpStatusOf, idOf, nameOf, textOf } from '../../wire/fields.ts';
import { usageOf } from '../../wire/llm-call.ts';
import { createLoops, type Loops } from '../loops.ts';
import { createMoments, type Moments } from '../moments.ts';
import type {
  CallItem,
  Decoder,
  Failure,
  FileName,
  ItemSink,
  LineView,
  RecordPosition,
  SessionPatch,
} from '../provider.ts';
import { createRetries, type Retries } from '../retries.ts';
import { absolutePathOf, canonicalText, type Fields, fieldsOf, idNumber, listOf, timeOf } from '../values.ts';
import type { ClaudeFile } from './copies.ts';
import { fastRows } from './fast-row.ts';
import { agentsOf } from './side-chains.ts';
import { windowOf } from './windows.ts';

/** A shorter `message.id` is none: a relay called every answer `ocgo` (C2). */
export const UNIQUE_ID_LENGTH = 16;
/** Tools of one conversation that are under way at a time, remembered. */
const MAX_OPEN_TOOLS = 256;

/** Kinds of rows that carry nothing for us, and are known. */
const KNOWN_ROWS: ReadonlySet<string> = new Set([
  'user',
  'assistant',
  'system',
  'progress',
  'summary',
  'ai-title',
  'custom-title',
  'agent-name',
  'last-prompt',
  'permission-mode',
  'mode',
  'queue-operation',
  'pr-link',
  'file-history-snapshot',
  'attachment',
  'started',
  'result',
  'relocated',
  'worktree-state',
  // It carries ids of the account, which are never looked at.
  'bridge-session',
]);

/** Likewise of `system` rows. */
const KNOWN_SYSTEM: ReadonlySet<unknown> = new Set([
  'microcompact_boundary',
  'turn_duration',
  'stop_hook_summary',
  'api_refusal',
  'model_refusal_fallback',
  'error',
  'agents_killed',
  'local_command',
  'away_summary',
]);

/** Claude's own name of the error, where it counts like a status (contract, section 7). */
const ERROR_CLASSES: Readonly<Record<string, string>> = {
  rate_limit: 'rate_limit',
  overloaded: 'service_unavailable',
  authentication_failed: 'auth_error',
  billing_error: 'resource_exhaustion',
};

/** The state of one conversation that is followed: the session's main one, or a sub-agent's. */
type Conversation = {
  readonly id: string;
  /** Time of the prompt or the tool's result before the next call. */
  turnAt: Ms | null;
  /** Time of the latest compaction; rows that are older don't tell of the context. */
  compactedAt: Ms;
  /** A run of rows with an id that is none (C2). */
  run: { readonly id: string; readonly key: string } | null;
  readonly openTools: Map<string, { readonly name: string; readonly since: Ms }>;
  open: OpenWork | null;
  cwd: string | null;
  model: string | null;
  context: ContextUse | null;
  titleRank: number;
  /** It is the session's own, no sub-agent's. */
  readonly isMain: boolean;
  readonly loops: Loops;
  readonly moments: Moments;
  readonly retries: Retries;
};

/** Makes the decoder of a session's or a sub-agent's file. */
export function claudeDecoder(name: FileName, sink: ItemSink): Decoder<ClaudeFile> {
  const [rows, times]: [number[], number[]] = [[], []];
  const state: ClaudeFile = { isMarkedCopy: false, isSubAgent: name.agentId !== null, rows, times };
  const conversations = new Map<string, Conversation>();
  const agentOf = agentsOf(name);
  let sessionId = name.sessionId;

  const conversationOf = (agentId: string | null): Conversation => {
    const session = sessionId ?? 'unknown';
    const id = agentId === null ? session : agentConversation(session, agentId);
    const known = conversations.get(id);
    if (known !== undefined) return known;
    const made = newConversation(id, agentId === null, sink);
    conversations.set(id, made);
    const patch: SessionPatch = { sessionId: session };
    // The parent of a sub-agent's sub-agent is in its meta file, which older versions do not write.
    sink.session(id, agentId === null ? patch : { ...patch, below: session });
    return made;
  };
  const enter = (row: Fields, uuid: string, at: Ms | null): void => {
    if (rows.length === 0) {
      const fork = fieldsOf(row['forkedFrom']);
      const from = idOf(fork['sessionId']);
      state.isMarkedCopy = row['sessionKind'] === 'bg' || row['forkedFrom'] !== undefined;
      if (from !== null && sessionId !== null) sink.session(sessionId, { forkedFrom: from });
      sink.link(`row:${uuid}`);
    }
    rows.push(idNumber(uuid));
    times.push(at ?? 0);
  };
  const record = (value: unknown): void => {
    const row = fieldsOf(value);
    const type = row['type'];
    if (typeof type !== 'string') return sink.malformed({ code: 'unusable', what: 'row_without_type' });
    const uuid = idOf(row['uuid']);
    const at = timeOf(row['timestamp']);
    sessionId ??= idOf(row['sessionId']);
    if (uuid !== null) enter(row, uuid, at);
    if (!KNOWN_ROWS.has(type)) return sink.unknown(nameOf(type) ?? '?', nameOf(row['version']));
    // A sub-agent's rows once more, in its parent's file.
    if (type === 'progress') return;
    const conversation = conversationOf(agentOf(row, uuid));
    if (at !== null && uuid !== null) sink.seen(conversation.id, at);
    move(conversation, row['cwd'], sink);
    take(type, { row, uuid, at, conversation, sink });
  };
  const fastRow = fastRows();
  const fast = (line: LineView): boolean => {
    // The first row tells of copies.
    const found = rows.length === 0 || sessionId === null ? null : fastRow(line);
    // A side chain in the session's own file is known by its parents.
    if (found === null || (found.isSidechain && name.agentId === null)) return false;
    const { at } = found;
    rows.push(found.row);
    times.push(at);
    const conversation = conversationOf(name.agentId);
    sink.seen(conversation.id, at);
    move(conversation, found.cwd, sink);
    if (found.type === 'answer') {
      const { requestId, id, model, content, stopReason, usage } = found;
      takeAnswer({ requestId, id, model, content, stopReason, usage, uuid: null, at, conversation, sink });
    } else {
      conversation.run = null;
      endTool(conversation, found.toolUseId, found.result, at);
      takeTurn(conversation, at, sink);
    }
    return true;
  };
  return { state, record: (value: unknown, _position: RecordPosition) => record(value), fast };
}

/** The conversation of a sub-agent of a session. */
export function agentConversation(sessionId: string, agentId: string): string {
  return `${sessionId}#agent-${agentId}`;
}

type Row = {
  readonly row: Fields;
  readonly uuid: string | null;
  readonly at: Ms | null;
  readonly conversation: Conversation;
  readonly sink: ItemSink;
};

function take(type: string, one: Row): void {
  const { row, conversation, sink } = one;
  switch (type) {
    case 'assistant':
      return takeAssistant(one);
    case 'user':
      return takeUser(one);
    case 'system':
      return takeSystem(one);
    case 'relocated':
      return move(conversation, row['relocatedCwd'], sink);
    case 'worktree-state':
      return move(conversation, fieldsOf(row['worktreeSession'])['worktreePath'], sink);
    case 'custom-title':
      return entitle(conversation, row['customTitle'] ?? row['title'], 4, sink);
    case 'ai-title':
      return entitle(conversation, row['aiTitle'] ?? row['title'], 3, sink);
    case 'summary':
      return entitle(conversation, row['summary'], 2, sink);
    default:
      return;
  }
}

function newConversation(id: string, isMain: boolean, sink: ItemSink): Conversation {
  return {
    id,
    isMain,
    turnAt: null,
    compactedAt: -Infinity,
    run: null,
    openTools: new Map(),
    open: null,
    cwd: null,
    model: null,
    context: null,
    titleRank: 0,
    loops: createLoops(sink, id),
    moments: createMoments(sink, id, !isMain),
    retries: createRetries(sink, id),
  };
}

function move(conversation: Conversation, value: unknown, sink: ItemSink): void {
  if (value === undefined || value === conversation.cwd) return;
  const cwd = absolutePathOf(value);
  if (cwd === null) return;
  conversation.cwd = cwd;
  sink.session(conversation.id, { cwd });
}

function entitle(conversation: Conversation, value: unknown, rank: number, sink: ItemSink): void {
  const title = textOf(value);
  if (title === null || rank < conversation.titleRank) return;
  conversation.titleRank = rank;
  sink.session(conversation.id, { title });
}

function setOpen(conversation: Conversation, open: OpenWork | null, sink: ItemSink): void {
  if (conversation.open === open) return;
  conversation.open = open;
  sink.session(conversation.id, { open });
}

// ---------------------------------------------------------------- assistant

function takeAssistant({ row, ...one }: Row): void {
  if (row['isApiErrorMessage'] === true) return takeFailure({ row, ...one });
  const { id, model, content, stop_reason: stopReason, usage } = fieldsOf(row['message']);
  takeAnswer({ ...one, requestId: row['requestId'], id, model, content, stopReason, usage });
}

/** A part of an answer: the fields of its message as they are written. */
type Part = Omit<Row, 'row'> &
  Readonly<Record<'requestId' | 'id' | 'model' | 'content' | 'stopReason' | 'usage', unknown>>;

function takeAnswer(part: Part): void {
  const { uuid, at, conversation, sink } = part;
  if (part.model === '<synthetic>') return;
  if (part.id === undefined && part.usage === undefined) return takeTools(part.content, at ?? 0, conversation, sink);
  const key = keyOf(conversation, part.id, uuid);
  if (key === null || at === null) return sink.malformed({ code: 'unusable', what: 'answer_without_id_or_time' });
  const known = sink.get(key);
  const requestId = idOf(part.requestId);
  const usage = usageIn(part.usage);
  const one = snapshot(part, usage, at, key, known?.type === 'call' ? known : null);
  const call: CallItem = requestId === null ? one : { ...one, requestId };
  if (known?.type === 'call') countRepeated(usage, call, known, sink);
  sink.put(call);
  conversation.retries.succeeded();
  takeContext(part.model, usage, at, conversation, sink);
  takeTools(part.content, at, conversation, sink);
}

// A naive sum adds up the counts of every row.
function countRepeated(usage: Usage | null, call: CallItem, known: CallItem, sink: ItemSink): void {
  const left = call.usage === known.usage ? usage : known.usage;
  if (usage === null || left === null) return;
  sink.uncounted(call.conversationId, call.callId === null ? 'claude_run' : 'claude_repeated', left);
}

function keyOf(conversation: Conversation, value: unknown, uuid: string | null): string | null {
  const id = idOf(value);
  if (id !== null && id.length >= UNIQUE_ID_LENGTH) {
    conversation.run = null;
    return id;
  }
  if (conversation.run !== null && conversation.run.id === (id ?? '')) return conversation.run.key;
  if (uuid === null) return null;
  conversation.run = { id: id ?? '', key: `run:${uuid}` };
  return conversation.run.key;
}

// Of one id the whole snapshot with the most output holds, of equals the later (C3).
function snapshot(
  { conversation, model, content, stopReason }: Part,
  usage: Usage | null,
  at: Ms,
  key: string,
  known: CallItem | null,
): CallItem {
  const isLarger =
    (known?.usage ?? null) === null || (usage !== null && usage.outputTokens >= (known?.usage?.outputTokens ?? 0));
  const finishReason = nameOf(stopReason) ?? known?.finishReason ?? null;
  return {
    type: 'call',
    key,
    conversationId: conversation.id,
    at: Math.max(at, known?.at ?? at),
    callId: key.startsWith('run:') ? null : key,
    startedAt: known === null ? conversation.turnAt : known.startedAt,
    status: 'complete',
    model: modelOf(conversation, model) ?? known?.model ?? null,
    provider: 'anthropic',
    usage: isLarger ? (usage ?? known?.usage ?? null) : (known?.usage ?? null),
    outputIsLowerBound: finishReason === null,
    failure: null,
    finishReason,
    tools: toolsIn(content, known?.tools ?? NO_TOOLS),
    kind: 'main',
  };
}

function usageIn(value: unknown): Usage | null {
  const usage = fieldsOf(value);
  const counts = usageOf(
    usage['input_tokens'],
    usage['output_tokens'],
    usage['cache_read_input_tokens'],
    usage['cache_creation_input_tokens'],
  );
  // Kept for an hour, they cost more.
  const long = countOf(fieldsOf(usage['cache_creation'])['ephemeral_1h_input_tokens']);
  return counts === null || long === null || long <= 0 ? counts : { ...counts, cacheCreation1hTokens: long };
}

// Mostly the last one, whose name is clean.
function modelOf({ model }: Conversation, value: unknown): string | null {
  return value === model ? model : nameOf(value);
}

const NO_TOOLS: readonly string[] = [];

function toolsIn(content: unknown, known: readonly string[]): readonly string[] {
  const parts = listOf(content);
  if (parts.length === 0) return known;
  const names = parts
    .map(fieldsOf)
    .filter((part) => part['type'] === 'tool_use')
    .flatMap((part) => nameOf(part['name']) ?? []);
  return names.length === 0 ? known : [...known, ...names].slice(0, MAX_TOOLS);
}

function takeContext(model: unknown, usage: Usage | null, at: Ms, conversation: Conversation, sink: ItemSink): void {
  // Rows that were kept over a compaction are written again with their old times (C5).
  if (usage === null || at < conversation.compactedAt) return;
  conversation.model = modelOf(conversation, model) ?? conversation.model;
  const usedTokens = usage.inputTokens + (usage.cacheReadTokens ?? 0) + (usage.cacheCreationTokens ?? 0);
  setContext(conversation, usedTokens, sink);
}

function setContext(conversation: Conversation, usedTokens: number | null, sink: ItemSink): void {
  const windowTokens = windowOf(conversation.model, usedTokens ?? 0);
  const { model, context } = conversation;
  const isKnown =
    context?.usedTokens === usedTokens && context.windowTokens === windowTokens && context.model === model;
  // Each part of an answer tells it again.
  if (isKnown) return;
  conversation.context = { usedTokens, windowTokens, windowKnown: false, model, provider: 'anthropic' };
  sink.session(conversation.id, { context: conversation.context });
}

function takeTools(content: unknown, at: Ms, conversation: Conversation, sink: ItemSink): void {
  for (const entry of listOf(content)) {
    const part = fieldsOf(entry);
    const id = idOf(part['id']);
    if (part['type'] !== 'tool_use' || id === null) continue;
    const tool = nameOf(part['name']) ?? 'unknown';
    conversation.loops.called(id, tool, part['input']);
    conversation.moments.called(id, tool, part['input'], at);
    if (conversation.openTools.size < MAX_OPEN_TOOLS) conversation.openTools.set(id, { name: tool, since: at });
  }
  setOpen(conversation, openTool(conversation), sink);
}

function openTool({ openTools }: Conversation): OpenWork | null {
  const [first] = openTools.values();
  return first === undefined ? null : { type: 'tool', ...first };
}

function takeFailure({ row, uuid, at, conversation, sink }: Row): void {
  if (uuid === null || at === null) return sink.malformed({ code: 'unusable', what: 'failed_call_without_id_or_time' });
  const key = `failed:${uuid}`;
  const known = sink.get(key);
  sink.put({
    type: 'call',
    key,
    conversationId: conversation.id,
    at,
    callId: null,
    startedAt: known?.type === 'call' ? known.startedAt : conversation.turnAt,
    status: 'complete',
    model: null,
    provider: 'anthropic',
    usage: null,
    outputIsLowerBound: false,
    failure: failureOf(row),
    finishReason: null,
    tools: [],
    kind: 'main',
  });
  setOpen(conversation, null, sink);
}

function failureOf(row: Fields): Failure {
  const message = fieldsOf(row['message']);
  const text = textIn(message['content']);
  const error = row['error'];
  const type = typeof error === 'string' ? error : fieldsOf(error)['type'];
  const named = /^API Error:? (?<status>[1-5]\d\d)\b/u.exec(text ?? '')?.groups?.['status'];
  const status =
    httpStatusOf(row['apiErrorStatus']) ?? httpStatusOf(fieldsOf(error)['status']) ?? httpStatusOf(Number(named ?? 0));
  const errorClass = typeof type === 'string' && Object.hasOwn(ERROR_CLASSES, type) ? ERROR_CLASSES[type] : null;
  return { status, text: text ?? nameOf(type), errorClass: errorClass ?? null };
}

function textIn(content: unknown): string | null {
  if (typeof content === 'string') return errorOf(content);
  const texts = listOf(content).map((part) => fieldsOf(part)['text']);
  return errorOf(texts.filter((text) => typeof text === 'string').join(' '));
}

// ---------------------------------------------------------------- user

const INTERRUPTED = '[Request interrupted by user';

function takeUser({ row, uuid, at, conversation, sink }: Row): void {
  conversation.run = null;
  const { content } = fieldsOf(row['message']);
  const results = listOf(content)
    .map(fieldsOf)
    .filter((part) => part['type'] === 'tool_result');
  for (const result of results) {
    const id = idOf(result['tool_use_id']);
    if (id === null) continue;
    endTool(conversation, id, resultText(result), at);
  }
  const isBookkeeping = row['isMeta'] === true || row['isCompactSummary'] === true;
  if (at === null || (results.length === 0 && isBookkeeping)) return;
  conversation.turnAt = at;
  if (results.length === 0) conversation.loops.turn();
  if (isInterrupted(content)) {
    conversation.openTools.clear();
    conversation.moments.idle();
    return setOpen(conversation, null, sink);
  }
  // Until there is a title, what was asked first stands for it; of a sub-agent its task is written beside its file.
  if (results.length === 0 && conversation.isMain && conversation.titleRank === 0 && !isProgramOutput(content)) {
    entitle(conversation, promptIn(content), 1, sink);
  }
  if (results.length === 0 && uuid !== null && !isProgramOutput(content)) conversation.moments.turn(uuid, at);
  takeTurn(conversation, at, sink);
}

/**
 * Rows that no person wrote: what a command of the person's own gave, which asks the model for nothing, and what the
 * program reports of its background tasks.
 */
const OUTPUTS = /^(?:<(?:local-command|bash)-(?:stdout|stderr|caveat|input)>|<task-notification>)/u;

function isProgramOutput(content: unknown): boolean {
  const texts = typeof content === 'string' ? [content] : listOf(content).map((part) => fieldsOf(part)['text']);
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && OUTPUTS.test(text));
}

/** Characters kept of a first prompt that stands in for a title. */
const MAX_TITLE = 200;

function promptIn(content: unknown): string {
  const texts = typeof content === 'string' ? [content] : listOf(content).map((part) => fieldsOf(part)['text']);
  const said = texts.filter((text) => typeof text === 'string').join(' ');
  return (commandIn(said) ?? said).slice(0, MAX_TITLE);
}

/** A command of the program's, as a row tells it: its name and what was typed behind it, among other elements. */
const COMMAND_NAME = /<command-name>(?<name>[^<]{1,200})<\/command-name>/u;
const COMMAND_ARGUMENTS = /<command-args>(?<given>[^<]{0,200})/u;

function commandIn(said: string): string | null {
  if (!said.startsWith('<command-')) return null;
  const name = COMMAND_NAME.exec(said)?.groups?.['name'];
  if (name === undefined) return null;
  return `${name} ${COMMAND_ARGUMENTS.exec(said)?.groups?.['given'] ?? ''}`.trim();
}

/** A prompt, or a tool's result: the model is to answer, or other tools are still under way. */
function takeTurn(conversation: Conversation, at: Ms, sink: ItemSink): void {
  conversation.turnAt = at;
  setOpen(conversation, openTool(conversation) ?? { type: 'call', name: null, since: at }, sink);
}

function endTool({ openTools, loops, moments }: Conversation, id: string, result: string, at: Ms | null): void {
  openTools.delete(id);
  moments.ended(id);
  if (at !== null) loops.ended(id, result, at);
}

function resultText(result: Fields): string {
  const { content } = result;
  const text = typeof content === 'string' ? content : canonicalText(content ?? null);
  return `${result['is_error'] === true}\n${text}`;
}

function isInterrupted(content: unknown): boolean {
  if (typeof content === 'string') return content.startsWith(INTERRUPTED);
  return listOf(content).some((part) => {
    const { text } = fieldsOf(part);
    return typeof text === 'string' && text.startsWith(INTERRUPTED);
  });
}

// ---------------------------------------------------------------- system

function takeSystem({ row, uuid, at, conversation, sink }: Row): void {
  if (uuid === null || at === null) return;
  if (row['subtype'] === 'api_error') {
    const attempt = countOf(row['retryAttempt']) ?? 0;
    return conversation.retries.failed(`retry:${uuid}`, attempt, at, retryText(fieldsOf(row['error'])));
  }
  if (row['subtype'] !== 'compact_boundary') {
    if (!KNOWN_SYSTEM.has(row['subtype']))
      sink.unknown(`system/${nameOf(row['subtype']) ?? '?'}`, nameOf(row['version']));
    return;
  }
  const meta = fieldsOf(row['compactMetadata']);
  sink.put({ type: 'compaction', key: `compaction:${uuid}`, conversationId: conversation.id, at });
  conversation.compactedAt = at;
  setContext(conversation, countOf(meta['postTokens']), sink);
}

function retryText(error: Fields): string {
  const inner = fieldsOf(fieldsOf(error['error'])['error']);
  const connection = fieldsOf(error['connection']);
  const status = httpStatusOf(error['status']);
  const text =
    nameOf(connection['code']) ?? textOf(inner['message']) ?? textOf(error['message']) ?? 'no reason recorded';
  return status === null ? text : `${status} ${text}`;
}
