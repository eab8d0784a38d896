import { type Line, span } from '../../render/line.ts';
import { wrapText } from '../../render/wrap.ts';
import type { Theme, Tone } from '../../render/theme.ts';
import type { Size } from '../../render/frame.ts';
import type { Sheet } from '../../widgets/dialog.ts';
import { readingSheet, readingWidth } from '../../widgets/reader/render.ts';
import type { Reading } from '../../widgets/reader/state.ts';

/** A text over the whole screen. */
export type TextSheet = Reading & { readonly title: string; readonly lines: readonly string[] };

type Made = { readonly width: number; readonly lines: readonly Line[] };

// A diff may be long: it is wrapped once per width.
const made = new WeakMap<readonly string[], Made>();

/** Wraps a diff into lines of at most `width` cells; a continued line keeps its tone. */
export function diffLines({ lines }: TextSheet, width: number): readonly Line[] {
  const known = made.get(lines);
  if (known?.width === width) return known.lines;
  const broken = lines.flatMap((line) => wrapText(line, width).map((row): Line => [span(row, toneOfDiff(line))]));
  made.set(lines, { width, lines: broken });
  return broken;
}

/** The lines that name a file and its versions, and those of the list of changed files. */
const FILE_LINE = /^(?:diff |index |\+\+\+ |--- |[AMDRTC]\t)/u;

/** Returns the tone of a diff line: of a file, added, removed, hunk header, or context. */
export function toneOfDiff(line: string): Tone {
  if (FILE_LINE.test(line)) return 'strong';
  if (line.startsWith('+')) return 'good';
  if (line.startsWith('-')) return 'critical';
  return line.startsWith('@@') ? 'accent' : 'plain';
}

/** Returns a diff over the whole screen, used if there is no pager. */
export function diffSheet(sheet: TextSheet, size: Size, theme: Theme): Sheet {
  return readingSheet(sheet, diffLines(sheet, readingWidth(size)), { title: sheet.title, size, theme });
}
