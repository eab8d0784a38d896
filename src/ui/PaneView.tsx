import type { ReactNode } from 'react';
import type { AgentDetail } from '../core/model/types.ts';
import { detailOf } from './derive/agent-detail.ts';
import { hotkeyOf } from './keys/moving.ts';
import type { Context } from './keys/types.ts';
import { Agents } from './panes/Agents.tsx';
import { Conversations } from './panes/Conversations.tsx';
import { Details } from './panes/Details.tsx';
import type { PaneProps } from './panes/props.ts';
import { Reactor } from './panes/Reactor.tsx';
import { Signals } from './panes/Signals.tsx';
import { Stream } from './panes/Stream.tsx';
import type { PlaceName } from './view/layout.ts';
import { chosenOrder, filterOf } from './view/list/lists.ts';
import type { PaneName } from './view/types.ts';

type PlaceProps = Pick<PaneProps, 'width' | 'height' | 'theme' | 'now'> & { readonly context: Context };
type PaneViewProps = PlaceProps & { readonly pane: PaneName };

/** What has a place on the screen: a pane, or all about what is selected in one. */
export function PlaceView({ place, ...props }: PlaceProps & { readonly place: PlaceName }): ReactNode {
  return place === 'details' ? <DetailsView {...props} /> : <PaneView pane={place} {...props} />;
}

function DetailsView({ context, ...place }: PlaceProps): ReactNode {
  const { shown, view, selected, target } = context;
  const agent = view.focus === 'agents' ? agentDetail(context) : null;
  const workspace = target.workspace?.workspace ?? null;
  return (
    <Details {...place} view={shown.view} focus={view.focus} selected={selected} workspace={workspace} agent={agent} />
  );
}

function agentDetail({ ask, shown, selected: { agent } }: Context): AgentDetail | null {
  return agent === null ? null : detailOf(ask, shown.view.model, agent.agent);
}

/** One pane, with its slice of what is shown. */
function PaneView({ context, pane, ...place }: PaneViewProps): ReactNode {
  const { shown, view, layout } = context;
  const { focus } = view;
  const props = {
    whole: view.zoomed || (layout.type === 'panes' && layout.tabs),
    ...place,
    view: shown.view,
    focused: focus === pane,
    filter: filterOf(view, pane),
    list: view.lists[pane],
    order: chosenOrder(view, pane),
    hotkey: hotkeyOf(pane, view.keys),
  };
  switch (pane) {
    case 'conversations':
      return <Conversations {...props} rows={shown.conversations} />;
    case 'stream':
      return <Stream {...props} rows={shown.stream} conversation={shown.conversation} follow={view.follow} />;
    case 'reactor':
      return <Reactor {...props} rows={shown.workspaces} />;
    case 'signals':
      return <Signals {...props} rows={shown.signals} />;
    case 'agents':
      return <Agents {...props} rows={shown.agents} detail={props.whole ? agentDetail(context) : null} />;
  }
}
