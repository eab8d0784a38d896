import type { Mark } from '../../views/calls/marks.ts';
import { filteredLists } from '../list.ts';
import type { ListName } from '../state.ts';
import { zoomInto } from '../view.ts';
import {
  type Action,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  viewAction,
} from '../bindings.ts';

/** The bindings that open the selected row and go back. */
export const OPENING: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'view',
    id: 'open',
    label: 'open',
    help: 'open the selected row: the calls of a conversation, the content of a call, the call of a signal, the conversations of an agent, the snapshot of a mark',
    footer: true,
    availability: openAvailability,
    run: open,
  },
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'go back, then clear the filter',
    availability: ({ view, listNamed }) => {
      const filtered = toDrop(view);
      if (view.zoomed) return enabled();
      if (filtered.length === 0) return disabled('nothing to go back to and no filter; q quits');
      return enabled(`shows all ${filtered.map((name) => listNamed(name)?.title ?? name).join(', ')}`);
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
    run: goToCause,
  },
];

// The focused list's filter is cleared first, then all others.
function toDrop(view: Context['view']): readonly ListName[] {
  const filtered = filteredLists(view);
  return filtered.includes(view.focus) ? [view.focus] : filtered;
}

// By default Enter gives the pane the whole screen, and leads back from there.
function openAvailability(context: Context): Availability {
  const { pane, view } = context;
  if (pane.open !== null) return pane.open.availability(context);
  return enabled(view.zoomed ? 'back to all panes' : 'whole screen');
}

function open(context: Context): readonly Action[] {
  const { pane, view } = context;
  if (pane.open !== null) return pane.open.run(context);
  return view.zoomed ? viewAction({ type: 'out' }) : zoomInto(context, pane.name);
}

/** Goes to the call that triggered the selected signal; from a mark between calls, to its signal. */
export function goToCause(context: Context): readonly Action[] {
  const { signal, mark } = context.selected;
  if (context.view.focus === 'calls') return mark === null ? [] : toSignal(context, mark);
  return signal === null ? [] : [{ type: 'cause', signal: signal.signal }];
}

/** What `goToCause` would do now. */
export function causeAvailability(context: Context): Availability {
  const { view, selected } = context;
  const { signal, mark } = selected;
  if (view.focus === 'calls' && mark !== null) return signalAvailability(context, mark);
  if (view.focus !== 'signals') return disabled('no signal is selected: 4 goes to the signals');
  if (signal === null) return disabled('no signal is selected');
  const { callId, conversationId, interruptionId } = signal.signal;
  const hasNone = callId === null && conversationId === null && interruptionId === null;
  return hasNone ? disabled('no call caused it: reported by a program') : enabled('the call that caused it');
}

function signalAvailability({ shown }: Context, { signalId, cause: words }: Mark): Availability {
  if (signalId === null) return disabled(`no signal caused it: ${words}`);
  const isKnown = shown.view.signals.some(({ signal }) => signal.signalId === signalId);
  return isKnown ? enabled('the signal that caused it') : disabled('the signal that caused it is no longer in memory');
}

// A filter might hide the target.
function toSignal(context: Context, { signalId }: Mark): readonly Action[] {
  return [
    ...viewAction({ type: 'filter', change: { type: 'clear', of: ['signals'] } }),
    ...viewAction({ type: 'list', of: 'signals', list: { selectedId: signalId, offset: 0 } }),
    ...zoomInto(context, 'signals'),
  ];
}
