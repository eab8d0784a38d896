import {
  type Action,
  type Binding,
  type Context,
  disabled,
  enabled,
  eraseAvailability,
  type Named,
  viewAction,
  CLOSE,
  viewBinding,
} from '../bindings.ts';
import type { Silence } from '../../../core/signals.ts';
import { filterOf, filterText } from '../list.ts';
import { choicesOf, silenceOf, typedIn } from '../../views/silences/form.ts';
import { beneath } from './beside.ts';
import { FILTER, FREEZE, ORDER } from './lists.ts';
import { STEPPING } from './moving.ts';

/** Extension of a silence by `+`, ms. */
const EXTEND_MS = 900_000;

type OverlayContext = 'filter' | 'help' | 'log' | 'confirm' | 'silence' | 'silences';

/** The bindings of the overlays over the panes. */
export const OVERLAYS: Readonly<Record<OverlayContext, readonly Binding[]>> = {
  filter: [
    viewBinding({ keys: ['enter'], id: 'keep', label: 'keep', help: 'keep the filter' }, () =>
      viewAction({ type: 'filter', change: { type: 'keep' } }),
    ),
    viewBinding({ keys: ['escape'], id: 'drop', label: 'drop', help: 'clear the filter' }, ({ view }) =>
      viewAction({ type: 'filter', change: { type: 'clear', of: view.editing === null ? [] : [view.editing] } }),
    ),
    {
      ...viewBinding({ keys: ['backspace', 'delete'], id: 'erase', label: 'erase', help: 'erase a character' }, () =>
        viewAction({ type: 'filter', change: { type: 'erase' } }),
      ),
      availability: ({ view }) => eraseAvailability(view.editing === null ? '' : filterText(view, view.editing)),
    },
  ],
  help: paged(['escape', 'q', '?', 'enter']),
  log: paged(['escape', 'q', 'L', 'enter']),
  confirm: [
    act({ keys: ['y', 'Y'], id: 'yes', label: 'yes', help: 'confirm' }, confirm),
    viewBinding({ keys: ['n', 'N', 'escape', 'q'], id: 'no', label: 'no', help: 'cancel' }, ({ view }) => leave(view)),
  ],
  silence: [
    act({ keys: ['enter'], id: 'create', label: 'create', help: 'create the silence' }, createSilence),
    viewBinding({ keys: ['escape'], id: 'cancel', label: 'cancel', help: 'cancel; no silence is created' }, () =>
      viewAction(CLOSE),
    ),
    viewBinding(
      { keys: ['tab', 'down', 'j'], id: 'next-field', label: 'next field', help: 'go to the next field' },
      () => viewAction({ type: 'form', change: { type: 'field', by: 1 } }),
    ),
    viewBinding(
      { keys: ['shift-tab', 'up', 'k'], id: 'field-before', label: 'previous field', help: 'go to the previous field' },
      () => viewAction({ type: 'form', change: { type: 'field', by: -1 } }),
    ),
    choosing({ keys: ['right', 'l'], id: 'choose', label: 'choose', help: 'select the next choice' }, 1),
    choosing(
      { keys: ['left', 'h'], id: 'choice-before', label: 'previous choice', help: 'select the previous choice' },
      -1,
    ),
    {
      ...viewBinding({ keys: ['backspace', 'delete'], id: 'erase', label: 'erase', help: 'erase a character' }, () =>
        viewAction({ type: 'form', change: { type: 'erase' } }),
      ),
      availability: ({ view: { overlay } }) =>
        eraseAvailability(overlay.type === 'silence' ? typedIn(overlay.form) : ''),
    },
  ],
  silences: [
    act({ keys: ['u', 'd', 'enter'], id: 'end', label: 'end', help: 'end the selected silence now' }, (context) => {
      const silence = selectedSilence(context);
      return silence === null ? [] : [{ type: 'unsilence', id: silence.id }];
    }),
    act({ keys: ['+'], id: 'extend', label: 'extend', help: 'extend the selected silence by 15 min' }, (context) => {
      const silence = selectedSilence(context);
      return silence === null ? [] : [{ type: 'extend', id: silence.id, byMs: EXTEND_MS }];
    }),
    FILTER,
    ORDER,
    FREEZE,
    ...STEPPING,
    viewBinding(
      { keys: ['escape', 'q', 'S'], id: 'close', label: 'close', help: 'clear the filter, then close the list' },
      closeList,
    ),
  ],
};

/** Returns the current state of the selected silence; null if it has ended. */
export function selectedSilence({ live, selected }: Pick<Context, 'live' | 'selected'>): Silence | null {
  return live.silences.find(({ id }) => id === selected.silence?.id) ?? null;
}

/** Returns the binding that leaves a list that `opener` opened from the panes. */
export function backFrom(opener: string): Binding {
  return viewBinding(
    { keys: ['escape', 'q', opener], id: 'back', label: 'back', help: 'clear the filter, then go back to the panes' },
    closeList,
  );
}

/** Clears the filter of the list over the panes, else closes it. */
export function closeList({ view, list: { name } }: Context): readonly Action[] {
  return viewAction(filterOf(view, name) === null ? CLOSE : { type: 'filter', change: { type: 'clear', of: [name] } });
}

function choosing(named: Named, by: 1 | -1): Binding {
  return {
    ...viewBinding(named, () => viewAction({ type: 'form', change: { type: 'choice', by } })),
    availability: ({ view: { overlay } }) => {
      if (overlay.type === 'silence' && choicesOf(overlay.form) > 1) return enabled();
      return disabled('no other choice; Tab goes to the next field');
    },
  };
}

function act(named: Named, run: Binding['run']): Binding {
  return { ...named, kind: 'act', footer: true, availability: actAvailability, run };
}

function actAvailability(context: Context) {
  if (context.view.overlay.type !== 'silences' || selectedSilence(context)) return enabled();
  return disabled(context.selected.silence === null ? 'no silence is selected' : 'this silence has ended');
}

function confirm({ view }: Context): readonly Action[] {
  if (view.overlay.type !== 'confirm') return [];
  return [...leave(view), view.overlay.confirmed];
}

// Closing returns to the view beneath.
function leave({ overlay }: Context['view']): readonly Action[] {
  if (overlay.type === 'confirm' && overlay.confirmed.type === 'remove')
    return viewAction({ type: 'overlay', overlay: { type: 'checkpoints' } });
  return viewAction({ type: 'overlay', overlay: beneath(overlay) });
}

function createSilence({ view }: Context): readonly Action[] {
  if (view.overlay.type !== 'silence') return [];
  const wanted = silenceOf(view.overlay.form);
  if (typeof wanted === 'string') return viewAction({ type: 'form', change: { type: 'problem', problem: wanted } });
  const { scope, durationMs, reason } = wanted;
  const request = { matcher: scope.matcher, durationMs, reason };
  return [...viewAction(CLOSE), { type: 'silence', request, label: scope.label }];
}

function paged(closing: readonly string[]): readonly Binding[] {
  return [
    viewBinding({ keys: closing, id: 'close', label: 'close', help: 'close' }, ({ view }) => leave(view)),
    viewBinding(
      {
        keys: ['down', 'j', 'tab', 'space', 'pagedown', 'ctrl-d'],
        id: 'next-page',
        label: 'next page',
        help: 'go to the next page',
      },
      (context) => turn(context, 1),
    ),
    viewBinding(
      {
        keys: ['up', 'k', 'pageup', 'ctrl-u'],
        id: 'page-before',
        label: 'previous page',
        help: 'go to the previous page',
      },
      (context) => turn(context, -1),
    ),
  ];
}

// Pages wrap around when drawn: the count is known only there.
function turn({ view: { overlay } }: Context, by: 1 | -1): readonly Action[] {
  if (overlay.type !== 'help' && overlay.type !== 'log') return [];
  return viewAction({ type: 'overlay', overlay: { ...overlay, page: overlay.page + by } });
}
