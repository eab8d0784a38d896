import { signalOfCall } from '../../ladder/open-signals.ts';
import { type Found, foundFor } from '../../views/conversations/found.ts';
import { THREE_COLUMNS, rectOf } from '../layout.ts';
import { filteredLists } from '../list.ts';
import type { ListName } from '../state.ts';
import { isPanelShown, zoomInto } from '../view.ts';
import {
  type ScreenAction,
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
    help: 'its detail, then deeper',
    footer: true,
    availability: openAvailability,
    run: open,
  },
  {
    keys: ['escape'],
    kind: 'view',
    id: 'back',
    label: 'back',
    help: 'back, then drop the filter',
    footer: true,
    availability: backAvailability,
    run: back,
  },
  {
    keys: ['e'],
    kind: 'view',
    id: 'cause',
    label: 'its call',
    help: "a signal's call, and back",
    availability: causeAvailability,
    run: goToCause,
  },
];

// The focused list's filter is cleared first, then all others.
function toDrop(view: Context['view']): readonly ListName[] {
  const filtered = filteredLists(view);
  return filtered.includes(view.focus) ? [view.focus] : filtered;
}

// Enter opens the detail first, then leads deeper.
function openAvailability(context: Context): Availability {
  const result = opened(context);
  if (!result.enabled || result.label !== undefined) return result;
  // The last line reports what is opened, without the verb: never nothing.
  return { ...result, label: '', brief: result.brief === '' ? result.preview : result.brief };
}

function opened(context: Context): Availability {
  const { pane, list, shown } = context;
  if (list.rows(shown).length === 0 || list.index(shown) === -1) return disabled('nothing is selected');
  if (opensPanel(context)) return enabled('its detail', 'detail');
  return pane.open?.availability(context) ?? disabled('its detail is open');
}

function open(context: Context): readonly ScreenAction[] {
  const { pane, view } = context;
  if (!opensPanel(context)) return pane.open?.run(context) ?? [];
  return viewAction(view.zoomed ? { type: 'panel', open: true } : { type: 'into', pane: pane.name, panel: true });
}

function opensPanel(context: Context): boolean {
  return context.pane.panel === 'opened' && !isPanelShown(context);
}

function backAvailability({ view, listNamed, layout, live }: Context): Availability {
  const filtered = toDrop(view);
  if (closesPanel({ view, layout })) return enabled();
  const searched = searchedHere(view);
  if (searched !== null) return searched.end === null ? enabled('', '', 'stop search') : enabled('', '', 'drop search');
  if (view.zoomed) return enabled();
  if (filtered.length === 0 && live.attachment?.host !== undefined) return enabled('to all hosts', 'all hosts');
  if (filtered.length > 0)
    return enabled(`shows all ${filtered.map((name) => listNamed(name)?.title ?? name).join(', ')}`);
  return rectOf(layout, 'steps') === null
    ? disabled('nothing to go back to and no filter; q quits')
    : enabled('hides the first steps');
}

function back({ view, layout, live }: Context): readonly ScreenAction[] {
  if (closesPanel({ view, layout })) return viewAction({ type: 'panel', open: false });
  if (searchedHere(view) !== null) return clearing([view.focus]);
  if (view.zoomed) return viewAction({ type: 'out' });
  const filtered = toDrop(view);
  if (filtered.length > 0) return clearing(filtered);
  if (live.attachment?.host !== undefined)
    return [{ type: 'open_host', host: null }, ...viewAction({ type: 'focus', pane: 'hosts' })];
  return viewAction({ type: 'hide_steps' });
}

function clearing(of: readonly ListName[]): readonly ScreenAction[] {
  return viewAction({ type: 'filter', change: { type: 'clear', of } });
}

// A search in content is something that goes on, and says that Escape ends it: also on the whole screen.
function searchedHere(view: Context['view']): Found | null {
  return view.focus === 'conversations' ? foundFor(view, view.focus) : null;
}

// Where it is always there, Escape leads back at once; a detail that was opened on the way in is left with its view.
function closesPanel({ view, layout }: Pick<Context, 'view' | 'layout'>): boolean {
  if (!view.panel || !view.zoomed || rectOf(layout, 'panel') === null) return false;
  const width = layout.type === 'panes' ? (layout.bands[0]?.columns.reduce((sum, one) => sum + one.width, 0) ?? 0) : 0;
  return width < THREE_COLUMNS;
}

/** Goes to the call that triggered the selected signal; from a call, or a mark between calls, to its signal. */
export function goToCause(context: Context): readonly ScreenAction[] {
  const { signal } = context.selected;
  const caused = context.view.focus === 'calls' ? causedBySelection(context) : null;
  if (caused !== null) return toSignal(caused);
  if (context.view.focus === 'calls') return [];
  return signal === null ? [] : [{ type: 'cause', signal: signal.signal }];
}

/** Returns what `goToCause` would do now. */
export function causeAvailability(context: Context): Availability {
  const { view, selected } = context;
  const { signal } = selected;
  if (view.focus === 'calls') return signalAvailability(context);
  if (view.focus !== 'signals') return disabled('no signal is selected: 4 goes to the signals');
  if (signal === null) return disabled('no signal is selected');
  const { callId, conversationId, interruptionId } = signal.signal;
  const hasNone = callId === null && conversationId === null && interruptionId === null;
  return hasNone ? disabled('no call caused it: reported by a program') : enabled('', '', 'its call');
}

function signalAvailability(context: Context): Availability {
  const { call, mark } = context.selected;
  if (mark === null && call === null) return disabled('no call is selected');
  if (causedBySelection(context) !== null) return enabled('', '', 'its signal');
  if (mark === null) return disabled('this call caused no signal');
  return disabled(
    mark.signalId === null ? `no signal caused it: ${mark.cause}` : 'the signal that caused it is no longer in memory',
  );
}

// The signal that the selected call caused, or that caused the selected checkpoint.
function causedBySelection({ shown, selected: { call, mark } }: Context): string | null {
  if (mark === null) return call === null ? null : (signalOfCall(shown.view, call)?.signal.signalId ?? null);
  return shown.view.signals.some(({ signal }) => signal.signalId === mark.signalId) ? mark.signalId : null;
}

/** Returns what goes to a signal by its id: a filter might hide it. */
export function toSignal(signalId: string): readonly ScreenAction[] {
  return [
    ...zoomInto('signals'),
    ...viewAction({ type: 'filter', change: { type: 'clear', of: ['signals'] } }),
    ...viewAction({ type: 'list', of: 'signals', list: { selectedId: signalId, offset: 0 } }),
  ];
}
