import type { Line } from '../format/line.ts';
import { detailText } from '../lines/details/call.ts';
import type { Theme } from '../theme.ts';
import type { Detail } from '../view/reading/detail.ts';
import type { Size } from '../view/layout.ts';
import type { Sheet } from './box.ts';
import { readingSheet, readingWidth } from './reading.ts';

/** One call with everything that was said in it, in place of the panes. */
export function detailSheet(detail: Detail, size: Size, theme: Theme): Sheet {
  return readingSheet(detail, detailLines(detail, size), { title: `Call ${detail.call.callId}`, size, theme });
}

/** The lines of a detail on a screen of this size. */
export function detailLines(detail: Detail, size: Size): readonly Line[] {
  return detailText(detail, readingWidth(size));
}
