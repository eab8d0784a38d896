import { FRAME_COLUMNS, FRAME_ROWS, frame } from '../format/frame.ts';
import { type Line, lineWidth } from '../format/line.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view/layout.ts';

/** What is drawn over the panes, and where. */
export type Sheet = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly lines: readonly Line[];
};

export type BoxOptions = {
  readonly title: string;
  readonly foot?: string;
  readonly lines: readonly Line[];
  readonly selected?: number;
  readonly size: Size;
  readonly theme: Theme;
};

/** Lines in a frame of their own size, in the middle of the screen, never larger than it. */
export function boxed({ title, foot = '', lines, selected = -1, size, theme }: BoxOptions): Sheet {
  const wanted = Math.max(title.length + 4, foot.length + 4, ...lines.map(lineWidth)) + FRAME_COLUMNS;
  const width = Math.min(wanted, size.columns);
  const height = Math.min(lines.length + FRAME_ROWS, size.rows);
  return {
    left: Math.floor((size.columns - width) / 2),
    top: Math.floor((size.rows - height) / 2),
    width,
    lines: frame({ width, height, focused: true, theme, title, foot, lines, selected }),
  };
}
