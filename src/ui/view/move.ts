import { clamp, clampList } from './scroll.ts';
import type { ListState } from './types.ts';

/** A step in a list: rows (negative is up), or to one of its ends. */
export type Step = number | 'first' | 'last';

/** Where a list stands after a step; `page` rows of it are visible. Null where there is nothing to step to. */
export function stepList(
  ids: readonly string[],
  list: ListState,
  step: Step,
  { page, fallback }: { readonly page: number; readonly fallback: 'first' | 'last' },
): ListState | null {
  const { index, offset } = clampList(ids, list, page, fallback);
  if (index === -1) return null;
  const next = step === 'first' ? 0 : step === 'last' ? ids.length - 1 : clamp(index + step, 0, ids.length - 1);
  const selectedId = ids[next] ?? null;
  return { selectedId, offset: clampList(ids, { selectedId, offset }, page, fallback).offset };
}
