import type { ContentMessage, ContentPart } from '../../core/content.ts';
import { idOf, nameOf, objectOf } from './fields.ts';

/*
 * Messages in any form of the feed: agentsight's own (`parts`), those of its v0.5 (`{"Text":{…}}`), and
 * the providers' (OpenAI chat and responses, Anthropic), which rows keep that never completed.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A message before its texts are cleaned and bounded; texts are as foreign as they were. */
export type RawMessage = Omit<ContentMessage, 'parts'> & { readonly parts: readonly RawPart[] };
/** `value` is text, or any JSON. */
export type RawPart =
  | { readonly type: 'text' | 'reasoning'; readonly value: unknown }
  | { readonly type: 'tool_call'; readonly id: string | null; readonly name: string; readonly value: unknown }
  | { readonly type: 'tool_result'; readonly id: string | null; readonly value: unknown }
  | { readonly type: 'other'; readonly kind: string; readonly value: unknown };

/** Reads one message; null for what is none. `role` stands in where it names none. */
export function rawMessage(value: unknown, role: string): RawMessage | null {
  if (typeof value === 'string') return { role, name: null, finishReason: null, parts: [{ type: 'text', value }] };
  const object = objectOf(value) as Fields | null;
  if (object === null) return null;
  const item = responsesItem(object);
  if (item !== null) return { role: roleOf(object, role), name: null, finishReason: null, parts: [item] };
  return {
    role: roleOf(object, role),
    name: nameOf(object['name']),
    finishReason: nameOf(object['finish_reason']),
    parts: partsOf(object),
  };
}

function roleOf({ role, type }: Fields, otherwise: string): string {
  const given = nameOf(role);
  if (given !== null) return given;
  if (type === 'function_call_output') return 'tool';
  return type === 'function_call' || type === 'reasoning' ? 'assistant' : otherwise;
}

/** An item of OpenAI's responses that is a part without a message around it. */
function responsesItem(object: Fields): RawPart | null {
  switch (object['type']) {
    case 'function_call':
      return toolCall(object['call_id'] ?? object['id'], object['name'], object['arguments']);
    case 'function_call_output':
      return { type: 'tool_result', id: idOf(object['call_id']), value: object['output'] };
    case 'reasoning':
      return { type: 'reasoning', value: object['summary'] ?? object['content'] };
    default:
      return null;
  }
}

function partsOf(message: Fields): readonly RawPart[] {
  const { parts, content } = message;
  if (Array.isArray(parts)) return parts.map(rawPart);
  const thought = message['reasoning_content'] ?? message['reasoning'];
  const before: RawPart[] = isThere(thought) ? [{ type: 'reasoning', value: thought }] : [];
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'].map(openAiCall) : [];
  return [...before, ...contentParts(message, content), ...calls];
}

function contentParts(message: Fields, content: unknown): readonly RawPart[] {
  if (message['role'] === 'tool') return [{ type: 'tool_result', id: idOf(message['tool_call_id']), value: content }];
  if (Array.isArray(content)) return content.map(rawPart);
  return isThere(content) ? [{ type: 'text', value: content }] : [];
}

function openAiCall(value: unknown): RawPart {
  const call = (objectOf(value) ?? {}) as Fields;
  const asked = (objectOf(call['function']) ?? call) as Fields;
  return toolCall(call['id'], asked['name'], asked['arguments']);
}

function rawPart(value: unknown): RawPart {
  if (typeof value === 'string') return { type: 'text', value };
  const part = objectOf(value) as Fields | null;
  if (part === null) return { type: 'other', kind: 'unknown', value };
  return typedPart(part) ?? taggedPart(part) ?? { type: 'other', kind: nameOf(part['type']) ?? 'unknown', value };
}

function typedPart(part: Fields): RawPart | null {
  switch (part['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
    case 'summary_text':
      return { type: 'text', value: part['content'] ?? part['text'] };
    case 'reasoning':
    case 'thinking':
      return { type: 'reasoning', value: part['content'] ?? part['thinking'] ?? part['text'] };
    case 'tool_call':
    case 'tool_use':
      return toolCall(part['id'], part['name'], part['arguments'] ?? part['input']);
    case 'tool_call_response':
    case 'tool_result':
      return {
        type: 'tool_result',
        id: idOf(part['id'] ?? part['tool_use_id']),
        value: part['response'] ?? part['content'],
      };
    default:
      return null;
  }
}

const TAGS: Readonly<Record<string, string>> = {
  Text: 'text',
  Reasoning: 'reasoning',
  ToolCall: 'tool_call',
  ToolCallResponse: 'tool_call_response',
};

/** `{"Text":{"content":…}}`: what v0.5 writes into rows that a drain has enriched. */
function taggedPart(part: Fields): RawPart | null {
  const [[tag, inner] = ['', null], ...others] = Object.entries(part);
  const type = Object.hasOwn(TAGS, tag) ? TAGS[tag] : undefined;
  const fields = objectOf(inner);
  return others.length > 0 || type === undefined || fields === null ? null : typedPart({ ...fields, type });
}

function toolCall(id: unknown, name: unknown, value: unknown): RawPart {
  return { type: 'tool_call', id: idOf(id), name: nameOf(name) ?? 'unknown', value: value ?? '' };
}

function isThere(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '';
}

/** A raw part as the reader sees it, its text given by `textOf`. */
export function finishedPart(part: RawPart, text: string): ContentPart {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { type: part.type, text };
    case 'tool_call':
      return { type: 'tool_call', id: part.id, name: part.name, text };
    case 'tool_result':
      return { type: 'tool_result', id: part.id, text };
    case 'other':
      return { type: 'other', kind: part.kind, text };
  }
}
