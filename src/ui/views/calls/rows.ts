import type { EngineView } from '../../../engine/types.ts';
import type { Call } from '../../../core/calls.ts';
import type { Story, StoryCall, StoryMark, ToolStep } from '../../../core/story.ts';
import { type Ms, nsToMs } from '../../../core/units.ts';
import { rollUp } from '../../../core/model/families.ts';
import type { ConversationView, Totals } from '../../../core/model/types.ts';
import { isAskingPerson } from '../../../core/model/meters/trouble.ts';
import { isFailed } from '../../../core/model/meters/totals.ts';
import { errorClass } from '../../../core/reactor/detect/error-text.ts';
import { age, callTime, count, counted, duration, tokens } from '../../render/values.ts';
import { shortModels } from '../../render/names.ts';
import type { Glyphs, Tone } from '../../render/theme.ts';
import { familiesIn } from '../../ladder/family-rows.ts';
import { outcomeText } from '../call/outcome.ts';
import { openToolIn } from './shown-story.ts';
import { type Mark, markId, marksOf } from './marks.ts';

/** The outcome of a call. */
export type CallSummary = { readonly sign: 'ok' | 'failed' | 'pending'; readonly tone: Tone; readonly text: string };

/** A call in the stream. */
export type CallLine = {
  readonly type: 'call';
  readonly call: Call;
  /** The facts of its records; null where they don't. */
  readonly storyCall: StoryCall | null;
  /** It is a sub-agent's, within its parent's stream. */
  readonly isWithin: boolean;
};

/** A person's prompt, before the call that answers it. */
export type Prompt = {
  readonly type: 'prompt';
  readonly id: string;
  readonly at: Ms;
  readonly agent: string;
  readonly text: string;
};

/** A fact of the records between two calls: a compaction, or an attempt that failed. */
export type Note = { readonly type: 'note'; readonly at: Ms; readonly mark: Exclude<StoryMark, { type: 'prompt' }> };

/** A sub-agent, at its start; its calls follow while it is open. */
export type SubAgent = {
  readonly type: 'agent';
  readonly at: Ms;
  readonly conversation: ConversationView;
  /** Its own and those of the sub-agents that it began in turn. */
  readonly totals: Totals;
  readonly isOpen: boolean;
};

/** The work that the conversation waits for. */
export type OpenRow = {
  readonly type: 'open';
  readonly at: Ms;
  readonly work: 'call' | 'tool';
  readonly name: string | null;
  readonly argument: string | null;
  /** A person is to answer. */
  readonly isWaiting: boolean;
};

/** A row of the stream: a call, or what stands between two calls. */
export type CallRow = CallLine | Prompt | Note | SubAgent | OpenRow | Mark;

/** Marks of others that stand in one gap; more would push the calls off the screen. */
const MAX_IN_GAP = 4;
/** A plugin's snapshot at the start of a session is made this long before the first call begins, at most, ms. */
const SESSION_START_MS = 60_000;

/** The input from which the stream of a conversation is made. */
export type Stream = {
  readonly view: EngineView;
  readonly conversation: ConversationView;
  readonly calls: readonly Call[];
  /** Calls of another conversation: a sub-agent's. */
  readonly callsOf: (conversationId: string) => readonly Call[];
  readonly story: Story | null;
  /** The groups that are open, by their ids. */
  readonly groups: ReadonlySet<string>;
};

type Made = Omit<Stream, 'calls' | 'callsOf'> & { readonly rows: readonly CallRow[] };

const made = new WeakMap<readonly Call[], Made>();

/** The calls of a conversation with what stands between them, oldest first. */
export function streamRows(stream: Stream): readonly CallRow[] {
  const { view, conversation, calls, story, groups } = stream;
  const known = made.get(calls);
  const isSame = known?.view === view && known.conversation === conversation && known.story === story;
  if (isSame && known.groups === groups) return known.rows;
  const rows = merged(stream, [...marksWithin(marksOf(view, conversation), calls[0]), ...storyRows(stream)]);
  made.set(calls, { view, conversation, story, groups, rows });
  return rows;
}

// What the records tell between the calls, and the sub-agents at their start.
function storyRows({ view, conversation, calls, story, groups, callsOf }: Stream): readonly (Between | CallLine)[] {
  const [first] = calls;
  const from = first === undefined ? -Infinity : nsToMs(first.startNs) - SESSION_START_MS;
  const notes = (story?.marks ?? [])
    .filter(({ at }) => at >= from)
    .map((mark): Prompt | Note =>
      mark.type === 'prompt'
        ? { type: 'prompt', id: `prompt ${mark.at}`, at: mark.at, agent: conversation.agent, text: mark.text }
        : { type: 'note', at: mark.at, mark },
    );
  const families = familiesIn(view.model.conversations);
  const begun = families.children.get(conversation.conversationId) ?? [];
  const agents = begun.map((one): SubAgent => {
    const at = one.session?.startedAt ?? one.firstCallAt ?? one.lastCallAt ?? 0;
    const { totals } = rollUp(one, families);
    return { type: 'agent', at, conversation: one, totals, isOpen: groups.has(agentGroup(one)) };
  });
  const within = agents
    .filter(({ isOpen }) => isOpen)
    .flatMap(({ conversation: { conversationId } }) => callsOf(conversationId))
    .map((call): CallLine => ({ type: 'call', call, storyCall: null, isWithin: true }));
  return [...notes, ...agents, ...within];
}

/** The group of a sub-agent that `+` and `-` open and close. */
export function agentGroup({ conversationId }: ConversationView): string {
  return `agent ${conversationId}`;
}

type Between = Prompt | Note | SubAgent | Mark;

const plain = new WeakMap<readonly Call[], readonly CallRow[]>();

/** The calls alone. */
export function callRows(calls: readonly Call[]): readonly CallRow[] {
  const rows =
    plain.get(calls) ?? calls.map((call): CallRow => ({ type: 'call', call, storyCall: null, isWithin: false }));
  plain.set(calls, rows);
  return rows;
}

/** The id of a row in the list. */
export function rowId(row: CallRow): string {
  switch (row.type) {
    case 'call':
      return row.call.callId;
    case 'prompt':
      return row.id;
    case 'note':
      return `${row.mark.type} ${row.at}`;
    case 'agent':
      return agentGroup(row.conversation);
    case 'open':
      return 'open';
    case 'mark':
      return markId(row);
  }
}

/** The index of the selected row; of the last call where nothing that exists is selected. */
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

function merged(stream: Stream, between: readonly (Between | CallLine)[]): readonly CallRow[] {
  const { calls, story, conversation } = stream;
  const rows: CallRow[] = [];
  const marks = between.toSorted((a, b) => timeOf(a) - timeOf(b));
  let next = 0;
  let asked: string | null = null;
  for (const call of calls) {
    const at = callTime(call);
    const from = next;
    for (let mark = marks[next]; mark && timeOf(mark) < at; mark = marks[next]) next += 1;
    rows.push(...thinned(marks.slice(from, next)));
    const text = call.userQuery;
    // The records tell all that was asked.
    if (story === null && text !== null && text !== asked) {
      rows.push({ type: 'prompt', id: `prompt ${call.callId}`, at: nsToMs(call.startNs), agent: call.agent, text });
    }
    asked = text ?? asked;
    rows.push({ type: 'call', call, storyCall: story?.calls.get(call.callId) ?? null, isWithin: false });
  }
  return [...rows, ...thinned(marks.slice(next)), ...openRow(conversation, story)];
}

function timeOf(row: Between | CallLine): Ms {
  return row.type === 'call' ? callTime(row.call) : row.at;
}

function openRow({ session }: ConversationView, story: Story | null): readonly OpenRow[] {
  const open = session?.open ?? null;
  if (open === null || session?.state === 'ended' || session?.state === 'died') return [];
  const { type: work, name, since: at } = open;
  const argument = work === 'tool' ? (openToolIn(story, name)?.argument ?? null) : null;
  return [{ type: 'open', at, work, name, argument, isWaiting: session !== null && isAskingPerson(session) }];
}

// The newest of the others stay; the first of them tells how many went before it.
function thinned(gap: readonly (Between | CallLine)[]): readonly (Between | CallLine)[] {
  const others = gap.filter((row) => row.type === 'mark').filter(({ kept }) => !kept);
  const earlier = others.length - MAX_IN_GAP;
  if (earlier <= 0) return gap;
  const left = new Set(others.slice(earlier));
  return gap
    .filter((row) => row.type !== 'mark' || row.kept || left.has(row))
    .map((row) => (row.type === 'mark' && row === others[earlier] ? { ...row, earlier } : row));
}

/** Returns what a mark stands for, and what caused it. */
export function markText({ operation, snapshot, cause, earlier }: Mark): string {
  const before = earlier === 0 ? '' : `(${earlier} earlier not shown) `;
  return operation === 'rollback'
    ? `rolled back ${cause} to ${snapshot}`
    : `${before}checkpointed ${cause}: ${snapshot}`;
}

/** The answer and tool calls of a call, from its records: its tools with their results, or the beginning of its answer. */
export function storyText({ tools, answer, answerWords }: StoryCall, { dot, arrow }: Glyphs): string {
  if (tools.length > 0) return tools.map((tool) => toolText(tool, arrow)).join(` ${dot} `);
  if (answer === null) return '';
  const cut = answer.match(/\S+/gu)?.length !== answerWords;
  return `answer: "${answer}${cut && !answer.endsWith('…') ? ' …' : ''}"`;
}

/** From here on the time that a tool took is shown, ms. */
const LONG_TOOL_MS = 1_000;

function toolText({ name, argument, startedAt, endedAt, outcome }: ToolStep, arrow: string): string {
  const head = [name, argument].filter(Boolean).join(' ');
  const took =
    startedAt === null || endedAt === null || endedAt - startedAt < LONG_TOOL_MS ? null : endedAt - startedAt;
  const lasted = took === null ? '' : `, ${duration(took, '')}`;
  if (outcome === null) return head;
  const text = outcomeText(outcome);
  if (outcome.failed) return `${head} ${arrow} ${text}${lasted}`;
  const isChange = outcome.added !== null;
  return `${head}${text === '' ? '' : isChange ? ` ${text}` : `, ${text}`}${lasted}`;
}

/** Formats what the records tell between two calls. */
export function noteText({ mark }: Note, { arrow }: Glyphs): string {
  if (mark.type === 'retry') {
    const { attempt, of, text } = mark;
    const which = attempt === null ? '' : ` ${attempt}${of === null ? '' : ` of ${of}`}`;
    return `attempt${which} failed${text === '' ? '' : `: ${text}`}`;
  }
  const { cause, before, after } = mark;
  const by = cause === null ? '' : cause === 'auto' ? ' by the agent' : ' by hand';
  if (before === null) return `compacted${by}`;
  return `compacted${by}: ${tokens(before)}${after === null ? ' tokens before' : ` ${arrow} ${tokens(after)} tokens`}`;
}

/** Formats a sub-agent: its task, its model and its calls. */
export function agentText({ conversation, totals }: SubAgent): string {
  const { session, models, agent } = conversation;
  const task = session?.title ?? null;
  const failed = totals.failed === 0 ? '' : `, ${count(totals.failed)} failed`;
  const head = ['sub-agent', shortModels(models) || agent].join(' ');
  return `${head}, ${counted(totals.calls, 'call')}${failed}${task === null ? '' : `: ${task}`}`;
}

/** Formats what a conversation waits for. */
export function openText({ work, name, argument, at, isWaiting }: OpenRow, now: Ms): string {
  const what = work === 'call' ? 'the model' : [name ?? 'a tool', argument].filter(Boolean).join(' ');
  return `${what}, ${isWaiting ? 'waiting' : 'open'} ${age(at, now, '')}`;
}

/** Returns how a call went, as text: its error, its tools, or how it finished. */
export function callSummary(call: Call): CallSummary {
  if (call.status === 'pending') return { sign: 'pending', tone: 'accent', text: `call${kindOf(call)}` };
  if (call.status === 'interrupted') return { sign: 'failed', tone: 'critical', text: because('interrupted', call) };
  if (isFailed(call)) return { sign: 'failed', tone: 'critical', text: because(failureText(call), call) };
  // No failure by its status, as everybody counts it; still, its error may be why a signal came.
  if (call.error !== null) return { sign: 'ok', tone: 'warning', text: because('ended with an error', call) };
  return { sign: 'ok', tone: 'good', text: `${answered(call)}${kindOf(call)}` };
}

/** Names the failure of a call: its status and its class. */
export function failureText(call: Call): string {
  if (call.status === 'interrupted') return 'interrupted';
  const name = errorClass(call.error, call.statusCode);
  return call.statusCode === null ? name : `${call.statusCode} ${name}`;
}

function because(what: string, { error, interruptionType }: Call): string {
  const reason = error ?? interruptionType;
  return reason === null ? what : `${what}: ${reason}`;
}

/** Reasons to finish that mean that tools were called, whose names the feed does not tell. */
const TOOL_FINISH: ReadonlySet<string> = new Set(['tool_use', 'tool_calls', 'function_call']);
/** Reasons to finish that mean only that there is an answer. */
const USUAL_FINISH: ReadonlySet<string> = new Set(['stop', 'end_turn', 'STOP', 'stop_sequence', 'completed']);

function answered({ finishReason, tools }: Call): string {
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
