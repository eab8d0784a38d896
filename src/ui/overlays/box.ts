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
  /** At the right end of the upper border. */
  readonly right?: string;
  readonly lines: readonly Line[];
  readonly selected?: number;
  readonly size: Size;
  readonly theme: Theme;
};

/** Lines in a frame of their own size, in the middle of the screen, never larger than it. */
export function boxed({ title, foot = '', right = '', lines, selected = -1, size, theme }: BoxOptions): Sheet {
  const wanted = Math.max(title.length + right.length + 8, foot.length + 4, ...lines.map(lineWidth)) + FRAME_COLUMNS;
  const width = Math.min(wanted, size.columns);
  const height = Math.min(lines.length + FRAME_ROWS, size.rows);
  return {
    left: Math.floor((size.columns - width) / 2),
    top: Math.floor((size.rows - height) / 2),
    width,
    lines: frame({ width, height, focused: true, theme, title, right, foot, lines, selected }),
  };
}

/** One page of lines that may be too many for the screen; `page` may be any number, pages go round. */
export function paged({ page, lines, ...box }: Omit<BoxOptions, 'foot'> & { readonly page: number }): Sheet {
  const rows = Math.max(1, box.size.rows - FRAME_ROWS);
  const pages = Math.max(1, Math.ceil(lines.length / rows));
  const shown = ((page % pages) + pages) % pages;
  const foot = pages === 1 ? 'Esc closes' : `page ${shown + 1} of ${pages}: j and k turn it, Esc closes`;
  return boxed({ ...box, foot, lines: lines.slice(shown * rows, (shown + 1) * rows) });
}
