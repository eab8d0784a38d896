import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import type { Area } from '../../app/bindings.ts';
import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../../render/frame.ts';
import { type Line, cell, span, wrapped } from '../../render/line.ts';
import { clip, widthOf } from '../../render/width.ts';
import { perView } from '../../widgets/memo.ts';
import { type Fact, factsOf } from './render.ts';

/** Cells of a fact's name at least and at most, of the blank before a chart, and the least of a chart. */
const NAME_WIDTH = 10;
const MAX_NAME = 16;
const GAP = 1;
const LEAST_CHART = 8;

/** Returns the rows of the panel, its borders included; 0 where nothing was billed. */
export const spendRows = perView((view: EngineView): number => {
  if (view.model.fleet.spending === undefined) return 0;
  return briefOf(view, view.at).length + FRAME_ROWS;
});

/** Draws what is spent in sum as a pane of its own: no sum of it is explained here, the whole view does that. */
export function spendPanel(view: EngineView, now: Ms, { width, height, theme }: Area, hotkey: string): readonly Line[] {
  const inner = width - FRAME_COLUMNS;
  const facts = briefOf(view, now);
  const names = Math.min(MAX_NAME, Math.max(NAME_WIDTH, ...facts.map(({ name }) => widthOf(name) + GAP)));
  const lines = facts.map(({ name, text, tone = 'plain', chart }): Line => {
    const [words = ''] = wrapped(text, inner - names, 1, theme.glyphs);
    const room = inner - names - widthOf(words) - GAP;
    const picture = chart === undefined || room < LEAST_CHART ? '' : chart(theme, room);
    return [
      cell(clip(name, names - GAP, theme.glyphs.ellipsis), names, { tone: 'dim', glyphs: theme.glyphs }),
      span(words, tone),
      ...(picture === '' || picture.length > room ? [] : [span(' '.repeat(GAP)), span(picture, 'accent')]),
    ];
  });
  return frame({
    width,
    height,
    theme,
    focused: false,
    hotkey,
    title: 'Spend',
    lines: lines.slice(0, Math.max(1, height - FRAME_ROWS)),
  });
}

function briefOf(view: EngineView, now: Ms): readonly Fact[] {
  return factsOf(view, now).flatMap((fact) => fact.brief ?? [fact]);
}
