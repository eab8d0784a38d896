import { type Typed, type TypedChange, changeTyped } from '../text-input.ts';

/** A text that is scrolled and searched: a call's, or a comparison. */
export type Reading = {
  /** First line that is shown; a wish, clamped when drawn. */
  readonly offset: number;
  readonly search: Typed;
};

export type ReadingChange =
  { readonly type: 'scroll'; readonly offset: number } | { readonly type: 'search'; readonly change: TypedChange };

/** A text after somebody scrolled it or searched in it. */
export function changeReading<T extends Reading>(reading: T, change: ReadingChange): T {
  if (change.type === 'scroll') return { ...reading, offset: Math.max(0, change.offset) };
  return { ...reading, search: changeTyped(reading.search, change.change) };
}
