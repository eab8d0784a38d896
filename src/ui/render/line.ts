import type { Glyphs, Theme, Tone } from './theme.ts';
import { clip, fit, pieces, signsOf, steady, widthOf } from './width.ts';

/** A part of a line in one tone. */
export type Segment = { readonly text: string; readonly tone: Tone };
/** One line of the screen. A pane's lines are exactly as wide as the pane. */
export type Line = readonly Segment[];

const rowIds = new WeakMap<Line, string>();

/** Marks lines as belonging to a row of a list, so that a click on one selects that row. */
export function ofRow(id: string, lines: readonly Line[]): readonly Line[] {
  for (const line of lines) rowIds.set(line, id);
  return lines;
}

/** Returns the row that a line belongs to, also inside a frame; null if it belongs to none. */
export function rowOf(line: Line): string | null {
  return rowIds.get(line) ?? null;
}

/** Returns a segment; foreign text enters a line here and becomes steady. */
export function span(text: string, tone: Tone = 'plain'): Segment {
  return { text: steady(text), tone };
}

/** Returns a word of automation or of blindness as a chip: `hold` announces, `alarm` acts or is stopped. */
export function chip(label: string, { glyphs: { chip: ends } }: Theme, kind: 'hold' | 'alarm' | null = null): Line {
  const tone = kind === null ? 'chip' : kind === 'hold' ? 'chipHold' : 'chipAlarm';
  const [left, right] = ends;
  const text = steady(label);
  // Half blocks show the colour of the text, beside reverse video.
  if (left === '▐') {
    return [
      { text: left, tone: 'plain' },
      { text, tone },
      { text: right, tone: 'plain' },
    ];
  }
  return [{ text: `${left}${text}${right}`, tone }];
}

/** Returns a segment of exactly `width` cells. */
export function cell(
  text: string,
  width: number,
  { glyphs, tone = 'plain', align = 'end' }: { glyphs: Glyphs; tone?: Tone; align?: 'start' | 'end' },
): Segment {
  return { text: fit(text, width, glyphs.ellipsis, align), tone };
}

/** Returns the cells that a line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** Returns the line in exactly `width` cells: cut with an ellipsis, or padded with blanks. */
export function fitLine(line: Line, width: number, glyphs: Glyphs): Line {
  const kept: Segment[] = [];
  let used = 0;
  for (const [index, { text, tone }] of line.entries()) {
    const isLast = index === line.length - 1;
    const room = width - used;
    const own = widthOf(text);
    const more = !isLast && own === room && line.slice(index + 1).some((later) => later.text !== '');
    if (own > room || more) {
      kept.push({ text: fit(`${text}${more ? '  ' : ''}`, room, glyphs.ellipsis), tone });
      return merged(kept);
    }
    kept.push({ text, tone });
    used += own;
  }
  return merged(used < width ? [...kept, { text: ' '.repeat(width - used), tone: 'plain' }] : kept);
}

/** Returns the cells of a line from one column up to another; half of a wide sign becomes a blank. */
export function cellsOf(line: Line, from: number, to: number): Line {
  const parts: Segment[] = [];
  let at = 0;
  for (const { text, tone } of line) {
    let kept = '';
    for (const { sign, width } of signsOf(text)) {
      const end = at + width;
      if (at >= from && end <= to) kept += sign;
      else if (end > from && at < to) kept += ' '.repeat(Math.min(end, to) - Math.max(at, from));
      at = end;
    }
    if (kept !== '') parts.push({ text: kept, tone });
  }
  return parts;
}

/** Puts `first` at the left and `last` at the right end of `width` cells; `first` is cut if needed. */
export function spread(first: Line, last: Line, width: number, glyphs: Glyphs): Line {
  const room = width - lineWidth(last);
  if (room < 1) return fitLine(last, width, glyphs);
  return merged([...fitLine(first, room, glyphs), ...last]);
}

/** Joins parts with `gap` between them; parts at the end that do not fit are dropped. */
export function joined(parts: readonly Line[], gap: Segment, width: number): Line {
  const kept: Segment[] = [];
  let used = 0;
  for (const part of parts) {
    const between = kept.length === 0 ? 0 : widthOf(gap.text);
    if (used + between + lineWidth(part) > width) break;
    if (between > 0) kept.push(gap);
    kept.push(...part);
    used += between + lineWidth(part);
  }
  return kept;
}

/** Returns a horizontal rule of `width` cells. */
export function ruleLine(width: number, { horizontal }: Glyphs): Line {
  return [{ text: horizontal.repeat(Math.max(0, width)), tone: 'border' }];
}

/** Wraps a text between words (inside words longer than a line) into at most `rows` lines of `width` cells. */
export function wrapped(text: string, width: number, rows: number, glyphs: Glyphs): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of steady(text)
    .split(' ')
    .flatMap((one) => pieces(one, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) > width && line !== '') {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), clip(lines.slice(rows - 1).join(' '), width, glyphs.ellipsis)];
}

/** Returns true if two lines look the same. */
export function sameLine(a: Line, b: Line): boolean {
  return (
    a === b || (a.length === b.length && a.every(({ text, tone }, at) => text === b[at]?.text && tone === b[at]?.tone))
  );
}

function merged(line: Line): Line {
  const result: Segment[] = [];
  for (const segment of line) {
    const last = result.at(-1);
    if (segment.text === '') continue;
    // A blank has no colour, so it joins the segment before it, unless that one is filled.
    if (
      last &&
      (last.tone === segment.tone || (isBlank(segment.text) && !FILLED.has(last.tone) && !FILLED.has(segment.tone)))
    ) {
      result[result.length - 1] = { text: last.text + segment.text, tone: last.tone };
    } else {
      result.push(segment);
    }
  }
  return result;
}

/** Tones in which a blank can be seen. */
const FILLED: ReadonlySet<Tone> = new Set<Tone>(['selected', 'chip', 'chipHold', 'chipAlarm', 'key']);

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** A part of a line; `rank` is its priority when space is short (1 is dropped last). */
export type Part = { readonly rank: number; readonly line: Line };

/** Returns the parts that fit into `width` cells with `gap` cells between them, in order. */
export function fitParts(parts: readonly Part[], width: number, gap: number): readonly Line[] {
  const needed = (of: readonly Part[]): number =>
    of.reduce((sum, { line }) => sum + lineWidth(line), 0) + gap * Math.max(0, of.length - 1);
  let kept = parts.filter(({ line }) => line.length > 0);
  while (kept.length > 1 && needed(kept) > width) {
    const worst = Math.max(...kept.map(({ rank }) => rank));
    const index = kept.findLastIndex(({ rank }) => rank === worst);
    kept = kept.toSpliced(index, 1);
  }
  return kept.map(({ line }) => line);
}
