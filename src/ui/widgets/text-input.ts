import { cleanLine } from '../../core/text.ts';

/** Longest text that is typed to find something, characters. */
const MAX_TYPED = 120;

/** What is typed to find something, and whether keys go to it. */
export type Typed = { readonly text: string; readonly editing: boolean };

/** `begin` keeps what was typed, `anew` does not. */
export type TypedChange =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'begin' | 'anew' | 'erase' | 'keep' | 'drop' };

export const NOTHING_TYPED: Typed = { text: '', editing: false };

export function changeTyped(typed: Typed, change: TypedChange): Typed {
  switch (change.type) {
    case 'begin':
      return { ...typed, editing: true };
    case 'anew':
      return { text: '', editing: true };
    case 'text':
      return { ...typed, text: longer(typed.text, change.text) };
    case 'erase':
      return { ...typed, text: withoutLast(typed.text) };
    case 'keep':
      return { ...typed, editing: false };
    case 'drop':
      return NOTHING_TYPED;
  }
}

// `cleanLine` trims what contains control characters; a lone space is text all the same.
function longer(text: string, more: string): string {
  return (text + (more === ' ' ? more : cleanLine(more, MAX_TYPED))).slice(0, MAX_TYPED);
}

/** The text without its last character as a person sees it. */
export function withoutLast(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
    .slice(0, -1)
    .join('');
}
