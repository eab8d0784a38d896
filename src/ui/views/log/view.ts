import { FRAME_COLUMNS, type Size } from '../../render/frame.ts';
import { type Line, cell, wrapped } from '../../render/line.ts';
import { timeOfDay } from '../../render/values.ts';
import type { Ms } from '../../../core/units.ts';
import type { Theme } from '../../render/theme.ts';
import type { LogLine } from '../../app/state.ts';
import { type Sheet, paged } from '../../widgets/dialog.ts';
import { logOf } from '../../app/frozen.ts';
import { pagingKeys } from '../../app/keys/closing.ts';
import { overlayView } from '../../app/view.ts';

/** Cells of a time of day, of another day too, and a blank. */
const TIME_WIDTH = 11;
/** Cells that the log takes at most. */
const MAX_WIDTH = 120;
/** Lines that one message takes at most. */
const MAX_ROWS = 6;

/** Returns the messages since the screen was opened, newest first. */
export function logSheet(log: readonly LogLine[], size: Size, theme: Theme, page: number): Sheet {
  const width = Math.min(MAX_WIDTH, size.columns) - FRAME_COLUMNS - TIME_WIDTH;
  // Reported the newest: a screen may be open for days.
  const now = log.at(-1)?.at ?? 0;
  const lines = log.toReversed().flatMap((line) => messageLines(line, now, width, theme));
  return paged({ title: 'Log', lines, page, size, theme });
}

function messageLines({ at, text }: LogLine, now: Ms, width: number, { glyphs }: Theme): readonly Line[] {
  return wrapped(text, width, MAX_ROWS, glyphs).map((part, row): Line => [
    cell(row === 0 ? timeOfDay(at, now) : '', TIME_WIDTH, { glyphs, tone: 'dim' }),
    cell(part, width, { glyphs }),
  ]);
}

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly log: { readonly page: number };
  }
}

/** The messages since the screen was opened. */
export const logView = overlayView('log', {
  title: 'log',
  shares: 'views',
  bindings: pagingKeys(['escape', 'L', 'enter']),
  render: ({ page }, { view }, size, theme) => logSheet(logOf(view), size, theme, page),
  describe: (_, { view }) => logOf(view).map(({ text }) => text),
});
