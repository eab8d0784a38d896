import type { EngineView } from '../../../engine/types.ts';
import type { Call } from '../../../core/calls.ts';
import { nsToMs } from '../../../core/units.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import { isFailed } from '../../../core/model/meters/totals.ts';
import { errorClass } from '../../../core/reactor/detect/error-text.ts';
import { callTime } from '../../render/values.ts';
import type { Tone } from '../../render/theme.ts';
import { type Mark, markId, marksOf } from './marks.ts';

/** How a call went. */
export type CallWords = { readonly sign: 'ok' | 'failed' | 'pending'; readonly tone: Tone; readonly words: string };

/** What a person asked, before the first call that answers it. */
export type Prompt = { readonly type: 'prompt'; readonly call: Call; readonly text: string };

/** A row of the stream: a call, what was asked before it, or what happened to the workspace between two calls. */
export type CallRow = { readonly type: 'call'; readonly call: Call } | Prompt | Mark;

/** Marks of others that stand in one gap; more would push the calls off the screen. */
const MAX_IN_GAP = 4;
/** A plugin's snapshot at the start of a session is made this long before the first call begins, at most, ms. */
const SESSION_START_MS = 60_000;

type Made = { readonly view: EngineView; readonly conversation: ConversationView; readonly rows: readonly CallRow[] };

const made = new WeakMap<readonly Call[], Made>();

/** The calls of a conversation with the marks between them, oldest first. */
export function rowsWithMarks(
  view: EngineView,
  conversation: ConversationView,
  calls: readonly Call[],
): readonly CallRow[] {
  const known = made.get(calls);
  if (known?.view === view && known.conversation === conversation) return known.rows;
  const rows = merged(calls, marksWithin(marksOf(view, conversation), calls[0]));
  made.set(calls, { view, conversation, rows });
  return rows;
}

const plain = new WeakMap<readonly Call[], readonly CallRow[]>();

/** The calls alone. */
export function callRows(calls: readonly Call[]): readonly CallRow[] {
  const rows = plain.get(calls) ?? calls.map((call): CallRow => ({ type: 'call', call }));
  plain.set(calls, rows);
  return rows;
}

/** The id of a row in the list. */
export function rowId(row: CallRow): string {
  switch (row.type) {
    case 'call':
      return row.call.callId;
    case 'prompt':
      return `prompt ${row.call.callId}`;
    case 'mark':
      return markId(row);
  }
}

/** The place of the selected row; of the last call where nothing that exists is selected. */
export function indexInCalls(rows: readonly CallRow[], selectedId: string | null): number {
  const found = selectedId === null ? -1 : rows.findIndex((row) => rowId(row) === selectedId);
  if (found !== -1) return found;
  const last = rows.findLastIndex(({ type }) => type === 'call');
  return last === -1 ? rows.length - 1 : last;
}

function marksWithin(marks: readonly Mark[], first: Call | undefined): readonly Mark[] {
  if (first === undefined) return [];
  const from = nsToMs(first.startNs) - SESSION_START_MS;
  return marks.filter(({ at, kept, operation }) => at >= from || (kept && operation === 'checkpoint'));
}

function merged(calls: readonly Call[], marks: readonly Mark[]): readonly CallRow[] {
  const rows: CallRow[] = [];
  let next = 0;
  let asked: string | null = null;
  for (const call of calls) {
    const at = callTime(call);
    const from = next;
    for (let mark = marks[next]; mark && mark.at < at; mark = marks[next]) next += 1;
    rows.push(...thinned(marks.slice(from, next)));
    const text = call.userQuery;
    if (text !== null && text !== asked) rows.push({ type: 'prompt', call, text });
    asked = text ?? asked;
    rows.push({ type: 'call', call });
  }
  return [...rows, ...thinned(marks.slice(next))];
}

// The newest of the others stay; the first of them tells how many went before it.
function thinned(gap: readonly Mark[]): readonly Mark[] {
  const others = gap.filter(({ kept }) => !kept);
  const earlier = others.length - MAX_IN_GAP;
  if (earlier <= 0) return gap;
  const left = new Set(others.slice(earlier));
  return gap
    .filter((mark) => mark.kept || left.has(mark))
    .map((mark) => (mark === others[earlier] ? { ...mark, earlier } : mark));
}

/** What a mark stands for, and what caused it. */
export function markWords({ operation, snapshot, cause, earlier }: Mark): string {
  const before = earlier === 0 ? '' : `(${earlier} earlier not shown) `;
  return operation === 'rollback'
    ? `rolled back ${cause} to ${snapshot}`
    : `${before}checkpointed ${cause}: ${snapshot}`;
}

/** How a call went, in words: its error, its tools, or how it finished. */
export function callWords(call: Call): CallWords {
  if (call.status === 'pending') return { sign: 'pending', tone: 'accent', words: `call${kindOf(call)}` };
  if (call.status === 'interrupted') return { sign: 'failed', tone: 'critical', words: because('interrupted', call) };
  if (isFailed(call)) return { sign: 'failed', tone: 'critical', words: because(failureWords(call), call) };
  // No failure by its status, as everybody counts it; still, what was said of it may be why a signal came.
  if (call.error !== null) return { sign: 'ok', tone: 'warning', words: because('ended with an error', call) };
  return { sign: 'ok', tone: 'good', words: `${answer(call)}${kindOf(call)}` };
}

/** Names the failure of a call: its status and its class. */
export function failureWords(call: Call): string {
  if (call.status === 'interrupted') return 'interrupted';
  const name = errorClass(call.error, call.statusCode);
  return call.statusCode === null ? name : `${call.statusCode} ${name}`;
}

function because(what: string, { error, interruptionType }: Call): string {
  const reason = error ?? interruptionType;
  return reason === null ? what : `${what}: ${reason}`;
}

/** Reasons to finish that say that tools were called, whose names the feed does not tell. */
const TOOL_FINISH: ReadonlySet<string> = new Set(['tool_use', 'tool_calls', 'function_call']);
/** Reasons to finish that say no more than that there is an answer. */
const USUAL_FINISH: ReadonlySet<string> = new Set(['stop', 'end_turn', 'STOP', 'stop_sequence', 'completed']);

function answer({ finishReason, tools }: Call): string {
  if (tools.length === 0) {
    if (finishReason !== null && TOOL_FINISH.has(finishReason)) return 'tool call';
    return finishReason === null || USUAL_FINISH.has(finishReason)
      ? 'answer'
      : `answer, ${finishReason.replaceAll('_', ' ')}`;
  }
  return [...Map.groupBy(tools, (tool) => tool)]
    .map(([tool, uses]) => (uses.length === 1 ? tool : `${tool} ×${uses.length}`))
    .join(', ');
}

function kindOf({ kind }: Call): string {
  return kind === 'main' ? '' : ` (${kind.replaceAll('_', ' ')})`;
}
