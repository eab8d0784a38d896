import type { AgentDetail } from '../../core/model/types.ts';
import { detailOf } from '../views/agents/rows.ts';
import type { Line } from '../render/line.ts';
import { hotkeyOf } from './keys/moving.ts';
import type { Context } from './bindings.ts';
import { agentLines } from '../views/agents/render.ts';
import { conversationLines } from '../views/conversations/render.ts';
import { detailsLines } from '../views/details/render.ts';
import { reactorLines } from '../views/workspaces/render.ts';
import { signalLines } from '../views/signals/render.ts';
import { streamLines } from '../views/calls/render.ts';
import { nowOf } from './frozen.ts';
import type { RectName } from './layout.ts';
import { chosenOrder, filterOf } from './lists.ts';
import type { PaneName } from './state.ts';
import type { PaneProps } from './pane-props.ts';

type Area = Pick<PaneProps, 'width' | 'height' | 'theme'>;

/** What has a place on the screen, drawn: a pane, or all about what is selected in one. */
export function paneRectLines(context: Context, place: RectName, area: Area): readonly Line[] {
  return place === 'details' ? detailLines(context, area) : paneLines(context, place, area);
}

function detailLines(context: Context, area: Area): readonly Line[] {
  const { shown, view, selected, target } = context;
  return detailsLines({
    ...area,
    view: shown.view,
    now: nowOf(view),
    focus: view.focus,
    selected,
    workspace: target.workspace?.workspace ?? null,
    agent: view.focus === 'agents' ? agentDetail(context) : null,
  });
}

function paneLines(context: Context, pane: PaneName, area: Area): readonly Line[] {
  const { shown, view, layout } = context;
  const props = {
    ...area,
    whole: view.zoomed || (layout.type === 'panes' && layout.tabs),
    view: shown.view,
    now: nowOf(view),
    focused: view.focus === pane,
    filter: filterOf(view, pane),
    list: view.lists[pane],
    order: chosenOrder(view, pane),
    hotkey: hotkeyOf(pane, view.keys),
  };
  switch (pane) {
    case 'conversations':
      return conversationLines({ ...props, rows: shown.conversations });
    case 'stream':
      return streamLines({ ...props, rows: shown.stream, conversation: shown.conversation, follow: view.follow });
    case 'reactor':
      return reactorLines({ ...props, rows: shown.workspaces });
    case 'signals':
      return signalLines({ ...props, rows: shown.signals });
    case 'agents':
      return agentLines({ ...props, rows: shown.agents, detail: props.whole ? agentDetail(context) : null });
  }
}

function agentDetail({ ask, shown, selected: { agent } }: Context): AgentDetail | null {
  return agent === null ? null : detailOf(ask, shown.view.model, agent.agent);
}
