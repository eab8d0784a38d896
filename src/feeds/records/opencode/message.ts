/**
 * One assistant message of OpenCode with its parts → items (rules O1 to O4 of the contract). Read whole each time that
 * something of it changed: nothing of it is kept here.
 */
import type { Usage } from '../../../core/calls.ts';
import type { OpenWork } from '../../../core/sessions.ts';
import type { Ms } from '../../../core/units.ts';
import { MAX_TOOLS } from '../../limits.ts';
import { countOf, errorOf, httpStatusOf, idOf, nameOf, objectOf } from '../../wire/fields.ts';
import type { CallItem, Failure, ItemSink } from '../provider.ts';
import { type Fields, fieldsOf, timeOf } from '../values.ts';

/** A message as it is stored, its `data` parsed. */
export type StoredMessage = {
  readonly id: string;
  readonly sessionId: string;
  readonly createdAt: Ms;
  readonly data: unknown;
};

/** A part of a message; `createdAt` is null if the store does not record it. */
export type StoredPart = { readonly id: string; readonly createdAt: Ms | null; readonly data: unknown };

/** A tool's run that has ended, for loops. */
export type ToolRun = {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  readonly result: unknown;
  readonly at: Ms;
};

/** A tool that is under way. */
export type OpenTool = { readonly id: string; readonly name: string; readonly input: unknown; readonly since: Ms };

/** The facts of a message beside its items. */
export type MessageNews = {
  readonly isFinished: boolean;
  readonly open: OpenWork | null;
  /** It is a person's. */
  readonly isPrompt: boolean;
  readonly tools: readonly ToolRun[];
  readonly running: readonly OpenTool[];
  /** Tokens of its last call, as the screen of OpenCode counts them, and the end of that call. */
  readonly context: {
    /** Null for a compaction: it read all of the old context, and what is left is known by the next call. */
    readonly tokens: number | null;
    readonly at: Ms;
    readonly model: string | null;
    readonly provider: string | null;
  } | null;
};

// A prompt waits for its answer until a message comes after it.
function promptAt(since: Ms, isPrompt: boolean): MessageNews {
  const open = { type: 'call', name: null, since } as const;
  return { isFinished: true, open, isPrompt, tools: [], running: [], context: null };
}

// Written by OpenCode itself.
function isOwn({ data }: StoredPart): boolean {
  const { type, synthetic } = fieldsOf(data);
  return type === 'compaction' || synthetic === true;
}

type Step = {
  readonly id: string;
  readonly at: Ms;
  readonly startedAt: Ms;
  readonly usage: Usage;
  readonly reason: string | null;
};

/** Puts the items of a message. A user's message has none. */
export function putMessage(stored: StoredMessage, parts: readonly StoredPart[], sink: ItemSink): MessageNews {
  const message = fieldsOf(stored.data);
  if (message['role'] !== 'assistant')
    return promptAt(stored.createdAt, message['role'] === 'user' && (parts.length === 0 || !parts.every(isOwn)));
  const time = fieldsOf(message['time']);
  const createdAt = timeOf(time['created']) ?? stored.createdAt;
  const completedAt = timeOf(time['completed']);
  const { steps, tools, running, names } = walk(parts, createdAt, completedAt, sink);
  const { failure, isOver } = failureOf(message['error'], sink);
  const named = { model: nameOf(message['modelID']), provider: nameOf(message['providerID']) };
  const shared = { conversationId: stored.sessionId, ...named, tools: names };
  for (const step of steps) {
    const { id, reason, ...rest } = step;
    sink.put({ ...CALL, ...shared, ...rest, key: id, failure: null, finishReason: reason });
  }
  const whole = steps.length > 0 ? null : usageOf(message['tokens']);
  const isFinished = completedAt !== null || isOver;
  putWhole(
    stored,
    { ...shared, at: completedAt ?? createdAt, startedAt: createdAt },
    isFinished ? whole : null,
    failure,
    sink,
  );
  if (message['summary'] === true && isFinished) {
    const at = completedAt ?? createdAt;
    sink.put({ type: 'compaction', key: `compaction:${stored.id}`, conversationId: stored.sessionId, at });
  }
  const last =
    steps.at(-1) ??
    (whole !== null && !isEmpty(whole) && isFinished ? { usage: whole, at: completedAt ?? createdAt } : null);
  if (last !== null && steps.length > 0) countUncounted(stored.sessionId, message['tokens'], steps, sink);
  return {
    isFinished,
    open: isFinished ? null : openWork(running, createdAt),
    isPrompt: false,
    tools,
    running: isFinished ? [] : running,
    context:
      last === null ? null : { tokens: message['summary'] === true ? null : sumOf(last.usage), at: last.at, ...named },
  };
}

function openWork([first]: readonly OpenTool[], createdAt: Ms): OpenWork {
  if (first === undefined) return { type: 'call', name: null, since: createdAt };
  return { type: 'tool', name: first.name, since: first.since };
}

const CALL = {
  type: 'call',
  callId: null,
  status: 'complete',
  outputIsLowerBound: false,
  kind: 'main',
} as const satisfies Partial<CallItem>;

type Shared = Pick<CallItem, 'conversationId' | 'model' | 'provider' | 'tools' | 'at' | 'startedAt'>;

// A message without a finished step: its own tokens, or its failure.
function putWhole(
  stored: StoredMessage,
  shared: Shared,
  usage: Usage | null,
  failure: Failure | null,
  sink: ItemSink,
): void {
  const known = usage === null || isEmpty(usage) ? null : usage;
  if (failure === null && known === null) return sink.drop(stored.id);
  sink.put({ ...CALL, ...shared, key: stored.id, usage: known, failure, finishReason: null });
}

type Walk = {
  readonly steps: readonly Step[];
  readonly tools: readonly ToolRun[];
  readonly running: readonly OpenTool[];
  readonly names: readonly string[];
};

function walk(parts: readonly StoredPart[], createdAt: Ms, completedAt: Ms | null, sink: ItemSink): Walk {
  const finished = parts.findLast(({ data }) => fieldsOf(data)['type'] === 'step-finish');
  const steps: Step[] = [];
  const tools: ToolRun[] = [];
  const names: string[] = [];
  const running: OpenTool[] = [];
  let startedAt = createdAt;
  for (const part of parts) {
    // A text, or too large to be read.
    if (part.data === null) continue;
    const data = fieldsOf(part.data);
    const at = Math.max(startedAt, part.createdAt ?? completedAt ?? createdAt);
    switch (data['type']) {
      case 'step-start':
        startedAt = part.createdAt ?? startedAt;
        break;
      case 'step-finish': {
        const usage = usageOf(data['tokens']);
        const end = part === finished ? (completedAt ?? at) : at;
        if (usage !== null) steps.push({ id: part.id, at: end, startedAt, usage, reason: nameOf(data['reason']) });
        break;
      }
      case 'tool': {
        const tool = toolOf(part.id, data, at);
        if (tool.name !== null && names.length < MAX_TOOLS) names.push(tool.name);
        if (tool.run !== null) tools.push(tool.run);
        if (tool.open !== null && running.length < MAX_TOOLS) running.push(tool.open);
        break;
      }
      default:
        if (!KNOWN_PARTS.has(String(data['type']))) sink.unknown(`part/${nameOf(data['type']) ?? '?'}`, null);
    }
  }
  return { steps, tools, running, names };
}

const KNOWN_PARTS: ReadonlySet<string> = new Set([
  'agent',
  'compaction',
  'file',
  'patch',
  'reasoning',
  'retry',
  'snapshot',
  'subtask',
  'text',
]);

function toolOf(id: string, data: Fields, at: Ms): { name: string | null; run: ToolRun | null; open: OpenTool | null } {
  const name = nameOf(data['tool']);
  const state = fieldsOf(data['state']);
  const time = fieldsOf(state['time']);
  const isOver = state['status'] === 'completed' || state['status'] === 'error';
  if (name === null) return { name, run: null, open: null };
  if (!isOver)
    return { name, run: null, open: { id, name, input: state['input'], since: timeOf(time['start']) ?? at } };
  const result = [state['status'], state['output'] ?? state['error'] ?? null];
  return { name, run: { id, name, input: state['input'], result, at: timeOf(time['end']) ?? at }, open: null };
}

/** Errors that are no call's failure: a human stopped it, or the answer was too long or of another shape than asked for. */
const NO_FAILURES: ReadonlySet<string> = new Set([
  'MessageAbortedError',
  'MessageOutputLengthError',
  'StructuredOutputError',
]);
/** Classes of errors that their name tells. */
const CLASSES: Readonly<Record<string, string | null>> = {
  APIError: null,
  ProviderAuthError: 'auth_error',
  ContextOverflowError: 'context_overflow',
  UnknownError: null,
};

function failureOf(value: unknown, sink: ItemSink): { readonly failure: Failure | null; readonly isOver: boolean } {
  const error = fieldsOf(value);
  const name = nameOf(error['name']);
  if (name === null || NO_FAILURES.has(name)) return { failure: null, isOver: name !== null };
  if (!Object.hasOwn(CLASSES, name)) {
    sink.unknown(`error/${name}`, null);
    return { failure: null, isOver: true };
  }
  const data = fieldsOf(error['data']);
  const status = httpStatusOf(data['statusCode']);
  return {
    failure: { status, text: errorOf(data['message']) ?? idOf(name), errorClass: CLASSES[name] ?? null },
    isOver: true,
  };
}

// Rule O2: the reasoning comes on top, unless the total includes it already.
function usageOf(counts: unknown): Usage | null {
  if (objectOf(counts) === null) return null;
  const tokens = fieldsOf(counts);
  const cache = fieldsOf(tokens['cache']);
  const of = (value: unknown): number => countOf(value) ?? 0;
  const [input, output, reasoning] = [of(tokens['input']), of(tokens['output']), of(tokens['reasoning'])];
  const [read, write] = [of(cache['read']), of(cache['write'])];
  const isInside = countOf(tokens['total']) === input + output + read + write;
  return {
    inputTokens: input,
    outputTokens: isInside ? output : output + reasoning,
    cacheReadTokens: read,
    cacheCreationTokens: write,
    cacheApart: true,
  };
}

// A naive sum takes the message's tokens, which are its last step's only.
function countUncounted(conversationId: string, value: unknown, steps: readonly Step[], sink: ItemSink): void {
  const naive = usageOf(value);
  if (naive === null || steps.length < 2) return;
  for (const { usage } of steps.slice(0, -1)) sink.uncounted(conversationId, 'opencode_steps', negative(usage), -1);
}

function negative(usage: Usage): Usage {
  return {
    inputTokens: -usage.inputTokens,
    outputTokens: -usage.outputTokens,
    cacheReadTokens: -(usage.cacheReadTokens ?? 0),
    cacheCreationTokens: -(usage.cacheCreationTokens ?? 0),
  };
}

function isEmpty(usage: Usage): boolean {
  return sumOf(usage) === 0;
}

function sumOf({ inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens }: Usage): number {
  return inputTokens + outputTokens + (cacheReadTokens ?? 0) + (cacheCreationTokens ?? 0);
}
