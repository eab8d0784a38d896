/** Entries of a transcript → the content of one call: what was asked before it, what it answered, what its tools returned. */
import type { Call } from '../../core/calls.ts';
import type { CallContent } from '../../core/content.ts';
import type { ContentNote } from '../../core/source-reasons.ts';
import type { Ms } from '../../core/units.ts';
import { MAX_CONTENT_MESSAGES } from '../limits.ts';
import { boundedContent, type RawRun } from '../wire/content.ts';
import type { RawMessage, RawPart } from '../wire/content-part.ts';
import { textIn } from './story.ts';
import type { Entry } from './transcript.ts';
import { outcomeOf } from '../../core/tools.ts';

/** Characters of a result in which its outcome is looked for, and of an error. */
const MAX_RESULT = 4_096;

/** Entries before a call, and behind it, that are kept while it is looked for. */
const MAX_BEFORE = 8_000;
const MAX_BEHIND = 1_000;

/** Keeps the entries around one call of a conversation, however many there are. */
export class CallEntries {
  readonly #key: string;
  #entries: Entry[] = [];
  #left = Infinity;

  constructor(key: string) {
    this.#key = key;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  take(entry: Entry): void {
    if (this.#left === 0) return;
    this.#entries.push(entry);
    this.#left -= 1;
    if ('call' in entry && entry.call === this.#key) this.#left = MAX_BEHIND;
    if (this.#left === Infinity && this.#entries.length > MAX_BEFORE)
      this.#entries = this.#entries.slice(-MAX_BEFORE / 2);
  }
}

/**
 * Returns the content of the call that the records know as `key`, from the entries of its conversation in their order;
 * null where none of them is its.
 */
export function contentFrom(
  entries: readonly Entry[],
  key: string,
  call: Call,
  notes: readonly ContentNote[],
): CallContent | null {
  const resolved = withCalls(entries);
  const index = resolved.findIndex((entry) => isOf(entry, key));
  // Some versions record the counts of a call and nothing of its messages.
  const isCounted = entries.some((entry) => entry.type === 'end' && entry.call === key);
  if (index === -1 && !isCounted) return null;
  const first = index === -1 ? resolved.length : index;
  const own = resolved.filter((entry) => isOf(entry, key));
  const ids = new Set<string>();
  const parts: RawPart[] = [];
  const startedAt = new Map<string, Ms | null>();
  const inputs = new Map<string, unknown>();
  let error: string | null = call.error;
  for (const entry of own) {
    if (entry.type === 'failure') error = textIn(entry.value, MAX_CONTENT_ERROR) || error;
    if (entry.type === 'tool' && entry.id !== null) {
      if (ids.has(entry.id)) continue;
      ids.add(entry.id);
      startedAt.set(entry.id, entry.at);
      inputs.set(entry.id, entry.input);
    }
    const part = partOf(entry);
    if (part !== null && !isRepeated(parts, part)) parts.push(part);
  }
  const { callId, startNs, endNs, usage, finishReason } = call;
  return boundedContent({
    callId,
    startNs,
    endNs,
    firstOutputNs: null,
    usage,
    error,
    request: requestOf(resolved.slice(0, first), key),
    response: parts.length === 0 ? [] : [{ role: 'assistant', name: null, finishReason, parts }],
    system: [],
    toolRuns: resolved.flatMap((entry): readonly RawRun[] => {
      if (entry.type !== 'result' || entry.id === null || !ids.delete(entry.id)) return [];
      const { id, at, value, outcome } = entry;
      const from = startedAt.get(id) ?? null;
      const ended = outcomeOf(outcome, inputs.get(id), textIn(value, MAX_RESULT));
      return [{ id, value, outcome: ended, tookMs: from === null || at === null ? null : Math.max(0, at - from) }];
    }),
    offeredTools: [],
    facts: [],
    notes,
  });
}

const MAX_CONTENT_ERROR = 16_384;

function isOf(entry: Entry, key: string): boolean {
  return 'call' in entry && entry.call === key && entry.type !== 'again' && entry.type !== 'end';
}

// A message without a call belongs to the one that ends next; a newer version of a message replaces it.
function withCalls(entries: readonly Entry[]): readonly Entry[] {
  const resolved: Entry[] = [];
  let open: number[] = [];
  for (const entry of entries) {
    if (entry.type === 'end') {
      for (const at of open) {
        const earlier = resolved[at];
        if (earlier !== undefined && 'call' in earlier) resolved[at] = { ...earlier, call: entry.call } as Entry;
      }
      open = [];
    } else if (entry.type === 'again') {
      const before = resolved.findIndex((one) => isOf(one, entry.call));
      if (before !== -1) {
        const kept = resolved.slice(before).filter((one) => !isOf(one, entry.call));
        resolved.splice(before, resolved.length - before, ...kept);
      }
    } else {
      if ('call' in entry && entry.call === null) open.push(resolved.length);
      resolved.push(entry);
    }
  }
  return resolved;
}

function partOf(entry: Entry): RawPart | null {
  if (entry.type === 'output') {
    const { kind, value } = entry;
    return value === '' || value === undefined || value === null ? null : { type: kind, value };
  }
  if (entry.type !== 'tool') return null;
  return { type: 'tool_call', id: entry.id, name: entry.name, value: entry.input ?? '' };
}

// Rows that are kept over a compaction are written again.
function isRepeated(parts: readonly RawPart[], part: RawPart): boolean {
  if (part.type !== 'text' && part.type !== 'reasoning') return false;
  return parts.some(({ type, value }) => type === part.type && value === part.value);
}

// Since the last compaction: older messages are in its summary at best.
function requestOf(before: readonly Entry[], key: string): readonly RawMessage[] {
  const compacted = before.findLastIndex(({ type }) => type === 'compaction');
  const messages: { role: string; parts: RawPart[]; at: Ms | null; call: string | null }[] = [];
  for (const entry of before.slice(compacted + 1)) {
    const message = messageOf(entry);
    if (message === null || message.call === key) continue;
    const last = messages.at(-1);
    if (last !== undefined && message.call !== null && last.call === message.call) last.parts.push(message.part);
    else messages.push({ role: message.role, parts: [message.part], at: entry.at, call: message.call });
  }
  return messages.slice(-MAX_CONTENT_MESSAGES).map(({ role, parts, at }) => {
    return { role, name: null, finishReason: null, parts, ...(at !== null && { at }) };
  });
}

function messageOf(entry: Entry): { role: string; part: RawPart; call: string | null } | null {
  if (entry.type === 'prompt') return { role: 'user', part: { type: 'text', value: entry.value }, call: null };
  if (entry.type === 'result') {
    return { role: 'tool', part: { type: 'tool_result', id: entry.id, value: entry.value }, call: null };
  }
  const part = partOf(entry);
  return part === null || !('call' in entry) ? null : { role: 'assistant', part, call: entry.call };
}
