import { diffLines } from '../lines/diff.ts';
import type { Theme } from '../theme.ts';
import type { TextSheet } from '../view/checkpoints.ts';
import type { Size } from '../view/layout.ts';
import type { Sheet } from './box.ts';
import { readingSheet, readingWidth } from './reading.ts';

/** A comparison over the whole screen, where there is no pager. */
export function diffSheet(sheet: TextSheet, size: Size, theme: Theme): Sheet {
  return readingSheet(sheet, diffLines(sheet, readingWidth(size)), { title: sheet.title, size, theme });
}
