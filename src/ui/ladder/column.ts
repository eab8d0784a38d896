import type { Ms } from '../../core/units.ts';
import type { TableColumn } from '../widgets/column-table.ts';
import type { Cell } from '../render/columns.ts';
import type { Glyphs, Theme } from '../render/theme.ts';
import { widthOf } from '../render/width.ts';
import { type Condition, conditionText, signOf, toneOf } from './conditions.ts';

/** Cells of the longest state of one report: `⚑ context_overflow`. */
const STATE_WIDTH = 18;
/** Cells that the longest type with its number takes: `▲ service_unavailable ×12`. */
const MAX_STATE_WIDTH = 26;

/** Returns the sign of a condition. */
export function glyphOf(condition: Condition, glyphs: Glyphs): string {
  const sign = signOf(condition);
  return glyphs[sign === 'critical' ? 'flag' : sign];
}

/** Returns a condition as a cell: its sign beside its text. */
export function stateCell(condition: Condition, now: Ms, { glyphs }: Pick<Theme, 'glyphs'>): Cell {
  const text = `${glyphOf(condition, glyphs)} ${conditionText(condition, now, glyphs)}`;
  return { text, tone: toneOf(condition) };
}

/**
 * Returns the column of states. It never gives way: it is as wide as the longest state of the rows that are shown,
 * within bounds.
 */
export function stateColumn<Row>(
  conditionOf: (row: Row) => Condition,
  shown: readonly Row[],
  now: Ms,
  theme: Pick<Theme, 'glyphs'>,
): TableColumn<Row> {
  const longest = shown.reduce(
    (most, row) => Math.max(most, widthOf(stateCell(conditionOf(row), now, theme).text)),
    STATE_WIDTH,
  );
  const width = Math.min(longest, MAX_STATE_WIDTH) + 1;
  return {
    title: 'STATE',
    rank: 1,
    min: width,
    max: width,
    cell: (row) => stateCell(conditionOf(row), now, theme),
  };
}
