import { callsPerMinute } from '../../core/model/recent.ts';
import { MIN_COLUMNS, MIN_ROWS } from '../../core/limits.ts';
import { type Alert, alertWords, alertsOf } from './alerts.ts';
import { shortName, withShortNames } from '../views/workspaces/names.ts';
import { type Line, type Segment, fitLine, lineWidth, say, wrapped } from '../render/line.ts';
import { tokens } from '../render/values.ts';
import type { AlarmProps, CaptionProps, StatusProps, TooSmallProps } from './pane-props.ts';
import type { Theme } from '../render/theme.ts';
import type { Toast } from './state.ts';
import { CAPTION_MARGIN, captionRows } from './layout.ts';
import { modeChip } from './header.ts';

/** The line above the footer: the most urgent thing to say. Where it is too narrow, workspaces are called by their names. */
export function statusLine(props: StatusProps): Line {
  const { width, theme, view } = props;
  const line = [say(' '), ...urgent(props)];
  if (lineWidth(line) <= width) return fitLine(line, width, theme.glyphs);
  const named = line.map((part) => ({ ...part, text: withShortNames(part.text, view) }));
  return fitLine(named, width, theme.glyphs);
}

function urgent({ view, now, theme, width, leaving, toast, log, alarmed = false }: StatusProps): Line {
  if (leaving !== null) return [say(leaving, 'warning')];
  if (toast !== null && toast.until > now) return toastLine(toast, theme);
  const alerts = alarmed ? [] : alertsOf(view, now);
  if (alerts.length > 0) return alertLine(alerts, { view, theme, width });
  return log === null ? [] : [say(log.text, 'dim')];
}

/** What explains what happens: the demo's guide. */
export function captionLines({ caption, theme, width }: CaptionProps): readonly Line[] {
  const rows = captionRows(caption, width);
  return wrapped(caption, width - CAPTION_MARGIN, rows, theme.glyphs).map((line) =>
    fitLine([say(' '), say(line, 'accent')], width, theme.glyphs),
  );
}

/** What is wrong and what is about to act, for a screen that shows one pane only. */
export function alarmLine({ view, now, theme, width }: AlarmProps): Line {
  const alerts = alertsOf(view, now);
  const line: Line =
    alerts.length === 0
      ? [say(`${theme.glyphs.ok} nothing is wrong`, 'good')]
      : alertLine(alerts, { view, theme, width });
  return fitLine([say(' '), ...line], width, theme.glyphs);
}

/** Below the least size: everything that matters, in one line. */
export function tooSmallLine(props: TooSmallProps): Line {
  const { view, now, theme, width, open } = props;
  const urgentNow = urgent({ ...props, log: null });
  const rate = `${tokens(callsPerMinute(view.model.fleet.recent, now))}/min`;
  const rest = urgentNow.length === 0 ? [say(`${theme.glyphs.ok} nothing is wrong`, 'good')] : urgentNow;
  const size = `needs ${MIN_COLUMNS}x${MIN_ROWS}`;
  const needs = open === null ? ` ${rate}, ${size}` : ` ${size}, Esc closes ${open}`;
  return fitLine([...modeChip(view, theme), say(' '), ...rest, say(needs, 'dim')], width, theme.glyphs);
}

type Appearance = Pick<StatusProps, 'view' | 'theme' | 'width'>;

// Causes and countdowns are worth more than the beginnings of paths.
function alertLine(alerts: readonly Alert[], { view, theme, width }: Appearance): Line {
  const told = (nameOf?: (workspace: string) => string): Line =>
    alerts.flatMap((alert, at): Segment[] => [
      ...(at === 0 ? [] : [say('  ')]),
      say(`${theme.glyphs.advisory} ${alertWords(alert, nameOf)}`, alert.tone),
    ]);
  const full = told();
  return lineWidth(full) < width ? full : told((workspace) => shortName(workspace, view));
}

function toastLine({ kind, text }: Toast, { glyphs }: Theme): Line {
  switch (kind) {
    case 'done':
      return [say(`${glyphs.ok} ${text}`, 'good')];
    case 'refused':
      return [say(`${glyphs.failed} ${text}`, 'warning')];
    case 'info':
      return [say(text, 'accent')];
  }
}
