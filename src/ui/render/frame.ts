import type { Theme, Tone } from './theme.ts';
import { type Line, type Segment, fitLine, ofRow, rowOf } from './line.ts';
import { clip, widthOf } from './width.ts';

/**
 * `top`: the first row of the body, where it is not right below the alert line; `bare`: the screen is too narrow for
 * borders, whatever part of it this is.
 */
export type Size = {
  readonly columns: number;
  readonly rows: number;
  readonly top?: number;
  readonly bare?: boolean;
};

/** Header and alert line, always. */
export const HEAD_ROWS = 2;
/** Event line and keys, always. */
export const FOOT_ROWS = 2;

/** Cells that the frame takes of a pane's width: a border and a blank on each side. */
export const FRAME_COLUMNS = 4;
/** Rows that the frame takes of a pane's height. */
export const FRAME_ROWS = 2;

/** Cells around a text in the lower border: the corners, a blank on each side, a stretch of border on each. */
const FOOT_COLUMNS = 6;
/** Cells below which a text at the left end of the lower border would not be understood. */
const LEAST_FOOT = 6;

export type Framed = {
  readonly width: number;
  readonly height: number;
  readonly focused: boolean;
  readonly theme: Theme;
  readonly title: string;
  /** The key of the pane, before the title. */
  readonly hotkey?: string | undefined;
  /** Shown after the title because it is important: counts of problems. */
  readonly note?: Segment | null;
  /** At the right end of the top border: a filter, an order, `follow`. */
  readonly right?: string;
  /** At the right end of the lower border: counts of rows outside the visible part. */
  readonly foot?: string;
  /** At the left end of the lower border: what a key does here, or a sum of what is listed. */
  readonly footLeft?: string;
  /** The content; surplus lines are dropped, missing ones are blank. `selected` is drawn as the selection. */
  readonly lines: readonly Line[];
  readonly selected?: number;
  /** Signs in the margin before lines, by their index: what is new. */
  readonly marks?: ReadonlyMap<number, Segment>;
};

/** Returns content in a border with a title: exactly `height` lines of `width` cells. */
export function frame(framed: Framed): readonly Line[] {
  const { width, height, lines, theme } = framed;
  const body = Array.from({ length: Math.max(0, height - FRAME_ROWS) }, (_, row) => bodyLine(framed, lines[row], row));
  const all = [topLine(framed), ...body, bottomLine(framed)].slice(0, Math.max(0, height));
  return width < FRAME_COLUMNS ? all.map((line) => fitLine(line, width, theme.glyphs)) : all;
}

function topLine({ width, focused, theme, title, hotkey, note = null, right = '' }: Framed): Line {
  const { glyphs } = theme;
  const tone = borderTone(focused);
  const [left, end] = glyphs.corners;
  const key = hotkey === undefined || hotkey === '' ? '' : `[${hotkey}] `;
  const name = clip(title, width - 7 - widthOf(key), glyphs.ellipsis);
  const noteText = note === null || widthOf(key + name) + widthOf(note.text) + 9 > width ? null : note;
  const head: Line = [
    { text: `${left}${glyphs.horizontal} ${key}`, tone },
    { text: name, tone: focused ? 'focus' : 'title' },
    ...(noteText === null ? [] : [{ text: '  ', tone }, noteText]),
  ];
  const used = head.reduce((sum, { text }) => sum + widthOf(text), 0);
  const room = width - used - 4;
  const tail = room < 4 || right === '' ? '' : ` ${clip(right, room - 2, glyphs.ellipsis)} ${glyphs.horizontal}`;
  const rule = glyphs.horizontal.repeat(Math.max(0, width - used - 2 - widthOf(tail)));
  return fitLine([...head, { text: ` ${rule}${tail}${end}`, tone }], width, glyphs);
}

function bodyLine({ width, focused, theme, selected, marks }: Framed, line: Line | undefined, row: number): Line {
  const { glyphs } = theme;
  const tone = borderTone(focused);
  const content = fitLine(line ?? [], width - FRAME_COLUMNS, glyphs);
  const isSelected = focused && row === selected;
  const mark: Segment = marks?.get(row) ?? { text: ' ', tone };
  const inner: Line = isSelected
    ? [{ text: `${glyphs.selected}${content.map(({ text }) => text).join('')} `, tone: 'selected' }]
    : [mark, ...content, { text: ' ', tone }];
  const framed: Line = [{ text: glyphs.vertical, tone }, ...inner, { text: glyphs.vertical, tone }];
  const id = line === undefined ? null : rowOf(line);
  if (id !== null) ofRow(id, [framed]);
  return framed;
}

function bottomLine({ width, focused, theme, foot = '', footLeft = '' }: Framed): Line {
  const { glyphs } = theme;
  const [, , left, end] = glyphs.corners;
  const tone = borderTone(focused);
  if (width <= FOOT_COLUMNS)
    return [{ text: `${left}${glyphs.horizontal.repeat(Math.max(0, width - 2))}${end}`, tone }];
  const right = foot === '' ? '' : ` ${clip(foot, width - FOOT_COLUMNS, glyphs.ellipsis)} ${glyphs.horizontal}`;
  const room = width - widthOf(right) - FOOT_COLUMNS;
  const text = room < LEAST_FOOT || footLeft === '' ? '' : clip(footLeft, room, glyphs.ellipsis);
  const head = text === '' ? '' : `${glyphs.horizontal} ${text} `;
  const rule = glyphs.horizontal.repeat(Math.max(0, width - 2 - widthOf(head) - widthOf(right)));
  return [{ text: `${left}${head}${rule}${right}${end}`, tone }];
}

function borderTone(focused: boolean): Tone {
  return focused ? 'focus' : 'border';
}
