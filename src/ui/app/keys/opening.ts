import type { Mark } from '../../views/calls/marks.ts';
import { openOf } from '../../views/checkpoints/snapshots.ts';
import { TITLES, filteredLists } from '../lists.ts';
import type { ListName } from '../state.ts';
import {
  type Action,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../bindings.ts';

/** Keys that lead deeper, and back. */
export const OPENING: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'view',
    id: 'open',
    label: 'open',
    help: 'open the selection: the calls of a conversation, the content of a call, the call of a signal, the conversations of an agent, the snapshot of a mark',
    footer: true,
    availability: openAvailability,
    run: open,
  },
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'go back, then drop the filter',
    availability: ({ view }) => {
      const filtered = toDrop(view);
      if (view.zoomed) return enabled();
      if (filtered.length === 0) return disabled('nothing is open and nothing is filtered; q quits');
      return enabled(`shows all ${filtered.map((list) => TITLES[list]).join(', ')}`);
    },
    run: ({ view }) =>
      viewAction(view.zoomed ? { type: 'out' } : { type: 'filter', change: { type: 'clear', of: toDrop(view) } }),
  },
  {
    keys: ['e'],
    kind: 'view',
    id: 'cause',
    label: 'cause',
    help: 'go to the call that triggered the selected signal; from a mark between calls, to the signal',
    availability: causeAvailability,
    run: cause,
  },
];

// The filter of where one is goes first, then all others: none is in the way for good.
function toDrop(view: Context['view']): readonly ListName[] {
  const filtered = filteredLists(view);
  return filtered.includes(view.focus) ? [view.focus] : filtered;
}

function openAvailability(context: Context): Availability {
  const { view, selected } = context;
  switch (view.focus) {
    case 'conversations':
      return selected.conversation === null ? disabled('there is no conversation to open') : enabled('its calls');
    case 'stream':
      if (selected.mark !== null) return markAvailability(selected.mark);
      if (!isWhole(context)) return enabled('whole screen');
      return selected.call === null ? disabled('there is no call to open') : enabled('the call');
    case 'signals':
      return isWhole(context) ? causeAvailability(context) : enabled('whole screen');
    case 'agents':
      if (!isWhole(context)) return enabled('whole screen');
      return selected.agent === null ? disabled('there is no agent to open') : enabled('its conversations');
    case 'reactor':
      return view.zoomed ? enabled('back to all panes') : enabled('whole screen');
  }
}

function open(context: Context): readonly Action[] {
  const { view, selected } = context;
  const { focus } = view;
  if (focus === 'conversations') return [...into(context, 'stream'), ...viewAction({ type: 'follow', follow: true })];
  if (focus === 'stream' && selected.mark !== null) return toSnapshot(selected.mark);
  if (focus === 'reactor' && view.zoomed) return viewAction({ type: 'out' });
  if (focus === 'reactor' || !isWhole(context)) return into(context, focus);
  if (focus === 'signals') return cause(context);
  if (focus === 'stream') return selected.call === null ? [] : [{ type: 'open_call', call: selected.call }];
  const text = `agent:"${selected.agent?.agent ?? ''}"`;
  return [
    ...viewAction({ type: 'filter', change: { type: 'set', of: 'conversations', text } }),
    ...into(context, 'conversations'),
  ];
}

function into({ view }: Context, pane: Context['view']['focus']): readonly Action[] {
  return viewAction({ type: 'into', pane, back: { focus: view.focus, zoomed: view.zoomed } });
}

function cause(context: Context): readonly Action[] {
  const { signal, mark } = context.selected;
  if (context.view.focus === 'stream') return mark === null ? [] : toSignal(context, mark);
  return signal === null ? [] : [{ type: 'cause', signal: signal.signal }];
}

function causeAvailability(context: Context): Availability {
  const { view, selected } = context;
  const { signal, mark } = selected;
  if (view.focus === 'stream' && mark !== null) return signalAvailability(context, mark);
  if (view.focus !== 'signals') return disabled('no signal is selected: 4 goes to the signals');
  if (signal === null) return disabled('there is no signal');
  const { callId, conversationId, interruptionId } = signal.signal;
  const hasNone = callId === null && conversationId === null && interruptionId === null;
  return hasNone ? disabled('no call caused it: it came from a program') : enabled('the call that caused it');
}

function markAvailability({ workspace }: Mark): Availability {
  return workspace === null ? disabled('the workspace of this snapshot is unknown') : enabled('the snapshot');
}

function toSnapshot({ workspace, snapshot }: Mark): readonly Action[] {
  return workspace === null ? [] : openOf(workspace, snapshot);
}

function signalAvailability({ shown }: Context, { signalId, cause: words }: Mark): Availability {
  if (signalId === null) return disabled(`no signal caused it: ${words}`);
  const isKnown = shown.view.signals.some(({ signal }) => signal.signalId === signalId);
  return isKnown
    ? enabled('the signal that caused it')
    : disabled('the signal that caused it is forgotten; its name is here');
}

// A filter might hide what one wants to see.
function toSignal(context: Context, { signalId }: Mark): readonly Action[] {
  return [
    ...viewAction({ type: 'filter', change: { type: 'clear', of: ['signals'] } }),
    ...viewAction({ type: 'list', of: 'signals', list: { selectedId: signalId, offset: 0 } }),
    ...into(context, 'signals'),
  ];
}

// With tabs the focused pane is alone on the screen anyway.
function isWhole({ view, layout }: Context): boolean {
  return view.zoomed || (layout.type === 'panes' && layout.tabs);
}
