import { isUnsettled } from '../../core/reactor/view.ts';
import { attentionOf } from '../views/conversations/rows.ts';
import { type Line, fitLine, joined, say } from '../render/line.ts';
import { tokens } from '../render/values.ts';
import { widthOf } from '../render/width.ts';
import type { TabsProps } from './pane-props.ts';
import { PANES, type PaneName } from './state.ts';

const NAMES: Readonly<Record<PaneName, string>> = {
  conversations: 'Conversations',
  stream: 'Calls',
  agents: 'Agents',
  signals: 'Signals',
  reactor: 'Reactor',
};

/** The panes by their number keys; the one that is shown stands out. */
export function tabsLine(props: TabsProps): Line {
  const { theme, width, focus } = props;
  const tabs = tabsOf(props).map(({ pane, text, isMarked }): Line => {
    if (pane === focus) return [say(`[${text}]`, 'selected')];
    return [say(` ${text} `, isMarked ? 'warning' : 'plain')];
  });
  return fitLine(joined(tabs, say(''), width), width, theme.glyphs);
}

/** The pane whose tab is at a cell of the line of tabs; null beside them. */
export function tabAt(x: number, props: TabsProps): PaneName | null {
  let end = 0;
  for (const { pane, text } of tabsOf(props)) {
    end += widthOf(text) + AROUND;
    if (x < end) return end > props.width ? null : pane;
  }
  return null;
}

/** A bracket or a blank on each side. */
const AROUND = 2;

type Tab = { readonly pane: PaneName; readonly text: string; readonly isMarked: boolean };

function tabsOf({ view, theme, left = {} }: TabsProps): readonly Tab[] {
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
  return PANES.map((pane, at) => {
    const rows = left[pane];
    const of = rows === undefined ? counts[pane] : ` ${tokens(rows)}${counts[pane] === '' ? '' : ` of${counts[pane]}`}`;
    const isMarked = marks[pane];
    return { pane, text: `${at + 1} ${NAMES[pane]}${of}${isMarked ? theme.glyphs.flag : ''}`, isMarked };
  });
}
