import type { Mark } from '../../views/calls/marks.ts';
import { openOf } from '../../views/checkpoints/snapshots.ts';
import { TITLES, filteredLists } from '../lists.ts';
import type { ListName } from '../state.ts';
import { type Binding, type Context, type Deed, type Hint, can, cannot, look } from '../bindings.ts';

/** Keys that lead deeper, and back. */
export const OPENING: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'look',
    id: 'open',
    label: 'open',
    help: 'deeper: a conversation, its calls, what was said in one; of a signal the call, of an agent the conversations, of a mark between calls the snapshot',
    footer: true,
    hint: openHint,
    does: open,
  },
  {
    keys: ['escape'],
    kind: 'look',
    id: 'back',
    label: 'back',
    help: 'back to where one came from, then drop the filter',
    hint: ({ view }) => {
      const filtered = toDrop(view);
      if (view.zoomed) return can();
      if (filtered.length === 0) return cannot('nothing is open and nothing is filtered; q quits');
      return can(`shows all ${filtered.map((list) => TITLES[list]).join(', ')}`);
    },
    does: ({ view }) =>
      look(view.zoomed ? { type: 'out' } : { type: 'filter', change: { type: 'clear', of: toDrop(view) } }),
  },
  {
    keys: ['e'],
    kind: 'look',
    id: 'cause',
    label: 'cause',
    help: 'the evidence: to the call that caused the selected signal; from a mark between calls to the signal',
    hint: causeHint,
    does: cause,
  },
];

// The filter of where one is goes first, then all others: none is in the way for good.
function toDrop(view: Context['view']): readonly ListName[] {
  const filtered = filteredLists(view);
  return filtered.includes(view.focus) ? [view.focus] : filtered;
}

function openHint(context: Context): Hint {
  const { view, selected } = context;
  switch (view.focus) {
    case 'conversations':
      return selected.conversation === null ? cannot('there is no conversation to open') : can('its calls');
    case 'stream':
      if (selected.mark !== null) return markHint(selected.mark);
      if (!isWhole(context)) return can('whole screen');
      return selected.call === null ? cannot('there is no call to open') : can('the call');
    case 'signals':
      return isWhole(context) ? causeHint(context) : can('whole screen');
    case 'agents':
      if (!isWhole(context)) return can('whole screen');
      return selected.agent === null ? cannot('there is no agent to open') : can('its conversations');
    case 'reactor':
      return view.zoomed ? can('back to all panes') : can('whole screen');
  }
}

function open(context: Context): readonly Deed[] {
  const { view, selected } = context;
  const { focus } = view;
  if (focus === 'conversations') return [...into(context, 'stream'), ...look({ type: 'follow', follow: true })];
  if (focus === 'stream' && selected.mark !== null) return toSnapshot(selected.mark);
  if (focus === 'reactor' && view.zoomed) return look({ type: 'out' });
  if (focus === 'reactor' || !isWhole(context)) return into(context, focus);
  if (focus === 'signals') return cause(context);
  if (focus === 'stream') return selected.call === null ? [] : [{ type: 'open_call', call: selected.call }];
  const text = `agent:"${selected.agent?.agent ?? ''}"`;
  return [
    ...look({ type: 'filter', change: { type: 'set', of: 'conversations', text } }),
    ...into(context, 'conversations'),
  ];
}

function into({ view }: Context, pane: Context['view']['focus']): readonly Deed[] {
  return look({ type: 'into', pane, back: { focus: view.focus, zoomed: view.zoomed } });
}

function cause(context: Context): readonly Deed[] {
  const { signal, mark } = context.selected;
  if (context.view.focus === 'stream') return mark === null ? [] : toSignal(context, mark);
  return signal === null ? [] : [{ type: 'cause', signal: signal.signal }];
}

function causeHint(context: Context): Hint {
  const { view, selected } = context;
  const { signal, mark } = selected;
  if (view.focus === 'stream' && mark !== null) return signalHint(context, mark);
  if (view.focus !== 'signals') return cannot('no signal is selected: 4 goes to the signals');
  if (signal === null) return cannot('there is no signal');
  const { callId, conversationId, interruptionId } = signal.signal;
  const hasNone = callId === null && conversationId === null && interruptionId === null;
  return hasNone ? cannot('no call caused it: it came from a program') : can('the call that caused it');
}

function markHint({ workspace }: Mark): Hint {
  return workspace === null ? cannot('the workspace of this snapshot is not known') : can('the snapshot');
}

function toSnapshot({ workspace, snapshot }: Mark): readonly Deed[] {
  return workspace === null ? [] : openOf(workspace, snapshot);
}

function signalHint({ shown }: Context, { signalId, cause: words }: Mark): Hint {
  if (signalId === null) return cannot(`no signal caused it: ${words}`);
  const isKnown = shown.view.signals.some(({ signal }) => signal.signalId === signalId);
  return isKnown
    ? can('the signal that caused it')
    : cannot('the signal that caused it is forgotten; its name is here');
}

// A filter might hide what one wants to see.
function toSignal(context: Context, { signalId }: Mark): readonly Deed[] {
  return [
    ...look({ type: 'filter', change: { type: 'clear', of: ['signals'] } }),
    ...look({ type: 'list', of: 'signals', list: { selectedId: signalId, offset: 0 } }),
    ...into(context, 'signals'),
  ];
}

// With tabs the focused pane is alone on the screen anyway.
function isWhole({ view, layout }: Context): boolean {
  return view.zoomed || (layout.type === 'panes' && layout.tabs);
}
