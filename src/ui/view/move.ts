import { selectedPlace, windowStart } from '../derive/window.ts';
import type { ListState } from './types.ts';

/** A step in a list: rows (negative is up), or to one of its ends. */
export type Step = number | 'first' | 'last';

/** Where a list stands after a step; `page` rows of it are visible. Null where there is nothing to step to. */
export function stepList(
  ids: readonly string[],
  { selectedId, offset }: ListState,
  step: Step,
  { page, fallback }: { readonly page: number; readonly fallback: 'first' | 'last' },
): ListState | null {
  const place = selectedPlace(ids, selectedId, { idOf: (id) => id, fallback });
  if (place === -1) return null;
  const last = ids.length - 1;
  const next = step === 'first' ? 0 : step === 'last' ? last : Math.min(Math.max(place + step, 0), last);
  const sizes = { count: ids.length, height: page };
  const before = windowStart(place, { ...sizes, offset });
  return { selectedId: ids[next] ?? null, offset: windowStart(next, { ...sizes, offset: before }) };
}
