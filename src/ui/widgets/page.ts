import { type Line, span } from '../render/line.ts';
import { fit, steady } from '../render/width.ts';
import { wrapText } from '../render/wrap.ts';
import type { Tone } from '../render/theme.ts';

/** Cells before the text of a fact. */
const NAME_WIDTH = 18;

/** A fact with its name. */
export type Fact = { readonly name: string; readonly value: string; readonly tone?: Tone };

/** From this width on facts stand in columns. */
const COLUMNS_FROM = 90;
/** Cells of a name within a column. */
const COLUMN_NAME = 11;

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
    const blank = span(' '.repeat(indent));
    for (const row of wrapText(text, this.#width - indent)) this.lines.push([blank, span(row, tone)]);
  }

  fact(name: string, value: string | null, tone: Tone = 'plain'): void {
    if (value === null || value === '') return;
    for (const [at, row] of wrapText(value, this.#width - this.#nameWidth).entries()) {
      this.lines.push([
        span(`${(at === 0 ? name : '').slice(0, this.#nameWidth - 1).padEnd(this.#nameWidth - 1)} `, 'dim'),
        span(row, tone),
      ]);
    }
  }

  /** Adds groups of facts side by side; below each other where there is no room. */
  columns(groups: readonly (readonly Fact[])[]): void {
    if (this.#width < COLUMNS_FROM) {
      for (const { name, value, tone = 'plain' } of groups.flat()) this.fact(name, value, tone);
      return;
    }
    const width = Math.floor(this.#width / groups.length);
    const rows = Math.max(...groups.map((group) => group.length));
    for (let row = 0; row < rows; row += 1) {
      this.lines.push(groups.flatMap((group) => columnCell(group[row], width)));
    }
  }
}

function columnCell(fact: Fact | undefined, width: number): Line {
  if (fact === undefined) return [span(' '.repeat(width))];
  const { name, value, tone = 'plain' } = fact;
  return [
    span(name.padEnd(COLUMN_NAME), 'dim'),
    span(fit(steady(value), width - COLUMN_NAME - 1, '…'), tone),
    span(' '),
  ];
}
