/** The sections of a call's detail, by use: error, thinking, answer, tool calls with their results, request, raw fields. */
import type { CallContent, ContentMessage, ContentPart, ToolRun } from '../../../core/content.ts';
import type { WrittenFile } from '../../../core/story.ts';
import { argumentOf } from '../../../core/tools.ts';
import { nsToMs } from '../../../core/units.ts';
import { type Line, span } from '../../render/line.ts';
import type { Tone } from '../../render/theme.ts';
import { callTime, clock, count, counted, duration } from '../../render/values.ts';
import { wrapText } from '../../render/wrap.ts';
import { clip } from '../../render/width.ts';
import type { CallAbout, Detail } from './state.ts';
import { outcomeText } from './outcome.ts';

/** Indentation of what stands in a section, cells. */
const INDENT = 2;
/** Lines of a tool's arguments and of its result that are shown while its section is closed. */
const ARGUMENT_LINES = 6;
const RESULT_LINES = 6;
/** Messages of the request that are shown while it is closed. */
const REQUEST_ROWS = 5;
/** Cells of a role and of a time in the list of messages. */
const ROLE_WIDTH = 13;

/** One section: what it is, how it ended, and its lines; `closed` are those that are shown while it is closed. */
export type Section = {
  /** Names it while the call is shown. */
  readonly id: string;
  readonly title: string;
  readonly right: string;
  readonly isOpen: boolean;
  readonly open: (width: number) => readonly Line[];
  readonly closed: (width: number) => readonly Line[];
  /** Returns how much of it is not shown while it is closed; '' where nothing is. */
  readonly rest: (width: number) => string;
  /** Its text as it is copied. */
  readonly text: string;
};

/** The section that is marked when a call is opened: what is most likely looked for. */
const FIRST_LOOK = ['error', 'tool 1', 'answer'] as const;

/** Returns the marked section; by default the one that is most likely looked for. */
export function markedSection(sections: readonly Section[], wanted: string | null): Section | null {
  const ids = [wanted, ...FIRST_LOOK];
  for (const id of ids) {
    const found = sections.find((section) => section.id === id);
    if (found !== undefined) return found;
  }
  return sections[0] ?? null;
}

/** Returns true for a section that is open: opened or closed by a person, or by default. */
export function isSectionOpen(
  { toggled, search }: Pick<Detail, 'toggled' | 'search'>,
  { id, isOpen }: Section,
): boolean {
  // A search goes through all of it.
  return search.text !== '' || (toggled.get(id) ?? isOpen);
}

/** The sections of a content that has been read. */
export function sectionsOf(content: CallContent, { call, about }: Pick<Detail, 'call' | 'about'>): readonly Section[] {
  const parts = content.response.flatMap((message) => message.parts);
  const thinking = parts.filter(({ type }) => type === 'reasoning').map(({ text }) => text);
  const answer = parts.filter(({ type }) => type === 'text' || type === 'other').map(({ text }) => text);
  const tools = parts.filter((part) => part.type === 'tool_call');
  const results = parts.filter((part) => part.type === 'tool_result');
  const error = content.error ?? call.error;
  return [
    ...(error === null ? [] : [textSection('error', 'Error', error, { tone: 'critical' })]),
    ...(thinking.length === 0 ? [] : [thinkingSection(thinking.join('\n\n'))]),
    textSection('answer', 'Answer', answer.join('\n\n'), {
      none: parts.length === 0 ? '(no response)' : tools.length > 0 ? '(only tool calls)' : '(no text)',
    }),
    ...tools.map((tool, index) => toolSection(tool, { index, of: tools.length }, runOf(tool, content, results), about)),
    requestSection(content.request),
    ...(about.files.length === 0 ? [] : [filesSection(about)]),
    rawSection(content, call),
  ];
}

function textSection(
  id: string,
  title: string,
  text: string,
  { tone = 'plain', none = '' }: { readonly tone?: Tone; readonly none?: string },
): Section {
  const lines = (width: number): readonly Line[] =>
    text === '' ? textLines(none, width, 'dim') : textLines(text, width, tone);
  return {
    id,
    title,
    right: '',
    isOpen: true,
    open: lines,
    closed: () => [],
    rest: (width) => linesText(lines(width).length),
    text,
  };
}

function thinkingSection(text: string): Section {
  const length = text.match(/\S+/gu)?.length ?? 0;
  const lines = (width: number): readonly Line[] => textLines(text, width, 'dim');
  const title = `Thinking, ${counted(length, 'word')}`;
  return { id: 'thinking', title, right: '', isOpen: false, open: lines, closed: () => [], rest: () => '', text };
}

// Said with a time and not with an age: the detail stays as it was opened.
function withoutResult({ name }: ToolCall, open: CallAbout['openTool']): string {
  if (open === null || open.name !== name) return 'no result recorded';
  return `${open.isWaiting ? 'waiting' : 'open'} since ${clock(open.since)}`;
}

type ToolCall = Extract<ContentPart, { type: 'tool_call' }>;
type ToolResult = Extract<ContentPart, { type: 'tool_result' }>;
type Result = { readonly text: string; readonly run: ToolRun | null };

// The result stands among the runs, or in the same answer.
function runOf(tool: ToolCall, { toolRuns }: CallContent, results: readonly ToolResult[]): Result | null {
  const run = tool.id === null ? undefined : toolRuns.find(({ id }) => id === tool.id);
  if (run !== undefined) return { text: run.text, run };
  const part = tool.id === null ? undefined : results.find(({ id }) => id === tool.id);
  return part === undefined ? null : { text: part.text, run: null };
}

type Place = { readonly index: number; readonly of: number };

function toolSection(tool: ToolCall, { index, of }: Place, result: Result | null, { openTool }: CallAbout): Section {
  const input = inputLines(tool);
  const output = result?.text ?? '';
  const lines = (width: number): readonly Line[] => [
    ...textLines(input, width, 'strong'),
    ...(output === '' ? [] : [[], ...textLines(output, width)]),
  ];
  const closed = (width: number): readonly Line[] => {
    const [asked, got] = [textLines(input, width, 'strong'), textLines(output, width)];
    return [...asked.slice(0, ARGUMENT_LINES), ...(output === '' ? [] : [[], ...got.slice(0, RESULT_LINES)])];
  };
  const run = result?.run ?? null;
  return {
    id: `tool ${index + 1}`,
    title: `Tool call ${index + 1} of ${of}: ${tool.name}`,
    right: run !== null ? runText(run) : result !== null ? '' : withoutResult(tool, openTool),
    isOpen: false,
    open: lines,
    closed,
    rest: (width) => linesText(lines(width).length - closed(width).length),
    text: output === '' ? input : `${input}\n\n${output}`,
  };
}

function runText({ outcome, tookMs }: ToolRun): string {
  const text = outcomeText(outcome) || 'ok';
  return tookMs === null ? text : `${text} after ${duration(tookMs, '')}`;
}

// A command as it would be typed, else the arguments as they are.
function inputLines({ text }: ToolCall): string {
  const input = inputOf(text);
  const {
    command,
    cmd = command,
    ...rest
  }: { command?: unknown; cmd?: unknown } = typeof input === 'object' && input !== null ? input : {};
  const line = typeof cmd === 'string' || Array.isArray(cmd) ? argumentOf({ command: cmd }) : null;
  if (line === null) return text;
  const shown = typeof cmd === 'string' ? cmd : line;
  const others = Object.keys(rest).length === 0 ? '' : `\n${JSON.stringify(rest)}`;
  return `$ ${shown}${others}`;
}

/** Returns the arguments of a tool call, parsed where they are JSON. */
export function inputOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function requestSection(request: readonly ContentMessage[]): Section {
  const names = toolNames(request);
  const newest = request.toReversed();
  const rows = (width: number): readonly Line[] =>
    newest.slice(0, REQUEST_ROWS).map((message) => messageRow(message, names, width));
  const lines = (width: number): readonly Line[] =>
    newest.flatMap((message) => [
      messageRow(message, names, width),
      ...message.parts.flatMap((part) =>
        textLines(part.text, width, part.type === 'reasoning' ? 'dim' : 'plain', 2 * INDENT),
      ),
    ]);
  const older = request.length - REQUEST_ROWS;
  return {
    id: 'request',
    title: `Request: ${counted(request.length, 'message')}, newest first`,
    right: '',
    isOpen: false,
    open: (width) => (request.length === 0 ? textLines('(no request recorded)', width, 'dim') : lines(width)),
    closed: (width) => (request.length === 0 ? textLines('(no request recorded)', width, 'dim') : rows(width)),
    rest: () => (request.length === 0 ? '' : older > 0 ? `${count(older)} older` : 'the whole messages'),
    text: newest.map(({ role, parts }) => `${role}: ${parts.map(({ text }) => text).join('\n')}`).join('\n\n'),
  };
}

/** Files that are shown while their section is closed. */
const FILE_ROWS = 3;

function filesSection({ files, cwd }: CallAbout): Section {
  const rows = (width: number): readonly Line[] => files.map((file) => fileRow(file, cwd, width));
  const more = files.length - FILE_ROWS;
  return {
    id: 'files',
    title: `Files written by the tools of this session: ${count(files.length)}, last first`,
    right: '',
    isOpen: false,
    open: (width) => [...rows(width), ...textLines(NOT_TOLD, width, 'dim')],
    closed: (width) => rows(width).slice(0, FILE_ROWS),
    rest: () => (more > 0 ? `${count(more)} more` : ''),
    text: files.map(({ path }) => path).join('\n'),
  };
}

const NOT_TOLD = 'as its tools reported; what shell commands wrote is not recorded, 5 shows what a checkpoint holds';

// Below the working folder its path is short.
function fileRow({ path, operation, times, added, removed, at }: WrittenFile, cwd: string | null, width: number): Line {
  const shown = cwd !== null && path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
  const change = added === null || removed === null ? '' : `+${count(added)} −${count(removed)}`;
  const often = times === 1 ? operation : `${operation} ×${count(times)}`;
  const tail = `${often.padEnd(OPERATION_WIDTH)} ${change.padStart(CHANGE_WIDTH)}  ${at === null ? '' : clock(at)}`;
  const room = Math.max(8, width - INDENT - tail.length - 2);
  return [span(' '.repeat(INDENT)), span(clip(shown, room, '…').padEnd(room)), span(`  ${tail}`, 'dim')];
}

/** Cells of what was done to a file, how often, and of the lines that it changed. */
const OPERATION_WIDTH = 12;
const CHANGE_WIDTH = 11;

function toolNames(request: readonly ContentMessage[]): ReadonlyMap<string, string> {
  const calls = request.flatMap(({ parts }) => parts).filter((part) => part.type === 'tool_call');
  return new Map(calls.flatMap(({ id, name }) => (id === null ? [] : [[id, name] as const])));
}

/** Cells that the beginning of a message takes at most. */
const MAX_FIRST_WORDS = 60;

function messageRow({ role, parts, at }: ContentMessage, names: ReadonlyMap<string, string>, width: number): Line {
  const [first] = parts;
  const isResult = first?.type === 'tool_result';
  const text = parts.map((part) => partText(part, names)).join(', ');
  const time = at === undefined ? '' : clock(at);
  const room = Math.max(8, Math.min(MAX_FIRST_WORDS, width - INDENT - ROLE_WIDTH - time.length - 2));
  const [line = ''] = wrapText(text.replaceAll(/\s+/gu, ' '), room);
  return [
    span(' '.repeat(INDENT)),
    span((isResult ? 'tool result' : role).padEnd(ROLE_WIDTH), 'accent'),
    span(line.padEnd(room)),
    span(`  ${time}`, 'dim'),
  ];
}

function partText(part: ContentPart, names: ReadonlyMap<string, string>): string {
  switch (part.type) {
    case 'tool_call':
      return [part.name, argumentOf(inputOf(part.text))].filter(Boolean).join(' ');
    case 'tool_result': {
      const name = part.id === null ? undefined : names.get(part.id);
      const lines = part.text.split('\n').length;
      const head = name === undefined ? '' : `${name}: `;
      return `${head}${part.text.slice(0, 2 * MAX_FIRST_WORDS)}${lines > 1 ? ` (${counted(lines, 'line')})` : ''}`;
    }
    case 'reasoning':
      return `thinking: ${part.text.slice(0, 2 * MAX_FIRST_WORDS)}`;
    case 'text':
    case 'other':
      return part.text.slice(0, 4 * MAX_FIRST_WORDS);
  }
}

function rawSection({ offeredTools, facts, response }: CallContent, call: Detail['call']): Section {
  const roles = response.map(({ role, name, finishReason }) => [name ?? role, finishReason].filter(Boolean).join(', '));
  const known: readonly (readonly [string, string | null])[] = [
    ['call id', call.callId],
    ['conversation', call.conversationId],
    ['session', call.sessionId],
    ['started', clock(nsToMs(call.startNs))],
    ['ended', call.endNs === null ? null : clock(callTime(call))],
    ['kind', call.kind],
    ['response', roles.join('; ')],
    ['tools offered', offeredTools.join(', ')],
    ...facts.map(({ name, value }) => [name, value] as const),
  ];
  const shown = known.filter(([, value]) => value !== null && value !== '');
  const text = shown.map(([name, value]) => `${name.padEnd(ROLE_WIDTH + INDENT)} ${value ?? ''}`).join('\n');
  const lines = (width: number): readonly Line[] => textLines(text, width);
  const title = `Raw fields, ${shown.length}`;
  return { id: 'raw', title, right: '', isOpen: false, open: lines, closed: () => [], rest: () => '', text };
}

function linesText(more: number): string {
  return more <= 0 ? '' : counted(more, 'more line');
}

function textLines(text: string, width: number, tone: Tone = 'plain', indent = INDENT): readonly Line[] {
  if (text === '') return [];
  return wrapText(text, Math.max(1, width - indent)).map((row) => [span(' '.repeat(indent)), span(row, tone)]);
}
