import { type TextInput, type InputChange, changeInput } from '../text-input.ts';

/** A scrolled and searched text: a call or a diff. */
export type Reading = {
  /** Preferred first line, clamped when drawn. */
  readonly offset: number;
  readonly search: TextInput;
};

export type ReadingChange =
  { readonly type: 'scroll'; readonly offset: number } | { readonly type: 'search'; readonly change: InputChange };

/** Returns the reader after a scroll or a change of its search. */
export function changeReading<T extends Reading>(reading: T, change: ReadingChange): T {
  if (change.type === 'scroll') return { ...reading, offset: Math.max(0, change.offset) };
  return { ...reading, search: changeInput(reading.search, change.change) };
}
