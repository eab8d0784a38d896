/** The part of a list that is visible: rows `offset` … `offset + height`, with the selected one inside. */
export type Window = { readonly index: number; readonly offset: number };

/**
 * Clamps a list's wishes to what exists: a selection that is gone falls back to `fallback` (its first row, or the last
 * one), and the offset moves just far enough to show the selection. `index` is -1 in an empty list.
 */
export function clampList(
  ids: readonly string[],
  list: { readonly selectedId: string | null; readonly offset: number },
  height: number,
  fallback: 'first' | 'last' = 'first',
): Window {
  const rows = Math.max(1, height);
  if (ids.length === 0) return { index: -1, offset: 0 };
  const wished = list.selectedId === null ? -1 : ids.indexOf(list.selectedId);
  const index = wished === -1 ? (fallback === 'first' ? 0 : ids.length - 1) : wished;
  const shown = Math.min(Math.max(list.offset, index - rows + 1), index);
  return { index, offset: clamp(shown, 0, Math.max(0, ids.length - rows)) };
}

/** `value`, but not below `low` nor above `high`. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
