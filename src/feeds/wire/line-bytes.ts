/** A text that is looked for in bytes: ASCII. */
export type Part = { readonly text: string; readonly bytes: Buffer };

/** Makes a text ready for being looked for. */
export function partOf(text: string): Part {
  return { text, bytes: Buffer.from(text, 'latin1') };
}

/** Bytes that hold one line or many: most of a long line is never made a string. */
export class LineBytes {
  readonly bytes: Buffer;
  /** What was found last of each part, and from where on it was looked for. */
  readonly #found = new Map<Part, { since: number; at: number }>();

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Returns the text between two places; bytes that are no UTF-8 become U+FFFD. */
  text(from: number, to: number): string {
    return this.bytes.toString('utf8', from, to);
  }

  /** Returns where a part stands behind a place, the end of all if nowhere. Many lines that lack it cost one search together. */
  find(part: Part, from: number): number {
    const known = this.#found.get(part);
    if (known !== undefined && from >= known.since && from <= known.at) return known.at;
    const index = this.bytes.indexOf(part.bytes, from);
    const at = index === -1 ? this.bytes.length : index;
    if (known === undefined) this.#found.set(part, { since: from, at });
    else {
      known.since = from;
      known.at = at;
    }
    return at;
  }
}
