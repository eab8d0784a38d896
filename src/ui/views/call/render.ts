import { dollars } from '../../../wording/money.ts';
import type { Call } from '../../../core/calls.ts';
import type { CallContent } from '../../../core/content.ts';
import { isRecordMedium, MEDIUM_NAMES, type SourceUri } from '../../../core/sources.ts';
import { argumentOf } from '../../../core/tools.ts';
import { nsToMs } from '../../../core/units.ts';
import { promptTokens } from '../../../core/model/meters/totals.ts';
import { errorClass } from '../../../core/reactor/detect/error-text.ts';
import { wordContentNote } from '../../../wording/records.ts';
import type { Context } from '../../app/bindings.ts';
import type { Size } from '../../render/frame.ts';
import { bar } from '../../render/charts.ts';
import { type Line, span, spread } from '../../render/line.ts';
import { shortId } from '../../render/names.ts';
import { type Glyphs, type Theme, themeOf } from '../../render/theme.ts';
import { callDuration, clock, duration, percent, tokens } from '../../render/values.ts';
import { clip, widthOf } from '../../render/width.ts';
import type { Sheet } from '../../widgets/dialog.ts';
import { type Fact, Page } from '../../widgets/page.ts';
import { readingSheet, readingWidth } from '../../widgets/reader/render.ts';
import { matchesOf } from '../../widgets/reader/search.ts';
import { callSummary, failureText } from '../calls/rows.ts';
import { inputOf, isSectionOpen, markedSection, type Section, sectionsOf } from './sections.ts';
import type { CallAbout, Detail } from './state.ts';

/** Cells of a bar that shows a share. */
const BAR_WIDTH = 10;
/** The sign of an unknown number, which is never 0. */
const UNKNOWN = '–';
const PLAIN = themeOf({ ascii: false, colour: false }).glyphs;

/** The lines of a detail, and where its sections begin among them. */
export type Drawn = {
  readonly lines: readonly Line[];
  readonly heads: readonly { readonly id: string; readonly line: number }[];
  readonly sections: readonly Section[];
};

type Made = Pick<Detail, 'call' | 'toggled'> & {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly searches: boolean;
  readonly drawn: Drawn;
};

// A content may be a quarter of a megabyte: it is wrapped once per width and set of open sections.
const made = new WeakMap<object, Made>();

/** Draws one call as lines of at most `width` cells: facts in columns, then its sections. */
export function drawDetail(detail: Detail, width: number, glyphs: Glyphs = PLAIN): Drawn {
  const { call, content, toggled } = detail;
  const searches = detail.search.text !== '';
  const known = made.get(content);
  const isSame =
    known?.width === width &&
    known.call === call &&
    known.toggled === toggled &&
    known.glyphs === glyphs &&
    known.searches === searches;
  if (isSame) return known.drawn;
  const drawn = sectioned(detail, width, glyphs);
  made.set(content, { width, call, toggled, glyphs, searches, drawn });
  return drawn;
}

function sectioned(detail: Detail, width: number, glyphs: Glyphs): Drawn {
  const { content } = detail;
  const page = new Page(width);
  factsOf(page, detail, glyphs);
  if (content.type !== 'ready') {
    const [text, tone] =
      content.type === 'loading'
        ? (['loading content from the source', 'accent'] as const)
        : ([`content not available: ${content.reason}`, 'warning'] as const);
    page.text(text, tone);
    const raw = sectionsOf(EMPTY_CONTENT, detail).filter(({ id }) => id === 'error' || id === 'raw');
    return withSections(page.lines, raw, detail, width, glyphs);
  }
  for (const note of content.content.notes) page.fact('note', wordContentNote(note), 'warning');
  return withSections(page.lines, sectionsOf(content.content, detail), detail, width, glyphs);
}

const EMPTY_CONTENT: CallContent = {
  callId: null,
  startNs: 0n,
  endNs: null,
  durationMs: null,
  firstOutputMs: null,
  usage: null,
  error: null,
  request: [],
  response: [],
  toolRuns: [],
  offeredTools: [],
  facts: [],
  notes: [],
};

function withSections(
  facts: readonly Line[],
  sections: readonly Section[],
  detail: Detail,
  width: number,
  glyphs: Glyphs,
): Drawn {
  const lines: Line[] = [...facts];
  const heads: { readonly id: string; readonly line: number }[] = [];
  for (const section of sections) {
    const isOpen = isSectionOpen(detail, section);
    const shown = isOpen ? section.open(width) : section.closed(width);
    heads.push({ id: section.id, line: lines.length });
    lines.push(headLine(section, isOpen, shown.length, width, glyphs), ...shown);
    const rest = isOpen || shown.length === 0 ? '' : section.rest(width);
    if (rest !== '') lines.push(restLine(rest, width, glyphs));
  }
  return { lines, heads, sections };
}

function headLine({ title, right }: Section, isOpen: boolean, shown: number, width: number, glyphs: Glyphs): Line {
  const line = glyphs.horizontal;
  const end = isOpen || shown > 0 ? right : right === '' ? '+ open' : `${right}  + open`;
  const tail = end === '' ? `${line}${line}` : ` ${end} ${line}${line}`;
  const name = clip(title, Math.max(8, width - widthOf(tail) - 6), glyphs.ellipsis);
  const rule = line.repeat(Math.max(1, width - widthOf(name) - widthOf(tail) - 4));
  return [
    { text: `${line}${line} `, tone: 'border' },
    span(name, 'title'),
    { text: ` ${rule}${tail}`, tone: 'border' },
  ];
}

function restLine(rest: string, width: number, glyphs: Glyphs): Line {
  const key = '+ open  ';
  return spread([span(`  ${glyphs.ellipsis} ${rest}`, 'dim')], [span(key, 'dim')], width, glyphs);
}

/** Adds the facts of a call: in three columns where there is room, else one below the other. */
export function factsOf(
  page: Page,
  detail: Pick<Detail, 'call' | 'content' | 'about'> & Partial<Pick<Detail, 'sources'>>,
  glyphs: Glyphs,
): void {
  const { call, content, about, sources = [] } = detail;
  const { sign, text, tone } = callSummary(call);
  const failed = sign === 'failed';
  const status = call.statusCode === null ? '' : `HTTP ${call.statusCode}`;
  const went = [call.finishReason ?? text, status].filter(Boolean).join(', ');
  const outcome: Fact = failed
    ? { name: 'outcome', value: `${glyphs.failed} ${failureText(call)}`, tone: 'critical' }
    : { name: 'outcome', value: sign === 'ok' && tone === 'good' ? `ok, ${went}` : text, tone };
  const pid = call.pid === null ? '' : `pid ${call.pid}`;
  const first = content.type === 'ready' ? content.content.firstOutputMs : null;
  const took = duration(callDuration(call), UNKNOWN);
  const signal = about.signal === null ? [] : [{ name: 'signal', value: about.signal, tone: 'critical' as const }];
  page.columns([
    [
      outcome,
      { name: 'ended', value: call.endNs === null ? 'not yet' : clock(nsToMs(call.endNs)) },
      { name: 'took', value: first === null ? took : `${took}, first token ${duration(first, '')}` },
      { name: 'agent', value: [call.agent, pid].filter(Boolean).join(', ') },
      { name: 'id', value: shortId(call.callId) },
    ],
    [
      ...usageFacts(call, glyphs),
      ...(about.failures > 1 ? [{ name: 'row', value: `failure ${about.failures} in a row` }] : []),
    ],
    [
      ...(call.cost === undefined ? [] : [{ name: 'cost', value: costText(call.cost) }]),
      ...contextFacts(call, about, glyphs),
      { name: 'model', value: call.model ?? UNKNOWN },
      { name: 'provider', value: call.provider ?? UNKNOWN },
      ...(failed ? [{ name: 'class', value: errorClass(call.error, call.statusCode) }] : []),
      ...signal,
      ...(sources.length === 0 ? [] : [{ name: 'seen by', value: seenBy(sources) }]),
    ],
  ]);
}

function costText(cost: bigint | null): string {
  return cost === null ? 'no price is known' : `${dollars(cost)} list price`;
}

// The programs that reported it: several sources may be one program's.
function seenBy(sources: readonly SourceUri[]): string {
  const names = sources.map((uri) => {
    const scheme = uri.slice(0, Math.max(0, uri.indexOf(':')));
    const medium = MEDIUM_NAMES.find((name) => name === scheme);
    if (medium !== undefined && isRecordMedium(medium)) return `${scheme} records`;
    return scheme === 'otlp' ? 'telemetry' : 'agentsight';
  });
  return [...new Set(names)].join(' and ');
}

// The whole prompt, and what of it the cache gave and took.
function usageFacts({ provider, usage, recorded }: Call, glyphs: Glyphs): readonly Fact[] {
  if (usage === null) return [{ name: 'tokens', value: 'not reported' }];
  const { outputTokens, cacheReadTokens, cacheCreationTokens } = usage;
  const all = promptTokens(provider, usage);
  const ratio = cacheReadTokens === null || all === 0 ? null : Math.min(1, cacheReadTokens / all);
  const cached = cacheReadTokens === null ? 'not reported' : tokens(cacheReadTokens).padEnd(AMOUNT_WIDTH);
  const share = ratio === null ? '' : `${bar(ratio, BAR_WIDTH, glyphs)} ${percent(ratio, UNKNOWN)}`;
  const fresh = cacheReadTokens === null ? null : Math.max(0, all - cacheReadTokens - (cacheCreationTokens ?? 0));
  const least = recorded?.outputIsLowerBound === true ? 'at least ' : '';
  return [
    { name: 'tokens in', value: tokens(all) },
    { name: '  cached', value: `${cached} ${share}`.trimEnd() },
    { name: '  written', value: cacheCreationTokens === null ? UNKNOWN : tokens(cacheCreationTokens) },
    ...(fresh === null ? [] : [{ name: '  new', value: tokens(fresh) }]),
    { name: 'tokens out', value: `${least}${tokens(outputTokens)}` },
  ];
}

/** Cells of an amount of tokens, so that the bar behind it stands still. */
const AMOUNT_WIDTH = 5;

function contextFacts(
  { provider, usage }: Call,
  { context, contextShare }: CallAbout,
  glyphs: Glyphs,
): readonly Fact[] {
  const window = context?.windowTokens ?? null;
  if (usage === null || window === null || window === 0) return [];
  const used = promptTokens(provider, usage);
  const ratio = Math.min(1, used / window);
  const of = `${context?.windowKnown === true ? '' : '~'}${tokens(window)}`;
  const share = `${bar(ratio, CONTEXT_WIDTH, glyphs)} ${percent(ratio, UNKNOWN)}`;
  return [
    { name: 'context', value: `${tokens(used)} of ${of} ${share}`, tone: ratio >= contextShare ? 'warning' : 'plain' },
  ];
}

/** Cells of the bar of a context: two amounts stand before it. */
const CONTEXT_WIDTH = 6;

/** Returns one call with its content instead of the panes. */
export function detailSheet(detail: Detail, size: Size, theme: Theme, calls: readonly Call[] = []): Sheet {
  const { call, about } = detail;
  const { glyphs } = theme;
  const index = calls.findIndex(({ callId, startNs }) => callId === call.callId && startNs === call.startNs);
  const name = index === -1 ? `Call ${shortId(call.callId)}` : `Call ${index + 1} of ${calls.length}`;
  const drawn = drawDetail(detail, readingWidth(size), glyphs);
  const marked = markedSection(drawn.sections, detail.section);
  const mark = drawn.heads.find(({ id }) => id === marked?.id)?.line;
  return readingSheet(detail, drawn.lines, {
    title: `${name} ${glyphs.dot} ${titleText(detail)}`,
    right: [call.agent, about.asked].filter(Boolean).join(` ${glyphs.dot} `),
    footLeft: [about.signal === null ? '' : 'e its signal', 'h l previous, next call']
      .filter(Boolean)
      .join(` ${glyphs.dot} `),
    hint: size.bare === true ? '' : `Tab next section ${glyphs.dot} + - open, close`,
    marked: mark ?? null,
    size,
    theme,
  });
}

// What the call asked for.
function titleText({ call, content }: Detail): string {
  if (callSummary(call).sign === 'failed') return failureText(call);
  const parts = content.type === 'ready' ? content.content.response.flatMap((message) => message.parts) : [];
  const tool = parts.find((part) => part.type === 'tool_call');
  if (tool === undefined) return callSummary(call).text;
  return [tool.name, argumentOf(inputOf(tool.text))].filter(Boolean).join(' ');
}

/** Returns the lines of a detail on a screen of this size. */
export function detailLines(detail: Detail, size: Size): readonly Line[] {
  return drawDetail(detail, readingWidth(size)).lines;
}

/** Characters of a line, and lines, that a screen reader gets at once. */
const READ_WIDTH = 240;
const READ_ROWS = 20;

/** Describes a call's detail from its first visible line, with the matches of the search. */
export function describeDetail({ view: { detail } }: Context): readonly string[] {
  if (detail === null) return [];
  const { call, search, offset } = detail;
  const { lines } = drawDetail(detail, READ_WIDTH);
  const shown = lines.slice(offset, offset + READ_ROWS).map((line) => line.map(({ text }) => text).join(''));
  const found = search.text === '' ? '' : `; "${search.text}" in ${matchesOf(lines, search.text).length} lines`;
  const rest = Math.max(0, lines.length - offset - READ_ROWS);
  return [
    `call ${call.callId}${found}`,
    ...shown.filter((line) => line.trim() !== ''),
    `${rest} more lines; escape goes back`,
  ];
}
