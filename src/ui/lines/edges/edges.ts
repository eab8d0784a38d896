import { callsPerMinute } from '../../../core/model/recent.ts';
import { type Alert, alertsOf } from '../../derive/alerts.ts';
import { attentionOf, isUnsettled } from '../../derive/order/attention.ts';
import { fitLine, joined, type Line, lineWidth, say, type Segment, spread } from '../../format/line.ts';
import { tokens } from '../../format/numbers.ts';
import type {
  AlarmProps,
  CaptionProps,
  FooterProps,
  KeyHint,
  StatusProps,
  TabsProps,
  TooSmallProps,
} from '../../panes/props.ts';
import type { Theme } from '../../theme.ts';
import { PANES, type PaneName, type Toast } from '../../view/types.ts';
import { modeWords } from './mode.ts';

const NAMES: Readonly<Record<PaneName, string>> = {
  conversations: 'Conversations',
  stream: 'Calls',
  agents: 'Agents',
  signals: 'Signals',
  reactor: 'Reactor',
};

/** The line above the footer: the most urgent thing to say. */
export function statusLine(props: StatusProps): Line {
  const { width, theme } = props;
  return fitLine([say(' '), ...urgent(props)], width, theme.glyphs);
}

function urgent({ view, now, theme, leaving, toast, log }: StatusProps): Line {
  if (leaving !== null) return [say(leaving, 'warning')];
  if (toast !== null && toast.until > now) return toastLine(toast, theme);
  const alerts = alertsOf(view, now);
  if (alerts.length > 0) return alertLine(alerts, theme);
  return log === null ? [] : [say(log.text, 'dim')];
}

/** What explains what happens: the demo's guide. */
export function captionLine({ caption, theme, width }: CaptionProps): Line {
  return fitLine([say(' '), say(caption, 'accent')], width, theme.glyphs);
}

/** What is wrong and what is about to act, for a screen that shows one pane only. */
export function alarmLine({ view, now, theme, width }: AlarmProps): Line {
  const alerts = alertsOf(view, now);
  const line: Line =
    alerts.length === 0 ? [say(`${theme.glyphs.ok} nothing is wrong`, 'good')] : alertLine(alerts, theme);
  return fitLine([say(' '), ...line], width, theme.glyphs);
}

/** The panes by their number keys; the one that is shown stands out. */
export function tabsLine({ view, theme, width, focus }: TabsProps): Line {
  const { fleet } = view.model;
  const counts: Readonly<Record<PaneName, string>> = {
    conversations: ` ${tokens(fleet.conversations)}`,
    stream: '',
    agents: ` ${tokens(fleet.agents)}`,
    signals: ` ${tokens(view.signals.length)}`,
    reactor: '',
  };
  const marks: Readonly<Record<PaneName, boolean>> = {
    conversations: attentionOf(view).size > 0,
    stream: false,
    agents: false,
    signals: view.signals.some(isUnsettled),
    reactor: view.workspaces.some(({ run, hold }) => run !== null || hold !== null),
  };
  const tabs = PANES.map((pane, at): Line => {
    const mark = marks[pane] ? theme.glyphs.flag : '';
    const text = `${at + 1} ${NAMES[pane]}${counts[pane]}${mark}`;
    return [
      say(pane === focus ? `[${text}]` : ` ${text} `, pane === focus ? 'selected' : mark === '' ? 'plain' : 'warning'),
    ];
  });
  return fitLine(joined(tabs, say(''), width), width, theme.glyphs);
}

/** The keys of the focused place with what each would do now. */
export function footerLine({ width, theme, hints, keep }: FooterProps): Line {
  const gap = say('  ');
  const right = keep.flatMap((hint, at) => [...(at === 0 ? [] : [gap]), ...hintLine(hint)]);
  const room = width - lineWidth(right) - 4;
  const left = joined(hints.map(hintLine), gap, Math.max(0, room));
  return spread([say(' '), ...left], [...right, say(' ')], width, theme.glyphs);
}

/** Below the least size: everything that matters, in one line. */
export function tooSmallLine({ view, now, theme, width }: TooSmallProps): Line {
  const alerts = alertsOf(view, now);
  const rate = `${tokens(callsPerMinute(view.model.fleet.recent, now))}/min`;
  const rest: Line =
    alerts.length === 0 ? [say(`${theme.glyphs.ok} nothing is wrong`, 'good')] : alertLine(alerts, theme);
  return fitLine([modeWords(view), say(' '), ...rest, say(` ${rate}, needs 60x15`, 'dim')], width, theme.glyphs);
}

function alertLine(alerts: readonly Alert[], { glyphs }: Theme): Line {
  return alerts.flatMap(({ tone, text }, at): Segment[] => [
    ...(at === 0 ? [] : [say('  ')]),
    say(`${glyphs.warning} ${text}`, tone),
  ]);
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

function hintLine({ key, label, enabled }: KeyHint): Line {
  return enabled ? [say(key, 'accent'), say(` ${label}`)] : [say(`${key} ${label}`, 'dim')];
}
