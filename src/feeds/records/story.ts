/** Entries of a transcript → the story of a conversation: the texts of its calls, what stands between them, its files. */
import type { Story, StoryCall, StoryMark, ToolOutcome, ToolStep, WrittenFile } from '../../core/story.ts';
import { cleanLine } from '../../core/text.ts';
import type { Ms } from '../../core/units.ts';
import { MAX_TOOLS } from '../limits.ts';
import type { Entry } from './transcript.ts';
import { argumentOf, outcomeOf, type Write, writesOf } from '../../core/tools.ts';
import { fieldsOf, listOf } from './values.ts';

/** Characters of a prompt or of an answer's beginning: a line of the widest screen. */
const MAX_WORDS = 240;
/** Characters of a text in which words are counted. */
const MAX_COUNTED = 65_536;
/** Calls of which the texts are kept, the newest: as many as the model holds of a conversation. */
const MAX_CALLS = 5_000;
/** Prompts, compactions and retries, and files. */
const MAX_MARKS = 2_000;
const MAX_FILES = 500;
/** Characters of a tool's result in which its outcome is looked for. */
const MAX_RESULT = 4_096;

type Tool = {
  readonly id: string | null;
  readonly name: string;
  readonly input: unknown;
  readonly argument: string | null;
  readonly startedAt: Ms | null;
  readonly writes: readonly Write[];
  endedAt: Ms | null;
  outcome: ToolOutcome | null;
};

type CallDraft = { tools: Tool[]; answer: string | null; answerWords: number };

/** Gathers the story of one conversation, entry by entry in their order. */
export class StoryBuilder {
  readonly #calls = new Map<string, CallDraft>();
  readonly #marks: StoryMark[] = [];
  readonly #asked = new Set<string>();
  readonly #tools = new Map<string, Tool>();
  #open: CallDraft = nothing();

  take(entry: Entry): void {
    switch (entry.type) {
      case 'prompt':
        return this.#ask(entry);
      case 'output':
        if (entry.kind === 'text') emitAnswer(this.#draftOf(entry.call), entry.value);
        return;
      case 'tool':
        return this.#called(entry);
      case 'result':
        return this.#ended(entry);
      case 'end':
        this.#draftOf(entry.call, this.#open);
        this.#open = nothing();
        return;
      case 'again':
        this.#calls.delete(entry.call);
        return;
      case 'compaction':
        if (entry.at !== null) this.#mark({ ...entry, at: entry.at });
        return;
      case 'retry': {
        const { type, at, attempt, of, value } = entry;
        if (at !== null) this.#mark({ type, at, attempt, of, text: wordsOf(value) });
        return;
      }
      case 'failure':
    }
  }

  story(unreadBytes: number): Story {
    const calls = new Map([...this.#calls].map(([key, draft]) => [key, storyCall(draft)]));
    const isOpen = this.#open.tools.length > 0 || this.#open.answer !== null;
    return {
      calls,
      marks: this.#marks.toSorted((a, b) => a.at - b.at),
      files: filesOf([...this.#calls.values(), this.#open]),
      open: isOpen ? storyCall(this.#open) : null,
      unreadBytes,
    };
  }

  #ask({ at, id, value }: Extract<Entry, { type: 'prompt' }>): void {
    const text = wordsOf(value);
    if (at === null || text === '') return;
    // Rows that are kept over a compaction are written again.
    const key = id ?? `${at} ${text}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    this.#mark({ type: 'prompt', at, text });
  }

  #mark(mark: StoryMark): void {
    this.#marks.push(mark);
    if (this.#marks.length > MAX_MARKS) this.#marks.shift();
  }

  #called({ at, call, id, name, input }: Extract<Entry, { type: 'tool' }>): void {
    const draft = this.#draftOf(call);
    if (id !== null && draft.tools.some((tool) => tool.id === id)) return;
    const writes = writesOf(name, input);
    // What an edit changes is draft by its arguments where its result does not: both are small beside what is quoted.
    const tool: Tool = {
      id,
      name,
      input: writes.length > 0 ? input : null,
      argument: argumentOf(input),
      startedAt: at,
      writes,
      endedAt: null,
      outcome: null,
    };
    draft.tools.push(tool);
    if (id !== null) this.#tools.set(id, tool);
  }

  #ended({ at, id, value, outcome }: Extract<Entry, { type: 'result' }>): void {
    const tool = id === null ? undefined : this.#tools.get(id);
    if (id === null || tool === undefined) return;
    this.#tools.delete(id);
    tool.endedAt = at ?? tool.startedAt;
    tool.outcome = outcomeOf(outcome, tool.input, textIn(value, MAX_RESULT));
  }

  // Of a call, made where it is not known; the oldest one goes where they are too many.
  #draftOf(key: string | null, draft?: CallDraft): CallDraft {
    if (key === null) return this.#open;
    const known = this.#calls.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#calls.keys();
    if (this.#calls.size >= MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest);
    const made = draft ?? nothing();
    this.#calls.set(key, made);
    return made;
  }
}

function nothing(): CallDraft {
  return { tools: [], answer: null, answerWords: 0 };
}

function emitAnswer(draft: CallDraft, value: unknown): void {
  const text = textIn(value, MAX_COUNTED);
  const words = text.match(/\S+/gu)?.length ?? 0;
  if (words === 0) return;
  draft.answer ??= cleanLine(text.slice(0, 4 * MAX_WORDS), MAX_WORDS) || null;
  draft.answerWords += words;
}

function storyCall({ tools, answer, answerWords }: CallDraft): StoryCall {
  const steps = tools.slice(0, MAX_TOOLS).map(({ name, argument, startedAt, endedAt, outcome }): ToolStep => {
    return { name, argument, startedAt, endedAt, outcome };
  });
  return { tools: steps, answer, answerWords };
}

// A run that failed has written nothing; one without a result may have.
function filesOf(calls: readonly CallDraft[]): readonly WrittenFile[] {
  const files = new Map<string, WrittenFile>();
  for (const tool of calls.flatMap(({ tools }) => tools)) {
    if (tool.outcome?.failed === true) continue;
    // A result is of the whole run.
    const outcome = tool.writes.length === 1 ? tool.outcome : null;
    for (const { path, operation, ...change } of tool.writes) {
      const [added, removed] = [outcome?.added ?? change.added, outcome?.removed ?? change.removed];
      const known = files.get(path);
      // The last written first.
      files.delete(path);
      files.set(path, {
        path,
        operation: operation === 'edited' ? (known?.operation === 'written' ? 'written' : 'edited') : operation,
        times: (known?.times ?? 0) + 1,
        added: known === undefined ? added : sum(known.added, added),
        removed: known === undefined ? removed : sum(known.removed, removed),
        at: tool.endedAt ?? tool.startedAt,
      });
    }
  }
  return [...files.values()].toReversed().slice(0, MAX_FILES);
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function wordsOf(value: unknown): string {
  return cleanLine(textIn(value, 4 * MAX_WORDS), MAX_WORDS);
}

/** Nesting in which a text is looked for: parts in a content. */
const MAX_NESTING = 4;

/** Returns the text of a value, of its parts where it is a list, at most about `max` characters. */
export function textIn(value: unknown, max: number, depth = 0): string {
  if (typeof value === 'string') return value.slice(0, max);
  if (depth > MAX_NESTING) return '';
  if (Array.isArray(value)) {
    const texts: string[] = [];
    let left = max;
    for (const part of listOf(value)) {
      if (left <= 0) break;
      const text = textIn(part, left, depth + 1);
      if (text === '') continue;
      texts.push(text);
      left -= text.length;
    }
    return texts.join('\n');
  }
  const { text, content, output } = fieldsOf(value);
  const inner = text ?? content ?? output;
  return inner === undefined || inner === null ? '' : textIn(inner, max, depth + 1);
}
