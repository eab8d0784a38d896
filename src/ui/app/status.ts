import { callsPerMinute } from '../../core/model/recent.ts';
import { alertsOf } from './alerts.ts';
import { shortName } from '../views/workspaces/names.ts';
import { workspacesInOrder } from '../views/workspaces/rows.ts';
import { workspaceParts } from '../views/workspaces/state.ts';
import { withShortNames } from '../views/workspaces/names.ts';
import { type Line, fitLine, span, spread, wrapped } from '../render/line.ts';
import { clock, tokens } from '../render/values.ts';
import type { CaptionProps, StatusProps, TooSmallProps } from './pane-props.ts';
import type { Theme } from '../render/theme.ts';
import type { LogLine, Toast } from './state.ts';
import { CAPTION_MARGIN, captionRows, MIN_COLUMNS, MIN_ROWS } from './layout.ts';
import { modeChip } from './header.ts';
import { TOAST_MS } from './reducer.ts';

/** An event is dimmed after so long, ms. */
const FRESH_MS = 30_000;

/** The line above the keys: the last event with its time, which stays until the next one; for a moment what a key did. */
export function eventLine(props: StatusProps): Line {
  const { width, theme, view } = props;
  const line = [span(' '), ...eventOf(props)];
  const named = line.map((part) => ({ ...part, text: withShortNames(part.text, view) }));
  return fitLine(named, width, theme.glyphs);
}

function eventOf({ now, theme, leaving, toast, log, asked = [] }: StatusProps): Line {
  if (asked.length > 0) return [span(asked.join('; '))];
  if (leaving !== null) return [span(leaving, 'warning')];
  if (toast !== null && toast.until > now) return toastLine(toast, theme);
  if (log === null) return [];
  return [span(`${clock(log.at)}  `, 'dim'), ...logText(log, now - log.at > FRESH_MS, theme)];
}

/** A sign of an event, and its tone while the event is fresh. */
const SIGNS = {
  ok: { glyph: 'ok', tone: 'good' },
  failed: { glyph: 'failed', tone: 'critical' },
  advisory: { glyph: 'advisory', tone: 'warning' },
} as const;

function logText({ text, event }: LogLine, isOld: boolean, { glyphs }: Theme): Line {
  if (event === undefined) return [span(text, isOld ? 'dim' : 'plain')];
  return event.parts.map((part) => {
    if (typeof part === 'string') return span(part, isOld ? 'dim' : 'plain');
    const { glyph, tone } = SIGNS[part.sign];
    return span(glyphs[glyph], isOld ? 'dim' : tone);
  });
}

/** Renders the explanation of what happens: the demo's guide. */
export function captionLines({ caption, theme, width }: CaptionProps): readonly Line[] {
  const rows = captionRows(caption, width);
  return wrapped(caption, width - CAPTION_MARGIN, rows, theme.glyphs).map((line) =>
    fitLine([span(' '), span(line, 'accent')], width, theme.glyphs),
  );
}

/** Below the least size: who acts, what is about to act and by which keys, and how much is wrong, in one line. */
export function tooSmallLine(props: TooSmallProps): Line {
  const { view, now, theme, width, open, leaving, toast, log } = props;
  const { glyphs } = theme;
  const isShown = leaving !== null || (toast !== null && toast.until > now);
  const news = log !== null && now - log.at < TOAST_MS ? log : null;
  const busy = isShown ? undefined : workspacesInOrder(view).find(({ hold, run }) => hold !== null || run !== null);
  const parts = busy === undefined ? null : workspaceParts(view, busy, now, theme);
  const about: Line =
    busy === undefined || parts === null
      ? eventOf({ ...props, log: news })
      : [
          span(`${shortName(busy.path, view)} `),
          ...parts.state,
          ...(busy.hold === null ? [] : [span(': x veto f fire')]),
        ];
  const alerts = alertsOf(view, now, theme);
  const critical = alerts.filter(({ sign }) => sign === 'critical').length;
  const others = alerts.length - critical;
  const worst: Line = [
    ...(critical === 0 ? [] : [span(`${glyphs.flag} ${critical} `, 'critical')]),
    ...(others === 0 ? [] : [span(`+${others} `)]),
    ...(alerts.length === 0
      ? [span(glyphs.ok, 'good'), span(` nothing wrong, ${tokens(callsPerMinute(view.model.fleet.recent, now))}/min `)]
      : []),
  ];
  const size =
    open === null ? `needs ${MIN_COLUMNS}x${MIN_ROWS} ` : `needs ${MIN_COLUMNS}x${MIN_ROWS}, Esc closes ${open} `;
  const right = busy === undefined ? [...worst, span(size, 'dim')] : worst;
  return spread([span(' '), ...modeChip(view, theme), span('  '), ...about], [span(' '), ...right], width, glyphs);
}

function toastLine({ kind, text }: Toast, { glyphs }: Theme): Line {
  switch (kind) {
    case 'done':
      return [span(`${glyphs.ok} `, 'good'), span(text)];
    case 'refused':
      return [span(`${glyphs.failed} ${text}`, 'warning')];
    case 'info':
      return [span(text, 'accent')];
  }
}
