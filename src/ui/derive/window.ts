/** Where the visible part of a list begins so that row `index` is in it; `offset` is where it would like to begin. */
export function windowStart(
  index: number,
  { count, offset, height }: { readonly count: number; readonly offset: number; readonly height: number },
): number {
  const rows = Math.max(1, height);
  const shown = index < 0 ? offset : Math.min(Math.max(offset, index - rows + 1), index);
  return Math.min(Math.max(shown, 0), Math.max(0, count - rows));
}

/** The place of the selected row; `fallback` where nothing (or nothing that exists) is selected, -1 in an empty list. */
export function selectedPlace<Row>(
  rows: readonly Row[],
  selectedId: string | null,
  { idOf, fallback }: { readonly idOf: (row: Row) => string; readonly fallback: 'first' | 'last' },
): number {
  const found = selectedId === null ? -1 : rows.findIndex((row) => idOf(row) === selectedId);
  if (found !== -1 || rows.length === 0) return found;
  return fallback === 'first' ? 0 : rows.length - 1;
}
