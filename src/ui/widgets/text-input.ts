import { cleanLine } from '../../core/text.ts';

/** Longest search text, characters. */
const MAX_TYPED = 120;

/** The text of a search field, and whether it has the keyboard. */
export type TextInput = { readonly text: string; readonly editing: boolean };

/** `begin` keeps the text, `restart` clears it. */
export type InputChange =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'begin' | 'restart' | 'erase' | 'keep' | 'drop' };

export const EMPTY_INPUT: TextInput = { text: '', editing: false };

export function changeInput(input: TextInput, change: InputChange): TextInput {
  switch (change.type) {
    case 'begin':
      return { ...input, editing: true };
    case 'restart':
      return { text: '', editing: true };
    case 'text':
      return { ...input, text: longer(input.text, change.text) };
    case 'erase':
      return { ...input, text: withoutLast(input.text) };
    case 'keep':
      return { ...input, editing: false };
    case 'drop':
      return EMPTY_INPUT;
  }
}

// `cleanLine` trims; a lone space is text all the same.
function longer(text: string, more: string): string {
  return (text + (more === ' ' ? more : cleanLine(more, MAX_TYPED))).slice(0, MAX_TYPED);
}

/** Removes the last grapheme of a text. */
export function withoutLast(text: string): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
    .slice(0, -1)
    .join('');
}
