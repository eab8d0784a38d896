import { type Line, say } from '../../render/line.ts';
import { wrapText } from '../../render/wrap.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import type { TextSheet } from '../checkpoints/state.ts';
import type { Size } from '../../app/layout.ts';
import type { Sheet } from '../../widgets/dialog.ts';
import { readingSheet, readingWidth } from '../../widgets/reader/render.ts';

type Made = { readonly width: number; readonly lines: readonly Line[] };

// A comparison may be long: it is broken into lines once of each width.
const made = new WeakMap<readonly string[], Made>();

/** A comparison as lines of at most `width` cells: nothing is cut off, what goes on keeps its colour. */
export function diffLines({ lines }: TextSheet, width: number): readonly Line[] {
  const known = made.get(lines);
  if (known?.width === width) return known.lines;
  const broken = lines.flatMap((line) => wrapText(line, width).map((row): Line => [say(row, toneOfDiff(line))]));
  made.set(lines, { width, lines: broken });
  return broken;
}

/** What a line of a comparison says: something came, went, or begins. */
export function toneOfDiff(line: string): Tone {
  if (line.startsWith('+')) return 'good';
  if (line.startsWith('-')) return 'critical';
  return line.startsWith('@@') ? 'accent' : 'plain';
}

/** A comparison over the whole screen, where there is no pager. */
export function diffSheet(sheet: TextSheet, size: Size, theme: Theme): Sheet {
  return readingSheet(sheet, diffLines(sheet, readingWidth(size)), { title: sheet.title, size, theme });
}
