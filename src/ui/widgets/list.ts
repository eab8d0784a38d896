import type { Theme } from '../render/theme.ts';
import type { Line } from '../render/line.ts';

/**
 * The position of a list; the offset is clamped when the list is drawn. The selection is a thing: an id that is not among the
 * rows selects nothing. `selectedId` null means that nothing was bound yet: the first row (while the calls are followed:
 * the last one).
 */
export type ListState = { readonly selectedId: string | null; readonly offset: number };

/** A step in a list: rows (negative is up), or to one of its ends. */
export type Step = number | 'first' | 'last';

/** Returns the list state after a step; `page` rows are visible. Null for an empty list. */
export function stepList(
  ids: readonly string[],
  { selectedId, offset }: ListState,
  step: Step,
  { page, fallback }: { readonly page: number; readonly fallback: 'first' | 'last' },
): ListState | null {
  if (ids.length === 0) return null;
  const current = selectedIndex(ids, selectedId, { idOf: (id) => id, fallback });
  const last = ids.length - 1;
  // What was selected is gone: a step selects the first row in sight.
  const by = current === -1 ? windowStart(-1, { count: ids.length, offset, height: page }) : current;
  const moved = typeof step === 'number' && current !== -1 ? by + step : by;
  const next = step === 'first' ? 0 : step === 'last' ? last : Math.min(Math.max(moved, 0), last);
  const sizes = { count: ids.length, height: page };
  const before = windowStart(current, { ...sizes, offset });
  return { selectedId: ids[next] ?? null, offset: windowStart(next, { ...sizes, offset: before }) };
}

/** Returns the first visible row so that row `index` is visible; `offset` is the preferred one. */
export function windowStart(
  index: number,
  { count, offset, height }: { readonly count: number; readonly offset: number; readonly height: number },
): number {
  const rows = Math.max(1, height);
  const shown = index < 0 ? offset : Math.min(Math.max(offset, index - rows + 1), index);
  return Math.min(Math.max(shown, 0), Math.max(0, count - rows));
}

/**
 * Returns the index of the selected row; that of `fallback` before anything was selected; -1 where what was selected is
 * gone, and in an empty list.
 */
export function selectedIndex<Row>(
  rows: readonly Row[],
  selectedId: string | null,
  { idOf, fallback }: { readonly idOf: (row: Row) => string; readonly fallback: 'first' | 'last' },
): number {
  const found = selectedId === null ? -1 : rows.findIndex((row) => idOf(row) === selectedId);
  if (selectedId !== null || rows.length === 0) return found;
  return fallback === 'first' ? 0 : rows.length - 1;
}

export type StackOptions = {
  readonly count: number;
  /** The selected block: shown whole if it fits. */
  readonly index: number;
  readonly offset: number;
  /** Available lines. */
  readonly room: number;
  /** Lines of a block that is not selected. */
  readonly least: number;
};

export type Stack = {
  readonly lines: readonly Line[];
  /** Blocks before and behind what is shown. */
  readonly above: number;
  readonly below: number;
  /** First line of the selected block. */
  readonly selected: number;
};

/** Returns the visible part of a list whose rows take several lines, the selected one more than the others. */
export function stack(
  { count, index, offset, room, least }: StackOptions,
  blockAt: (index: number) => readonly Line[],
): Stack {
  const own = index < 0 ? least : blockAt(index).length;
  const before = Math.max(0, Math.floor((room - own) / least));
  const wished = windowStart(index, { count, offset, height: Math.floor(room / least) });
  const start = Math.max(wished, index - before);
  const lines: Line[] = [];
  let end = start;
  for (; end < count && lines.length < room; end += 1) lines.push(...blockAt(end));
  const isCut = lines.length > room;
  return {
    lines: lines.slice(0, room),
    above: start,
    below: count - end + (isCut ? 1 : 0),
    selected: (index - start) * least,
  };
}

/** Returns the counts of rows above and below the visible ones, `3 ↑  12 more ↓`; empty when all are visible. */
export function outside(above: number, below: number, { glyphs }: Theme): string {
  const parts = [above > 0 ? `${above} ${glyphs.up}` : '', below > 0 ? `${below} more ${glyphs.down}` : ''];
  return parts.filter(Boolean).join('  ');
}
