import { FRAME_COLUMNS } from '../../render/frame.ts';
import { type Line, cell, wrapped } from '../../render/line.ts';
import { clock } from '../../render/values.ts';
import type { Theme } from '../../render/theme.ts';
import type { Size } from '../../app/layout.ts';
import type { LogLine } from '../../app/state.ts';
import { type Sheet, paged } from '../../widgets/dialog.ts';

const TIME_WIDTH = 9;
/** Cells that the log takes at most. */
const MAX_WIDTH = 120;
/** Lines that one message takes at most. */
const MAX_ROWS = 6;

/** Returns the messages since the screen was opened, newest first. */
export function logSheet(log: readonly LogLine[], size: Size, theme: Theme, page: number): Sheet {
  const width = Math.min(MAX_WIDTH, size.columns) - FRAME_COLUMNS - TIME_WIDTH;
  const lines = log.toReversed().flatMap((line) => messageLines(line, width, theme));
  return paged({ title: 'Log', lines, page, size, theme });
}

function messageLines({ at, text }: LogLine, width: number, { glyphs }: Theme): readonly Line[] {
  return wrapped(text, width, MAX_ROWS, glyphs).map((part, row): Line => [
    cell(row === 0 ? clock(at) : '', TIME_WIDTH, { glyphs, tone: 'dim' }),
    cell(part, width, { glyphs }),
  ]);
}
