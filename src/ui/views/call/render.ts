import type { Call } from '../../../core/calls.ts';
import { nsToMs } from '../../../core/units.ts';
import type { CallContent, ContentMessage, ContentPart } from '../../../core/content.ts';
import { promptTokens } from '../../../core/model/meters/totals.ts';
import { callWords } from '../calls/rows.ts';
import type { Line } from '../../render/line.ts';
import { shortId } from '../../render/names.ts';
import { callDuration, clock, counted, duration, percent, tokens } from '../../render/values.ts';
import type { Detail } from './state.ts';
import { type Fact, Page } from '../../widgets/page.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../../app/layout.ts';
import type { Sheet } from '../../widgets/dialog.ts';
import { readingSheet, readingWidth } from '../../widgets/reader/render.ts';
import type { Context } from '../../app/bindings.ts';
import { matchesOf } from '../../widgets/reader/search.ts';
import { wordContentNote } from '../../../wording/records.ts';

/** Indentation of a part, cells. */
const INDENT = 2;

type Made = { readonly width: number; readonly call: Call; readonly lines: readonly Line[] };

// A content may be a quarter of a megabyte: it is wrapped once per width.
const made = new WeakMap<object, Made>();

/** Renders one call as lines of at most `width` cells: facts, error, response, request, recorded fields. */
export function detailText({ call, sources, content }: Detail, width: number): readonly Line[] {
  const known = made.get(content);
  if (known?.width === width && known.call === call) return known.lines;
  const page = new Page(width);
  factsOf(page, call);
  page.fact('sources', sources.join(', '));
  switch (content.type) {
    case 'loading':
      page.text('loading content from the source', 'accent');
      break;
    case 'failed':
      page.head('Content');
      page.text(`not available: ${content.reason}`, 'warning');
      break;
    case 'ready':
      contentOf(page, content.content);
  }
  made.set(content, { width, call, lines: page.lines });
  return page.lines;
}

/** Adds the facts of a call that need no content: in three columns where there is room, else one below the other. */
export function factsOf(page: Page, call: Call): void {
  const { sign, words, tone } = callWords(call);
  const failed = sign === 'failed';
  const outcome: Fact = { name: 'outcome', value: failed ? `✗ ${words}` : words, tone: failed ? 'critical' : tone };
  const pid = call.pid === null ? '' : `pid ${call.pid}`;
  page.columns([
    [
      outcome,
      { name: 'ended', value: call.endNs === null ? 'not yet' : clock(nsToMs(call.endNs)) },
      { name: 'took', value: duration(callDuration(call), UNKNOWN) },
      { name: 'agent', value: [call.agent, pid].filter(Boolean).join(', ') },
    ],
    usageFacts(call),
    [
      { name: 'model', value: call.model ?? UNKNOWN },
      { name: 'provider', value: call.provider ?? UNKNOWN },
      { name: 'status', value: call.statusCode === null ? UNKNOWN : `HTTP ${call.statusCode}` },
      { name: 'finish', value: call.finishReason ?? UNKNOWN },
    ],
  ]);
  page.fact('id', call.callId);
  page.fact('conversation', call.conversationId);
  page.fact('started', clock(nsToMs(call.startNs)));
  page.fact('error', call.error, 'critical');
}

/** What is not known is never 0. */
const UNKNOWN = '–';

// The whole prompt, and what of it the cache gave and took.
function usageFacts({ provider, usage }: Call): readonly Fact[] {
  if (usage === null) return [{ name: 'tokens', value: 'not reported' }];
  const { outputTokens, cacheReadTokens, cacheCreationTokens } = usage;
  const all = promptTokens(provider, usage);
  const share = cacheReadTokens === null || all === 0 ? '' : `, ${percent(Math.min(1, cacheReadTokens / all), '')}`;
  return [
    { name: 'tokens in', value: tokens(all) },
    { name: 'cached', value: cacheReadTokens === null ? 'not reported' : `${tokens(cacheReadTokens)}${share}` },
    { name: 'written', value: cacheCreationTokens === null ? UNKNOWN : tokens(cacheCreationTokens) },
    { name: 'tokens out', value: tokens(outputTokens) },
  ];
}

function contentOf(page: Page, content: CallContent): void {
  const { request, response, offeredTools, facts, notes, error, firstOutputMs } = content;
  if (firstOutputMs !== null) page.fact('first output', `after ${duration(firstOutputMs, '')}`);
  page.fact('tools', offeredTools.join(', '), 'dim');
  for (const note of notes) page.fact('note', wordContentNote(note), 'warning');
  if (error !== null) {
    page.head('Error');
    page.text(error, 'critical');
  }
  page.head('Response');
  if (response.length === 0) page.text('no response recorded', 'dim');
  for (const message of response) messageOf(page, message);
  page.head(`Request: ${counted(request.length, 'message')}, newest first`);
  if (request.length === 0) page.text('no request recorded', 'dim');
  for (const message of request.toReversed()) messageOf(page, message);
  // The content comes first: most of these facts are already shown above.
  if (facts.length > 0) page.head('As recorded');
  for (const { name, value } of facts) page.fact(name, value);
}

function messageOf(page: Page, { role, name, finishReason, parts }: ContentMessage): void {
  const who = name === null ? role : `${role} ${name}`;
  page.text(`${who}${finishReason === null ? '' : `, finished: ${finishReason}`}`, 'accent');
  for (const part of parts) partOf(page, part);
}

function partOf(page: Page, part: ContentPart): void {
  switch (part.type) {
    case 'text':
      return page.text(part.text, 'plain', INDENT);
    case 'reasoning':
      page.text('reasoning', 'strong', INDENT);
      return page.text(part.text, 'dim', 2 * INDENT);
    case 'tool_call':
      page.text(`tool call ${part.name}${part.id === null ? '' : ` (${part.id})`}`, 'strong', INDENT);
      return page.text(part.text, 'plain', 2 * INDENT);
    case 'tool_result':
      page.text(`tool result${part.id === null ? '' : ` (${part.id})`}`, 'strong', INDENT);
      return page.text(part.text, 'plain', 2 * INDENT);
    case 'other':
      page.text(part.kind, 'strong', INDENT);
      return page.text(part.text, 'dim', 2 * INDENT);
  }
}

/** Returns one call with its content in place of the panes. */
export function detailSheet(detail: Detail, size: Size, theme: Theme, calls: readonly Call[] = []): Sheet {
  const { call } = detail;
  const place = calls.findIndex(({ callId, startNs }) => callId === call.callId && startNs === call.startNs);
  const name = place === -1 ? `Call ${shortId(call.callId)}` : `Call ${place + 1} of ${calls.length}`;
  const title = `${name} ${theme.glyphs.dot} ${callWords(call).words}`;
  return readingSheet(detail, detailLines(detail, size), { title, size, theme });
}

/** Returns the lines of a detail on a screen of this size. */
export function detailLines(detail: Detail, size: Size): readonly Line[] {
  return detailText(detail, readingWidth(size));
}

/** Characters of a line, and lines, that a screen reader gets at once. */
const READ_WIDTH = 240;
const READ_ROWS = 20;

/** Describes a call's detail from its first visible line, with the matches of the search. */
export function describeDetail({ view: { detail } }: Context): readonly string[] {
  if (detail === null) return [];
  const { call, search, offset } = detail;
  const lines = detailText(detail, READ_WIDTH);
  const shown = lines.slice(offset, offset + READ_ROWS).map((line) => line.map(({ text }) => text).join(''));
  const found = search.text === '' ? '' : `; "${search.text}" in ${matchesOf(lines, search.text).length} lines`;
  const rest = Math.max(0, lines.length - offset - READ_ROWS);
  return [
    `call ${call.callId}${found}`,
    ...shown.filter((line) => line.trim() !== ''),
    `${rest} more lines; escape goes back`,
  ];
}
