import { wordPosition, wordSource } from '../../../wording/sources.ts';
import type { EngineView, SourceView } from '../../../engine/types.ts';
import type { Ms } from '../../../core/units.ts';
import { healthName, hookFacts, skippedOf, type SourceFact, sourceFacts } from './rows.ts';
import { whereElse, searchHints } from '../../app/alerts.ts';
import { windowStart, outside } from '../../widgets/list.ts';
import { type Cell, type Column, fitColumns, headLine, rowLine } from '../../render/columns.ts';
import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, ofRow, ruleLine, span, wrapped } from '../../render/line.ts';
import { age, count, duration } from '../../render/values.ts';
import { clipStart } from '../../render/width.ts';
import type { Context } from '../../app/bindings.ts';
import { countOf, nothingMatches, orderNote, noteLines } from '../../app/list-notes.ts';
import type { Theme } from '../../render/theme.ts';
import { chosenOrder, listState } from '../../app/list.ts';
import { SOURCES } from './list.ts';
import { nowOf } from '../../app/frozen.ts';
import { type Sheet, bodyRows, bodySheet, pageOfSources } from '../../widgets/dialog.ts';

const HEAD_ROWS = 1;
/** Cells of a fact's name, and most lines of its text. */
const NAME_WIDTH = 11;
const MAX_ROWS = 4;

/** Returns every source with its health, the selected one in full; without a source, the searched locations and the remedy. */
export function sourcesSheet({ shown, view, selected }: Context, size: Size, theme: Theme): Sheet {
  const sources = SOURCES.rows(shown);
  const now = nowOf(view);
  const filter = SOURCES.filter(shown);
  const inner = size.columns - FRAME_COLUMNS;
  const page = pageOfSources(size);
  const index = selected.source === null ? -1 : sources.indexOf(selected.source);
  const start = windowStart(index, {
    count: sources.length,
    offset: listState(view, SOURCES.name).offset,
    height: page,
  });
  const rows = sources.slice(start, start + page);
  const columns = fitColumns(columnsOf(now, theme), inner);
  const room = Math.max(0, bodyRows(size) - HEAD_ROWS - rows.length);
  return bodySheet(size, {
    theme,
    hotkey: view.keys['sources'] ?? '7',
    title: `Sources ${countOf(sources.length, shown.view.sources.length)}`,
    right: orderNote({ filter, order: chosenOrder(SOURCES, view) }) || 'worst first',
    foot: outside(start, sources.length - start - rows.length, theme),
    footLeft: shown.view.pricesDate === null ? '' : `list prices of ${shown.view.pricesDate}`,
    lines: [
      ...(rows.length === 0 ? [] : [headLine(columns, theme.glyphs)]),
      ...rows.flatMap((row) => ofRow(row.health.uri, [rowLine(columns, row, theme.glyphs)])),
      ...below(shown.view, selected.source, nothingMatches(filter), { now, width: inner, theme }).slice(0, room),
    ],
    selected: index === -1 ? -1 : HEAD_ROWS + index - start,
  });
}

type Appearance = { readonly now: Ms; readonly width: number; readonly theme: Theme };

function below(
  view: EngineView,
  source: SourceView | null,
  filtered: readonly string[] | null,
  { now, width, theme }: Appearance,
): readonly Line[] {
  const lines = (facts: readonly SourceFact[]): readonly Line[] =>
    facts.flatMap(({ name, value, tone }) =>
      wrapped(value, width - NAME_WIDTH, MAX_ROWS, theme.glyphs).map((text, at): Line => {
        return [span((at === 0 ? name : '').padEnd(NAME_WIDTH), 'dim'), span(text, tone)];
      }),
    );
  const hooks = lines(hookFacts(view, now));
  if (source === null) {
    return [...hooks, ...(filtered ?? searchHints(view)).flatMap((text) => noteLines(text, width, theme))];
  }
  return [
    ruleLine(width, theme.glyphs),
    ...(hooks.length === 0 ? [] : [...hooks, ruleLine(width, theme.glyphs)]),
    ...noteLines(source.health.uri, width, theme, 'strong', 2),
    ...lines(sourceFacts(source, now)),
    ...whereElse(source, view).flatMap((text) => noteLines(text, width, theme)),
  ];
}

function columnsOf(now: Ms, { glyphs }: Theme): readonly Column<SourceView>[] {
  return [
    {
      title: ' SOURCE',
      rank: 1,
      min: 20,
      good: 30,
      max: 60,
      cell: ({ health }, width) => ({ text: ` ${clipStart(health.uri, width - 1, glyphs.ellipsis)}`, tone: 'strong' }),
    },
    { title: 'HEALTH', rank: 1, min: 8, max: 8, cell: healthName },
    {
      title: 'SINCE',
      rank: 2,
      min: 6,
      max: 6,
      align: 'start',
      cell: ({ health }) => ({ text: age(health.since, now, glyphs.none) }),
    },
    {
      title: 'LAG',
      rank: 2,
      min: 6,
      max: 6,
      align: 'start',
      cell: ({ health }) => ({ text: duration(health.lagMs, glyphs.none) }),
    },
    { title: 'CALLS', rank: 4, min: 6, max: 6, align: 'start', cell: ({ counts }) => ({ text: count(counts.calls) }) },
    { title: 'SKIPPED', rank: 3, min: 7, max: 7, align: 'start', cell: skips },
    {
      title: 'READ UP TO',
      rank: 5,
      min: 12,
      good: 20,
      max: 34,
      cell: ({ position }) => ({ text: position === null ? glyphs.none : wordPosition(position), tone: 'dim' }),
    },
    {
      title: 'DETAIL',
      rank: 6,
      min: 16,
      max: 200,
      cell: ({ health }) => ({ text: wordSource(health.detail), tone: 'dim' }),
    },
  ];
}

function skips({ health }: SourceView): Cell {
  const skipped = skippedOf(health.skipped);
  return skipped === 0 ? { text: '0', tone: 'dim' } : { text: count(skipped), tone: 'warning' };
}

/** Describes the selected source in full; without a source, the searched locations and the remedy. */
export function describeSources({ shown, selected: { source }, view }: Context): readonly string[] {
  const sources = SOURCES.rows(shown);
  if (source === null) return [...searchHints(shown.view), 'escape goes back'];
  const now = nowOf(view);
  return [
    `source ${sources.indexOf(source) + 1} of ${sources.length}: ${source.health.uri}`,
    ...sourceFacts(source, now).map(({ name, value }) => `${name}: ${value}`),
    ...whereElse(source, shown.view),
    ...hookFacts(shown.view, now).map(({ name, value }) => `${name} ${value}`),
    'up and down go from source to source, escape goes back',
  ];
}
