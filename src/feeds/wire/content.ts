import type { Usage } from '../../core/calls.ts';
import { type Ns, nsToMs } from '../../core/units.ts';
import type { CallContent, ContentFact, ContentMessage, ContentPart, ToolRun } from '../../core/content.ts';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { MAX_CONTENT, MAX_CONTENT_MESSAGES, MAX_CONTENT_PART } from '../limits.ts';
import { cleanLine, cleanText } from '../../core/text.ts';
import { finishedPart, rawMessage, type RawMessage, type RawPart } from './content-part.ts';
import { nameOf, objectOf } from './fields.ts';
import type { ContentNote } from '../../core/source-reasons.ts';

/** A call's content as a source holds it, unchecked. */
export type RawContent = {
  readonly callId: string | null;
  readonly startNs: Ns;
  readonly endNs: Ns | null;
  readonly firstOutputNs: Ns | null;
  readonly usage: Usage | null;
  readonly error: unknown;
  /** System instructions that are not among the messages: text, messages, or parts. */
  readonly system: unknown;
  /** Lists of messages. */
  readonly request: unknown;
  readonly response: unknown;
  /** Whole bodies as text: shown where there are no messages. */
  readonly requestBody: unknown;
  readonly responseBody: unknown;
  readonly offeredTools: unknown;
  readonly facts: readonly (readonly [name: string, value: unknown])[];
  readonly notes: readonly ContentNote[];
};

/** Tools and facts named of one call. */
const MAX_NAMED = 128;

/**
 * The content as clean text within its bounds: the answer first, then the request from its end, because that is what is
 * asked for; what does not fit is named in `notes`.
 */
export function contentOf(raw: RawContent): CallContent {
  const response = withBody(messagesOf(raw.response, 'assistant'), raw.responseBody, 'assistant');
  const request = withBody(messagesOf(raw.request, 'user'), raw.requestBody, 'user');
  const system = hasSystem(request) ? [] : messagesOf(raw.system, 'system');
  return boundedContent({ ...raw, response, request, system, toolRuns: [] });
}

/** The result of a tool, unchecked. */
export type RawRun = Omit<ToolRun, 'text'> & { readonly value: unknown };

/** A content whose messages are known as such; their texts are as foreign as they were. */
export type MessageContent = Omit<RawContent, 'request' | 'response' | 'system' | 'requestBody' | 'responseBody'> & {
  readonly request: readonly RawMessage[];
  readonly response: readonly RawMessage[];
  readonly system: readonly RawMessage[];
  readonly toolRuns: readonly RawRun[];
};

/** Cleans and bounds a content: the answer first, then what its tools returned, then the request from its end. */
export function boundedContent(raw: MessageContent): CallContent {
  const { response, request, system } = raw;
  const room = { left: MAX_CONTENT, cut: 0 };
  const answered = fit(response, room);
  const toolRuns = raw.toolRuns.slice(0, MAX_CONTENT_MESSAGES).map(({ value, ...run }) => {
    return { ...run, text: fitText(value, false, room) };
  });
  const asked = fit(request, room);
  const instructed = fit(system, room);
  const left =
    response.length - answered.length + (request.length - asked.length) + (system.length - instructed.length);
  const { callId, startNs, endNs, firstOutputNs, usage } = raw;
  return {
    callId,
    startNs,
    endNs,
    durationMs: endNs === null ? null : nsToMs(endNs - startNs),
    firstOutputMs: firstOutputNs === null ? null : nsToMs(firstOutputNs - startNs),
    usage,
    error:
      typeof raw.error === 'string' && raw.error !== ''
        ? cleanText(raw.error.slice(0, MAX_CONTENT), MAX_CONTENT_PART)
        : null,
    request: [...instructed, ...asked],
    response: answered,
    toolRuns,
    offeredTools: toolNames(raw.offeredTools),
    facts: raw.facts.flatMap(factOf),
    notes: [
      ...raw.notes,
      ...(left > 0 ? [{ code: 'messages_left_out', count: left, maxChars: MAX_CONTENT } as const] : []),
      ...(room.cut > 0 ? [{ code: 'parts_cut', count: room.cut } as const] : []),
    ],
  };
}

function messagesOf(value: unknown, role: string): readonly RawMessage[] {
  if (value === null || value === undefined || value === '') return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  // Instructions may be a list of parts without a message around them.
  return list.flatMap((item) => rawMessage(isBarePart(item) ? { role, parts: [item] } : item, role) ?? []);
}

function isBarePart(item: unknown): boolean {
  const object = objectOf(item);
  if (object === null || 'role' in object || 'parts' in object) return false;
  return 'type' in object && object.type === 'text';
}

function hasSystem(messages: readonly RawMessage[]): boolean {
  return messages.some(({ role }) => role === 'system' || role === 'developer');
}

function withBody(messages: readonly RawMessage[], body: unknown, role: string): readonly RawMessage[] {
  if (messages.some(({ parts }) => parts.length > 0)) return messages;
  if (typeof body !== 'string' || body === '') return messages;
  return [{ role, name: null, finishReason: null, parts: [{ type: 'other', kind: 'body', value: body }] }];
}

type Room = { left: number; cut: number };

/** As many messages as there is room for, the latest first. */
function fit(messages: readonly RawMessage[], room: Room): readonly ContentMessage[] {
  const kept: ContentMessage[] = [];
  for (const message of messages.toReversed()) {
    if (room.left <= 0 || kept.length >= MAX_CONTENT_MESSAGES) break;
    kept.push({ ...message, parts: fitParts(message.parts, room) });
  }
  return kept.toReversed();
}

function fitParts(parts: readonly RawPart[], room: Room): readonly ContentPart[] {
  return parts.slice(0, MAX_CONTENT_MESSAGES).map((part) => {
    return finishedPart(part, fitText(part.value, part.type === 'text' || part.type === 'reasoning', room));
  });
}

function fitText(value: unknown, isProse: boolean, room: Room): string {
  const max = Math.min(MAX_CONTENT_PART, Math.max(1, room.left));
  const whole = textOf(value, isProse);
  // Cleaning makes a text shorter, never longer.
  const text = cleanText(whole.slice(0, 2 * max), max);
  if (whole.length > 2 * max || text.length === max) room.cut += 1;
  room.left -= text.length + MESSAGE_COST;
  return text;
}

/** The cost of an empty part. */
const MESSAGE_COST = 16;

function textOf(value: unknown, isProse: boolean): string {
  if (typeof value === 'string') return isProse ? value : indented(value);
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every(isTextual)) return value.map(plainText).join('\n');
  return JSON.stringify(value, null, 2);
}

// Arguments and results often are JSON in a string.
function indented(text: string): string {
  if (!/^\s*[[{]/u.test(text) || text.length > MAX_CONTENT) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function isTextual(item: unknown): boolean {
  return typeof item === 'string' || plainText(item) !== null;
}

function plainText(item: unknown): string | null {
  if (typeof item === 'string') return item;
  const { text, content }: { readonly text?: unknown; readonly content?: unknown } = objectOf(item) ?? {};
  if (typeof text === 'string') return text;
  return typeof content === 'string' ? content : null;
}

function toolNames(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_NAMED).flatMap((item) => {
    const tool: { readonly name?: unknown; readonly function?: unknown } = objectOf(item) ?? {};
    const inner: { readonly name?: unknown } = objectOf(tool.function) ?? {};
    return nameOf(tool.name) ?? nameOf(inner.name) ?? [];
  });
}

function factOf([name, value]: readonly [string, unknown]): readonly ContentFact[] {
  if (value === null || value === undefined || value === '') return [];
  const text = typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return [{ name: cleanLine(name, MAX_NAME_LENGTH), value: cleanLine(text, MAX_TEXT_LENGTH) }];
}
