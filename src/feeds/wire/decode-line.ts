import type { Call, Interruption, SkipReason } from '../../core/events.ts';
import { idOf } from './fields.ts';
import { llmCall } from './llm-call.ts';
import { isLogtailRecord, logtailRecord } from './logtail.ts';

/** What one line of text is. */
export type DecodedLine =
  | { readonly type: 'call'; readonly call: Call }
  | { readonly type: 'interruption'; readonly interruption: Interruption }
  | { readonly type: 'skip'; readonly skip: SkipReason; readonly reason: string }
  | { readonly type: 'blank' };

/**
 * Reads one line of agentsight's JSONL or logtail; each line says itself which of the two it is. Never throws: what is
 * no call and no interruption is a `skip` with its reason in words.
 */
export function decodeLine(line: string): DecodedLine {
  const text = line.startsWith('\ufeff') ? line.slice(1) : line;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.trim() === '' ? { type: 'blank' } : skip('malformed', 'invalid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return skip('malformed', 'not an object');
  if (Object.hasOwn(value, 'LLMCall')) return decodeCall((value as { readonly LLMCall: unknown }).LLMCall, text);
  return isLogtailRecord(value) ? decodeRecord(value) : otherVariant(value);
}

function decodeCall(value: unknown, text: string): DecodedLine {
  const result = llmCall(value, text);
  return result.ok ? { type: 'call', call: result.call } : skip('malformed', result.reason);
}

function decodeRecord(value: object): DecodedLine {
  const result = logtailRecord(value);
  switch (result.type) {
    case 'call':
    case 'interruption':
      return result;
    case 'unsupported':
    case 'malformed':
      return skip(result.type, result.reason);
  }
}

// Externally tagged: exactly one key, the variant's name, over an object.
function otherVariant(value: object): DecodedLine {
  const [[tag, content] = [], ...others] = Object.entries(value) as [string, unknown][];
  if (tag === undefined || others.length > 0 || typeof content !== 'object' || content === null) {
    return skip('malformed', 'neither an LLMCall nor a logtail record');
  }
  return skip('unsupported', `event ${idOf(tag) ?? 'without a name'}`);
}

function skip(reason: SkipReason, words: string): DecodedLine {
  return { type: 'skip', skip: reason, reason: words };
}
