/** The text of an event: one line for people, with signs that the screen draws in its own way. */

/** `ok`: done and well; `failed`; `advisory`: something is left out, or differs. */
export type EventSign = 'ok' | 'failed' | 'advisory';

export type EventWords = {
  readonly parts: readonly (string | { readonly sign: EventSign })[];
  /** The text that the log adds: the whole reason with its remedy, or an id; null if the line has it all. */
  readonly more: string | null;
};

/** Returns the text of a line without signs. */
export function eventWords(text: string): EventWords {
  return { parts: [text], more: null };
}

/** Returns an event's text without its signs, with all that the log adds: for files, standard error and screen readers. */
export function plainWords({ parts, more }: EventWords): string {
  // A blank stands between a sign and its text.
  const texts = parts.map((part, at) => {
    if (typeof part !== 'string') return '';
    return typeof parts[at - 1] === 'object' ? part.trimStart() : part;
  });
  const text = texts.join('');
  return more === null ? text : `${text}: ${more}`;
}
