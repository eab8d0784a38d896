import { type Line, say } from '../render/line.ts';
import { wrapText } from '../render/wrap.ts';
import type { Tone } from '../render/theme.ts';

/** Cells before the text of a fact. */
const NAME_WIDTH = 18;

/** A builder of lines of one width: headings, texts, and facts after their names. */
export class Page {
  readonly lines: Line[] = [];
  readonly #width: number;
  readonly #nameWidth: number;

  constructor(width: number, nameWidth = NAME_WIDTH) {
    this.#width = width;
    this.#nameWidth = nameWidth;
  }

  head(text: string): void {
    if (this.lines.length > 0) this.lines.push([]);
    this.text(text, 'title');
  }

  text(text: string, tone: Tone = 'plain', indent = 0): void {
    const blank = say(' '.repeat(indent));
    for (const row of wrapText(text, this.#width - indent)) this.lines.push([blank, say(row, tone)]);
  }

  fact(name: string, value: string | null, tone: Tone = 'plain'): void {
    if (value === null || value === '') return;
    for (const [at, row] of wrapText(value, this.#width - this.#nameWidth).entries()) {
      this.lines.push([
        say(`${(at === 0 ? name : '').slice(0, this.#nameWidth - 1).padEnd(this.#nameWidth - 1)} `, 'dim'),
        say(row, tone),
      ]);
    }
  }
}
