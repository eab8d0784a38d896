import type { Silence } from '../../../core/signals.ts';
import type { Ms } from '../../../core/units.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  CLOSE,
  disabled,
  enabled,
  eraseAvailability,
  type Named,
  viewAction,
  viewBinding,
} from '../../app/bindings.ts';
import { closeList } from '../../app/keys/closing.ts';
import { FILTER, FREEZE, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import type { ViewState } from '../../app/state.ts';
import { overlayView } from '../../app/view.ts';
import { type FormAction, type SilenceForm, changeForm, endOf, silenceOf, takesText, typedIn } from './form.ts';
import { SILENCES } from './list.ts';
import { describeSilenceForm, describeSilences, silenceSheet, silencesSheet } from './render.ts';

/** Extension of a silence by `+`, ms. */
const EXTEND_MS = 900_000;

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly silence: { readonly form: SilenceForm };
    readonly silences: unknown;
  }
  interface ViewChanges {
    readonly silence: FormAction;
  }
}

/** The form that creates a silence. */
export const silenceView = overlayView('silence', {
  title: 'a new silence',
  wheel: 0,
  bindings: [
    {
      ...act({ keys: ['enter'], id: 'create', label: 'create', help: 'create the silence' }, createSilence),
      availability: ({ view: { overlay, now } }) =>
        overlay.type === 'silence' ? createAvailability(overlay.form, now) : enabled(),
    },
    viewBinding({ keys: ['escape'], id: 'cancel', label: 'cancel', help: 'cancel; no silence is created' }, () =>
      viewAction(CLOSE),
    ),
    choosing({ keys: ['j', 'down'], id: 'what', label: 'what', help: 'choose more: the next scope' }, 1),
    {
      ...choosing(
        { keys: ['k', 'up'], id: 'what-before', label: 'what before', help: 'choose less: the scope before' },
        -1,
      ),
      footer: false,
    },
    viewBinding({ keys: ['tab'], id: 'next-field', label: 'next field', help: 'go to the next field' }, () =>
      viewAction({ type: 'silence', change: { type: 'field', by: 1 } }),
    ),
    {
      ...viewBinding(
        { keys: ['shift-tab'], id: 'field-before', label: 'previous field', help: 'go to the previous field' },
        () => viewAction({ type: 'silence', change: { type: 'field', by: -1 } }),
      ),
      footer: false,
    },
    viewBinding({ keys: ['l', 'right'], id: 'choose', label: 'how long', help: 'choose the next duration' }, () =>
      viewAction({ type: 'silence', change: { type: 'value', by: 1 } }),
    ),
    {
      ...viewBinding(
        { keys: ['h', 'left'], id: 'choice-before', label: 'shorter', help: 'choose the duration before' },
        () => viewAction({ type: 'silence', change: { type: 'value', by: -1 } }),
      ),
      footer: false,
    },
    {
      ...viewBinding({ keys: ['backspace', 'delete'], id: 'erase', label: 'erase', help: 'erase a character' }, () =>
        viewAction({ type: 'silence', change: { type: 'erase' } }),
      ),
      availability: ({ view: { overlay } }) =>
        eraseAvailability(overlay.type === 'silence' ? typedIn(overlay.form) : ''),
    },
  ],
  typing: ({ overlay }) => {
    if (overlay.type !== 'silence') return null;
    const isText = takesText(overlay.form) || overlay.form.field === 'duration';
    return isText ? (text) => viewAction({ type: 'silence', change: { type: 'text', text } }) : null;
  },
  reduce: (state: ViewState, change: FormAction): ViewState =>
    state.overlay.type === 'silence'
      ? { ...state, overlay: { type: 'silence', form: changeForm(state.overlay.form, change) } }
      : state,
  render: ({ form }, { live, view: { now } }, size, theme) => silenceSheet(form, live, now, size, theme),
  describe: ({ form }, { live, view: { now } }) => [describeSilenceForm(form, live, now)],
});

/** The active silences. */
export const silencesView = overlayView('silences', {
  title: 'silences',
  list: SILENCES,
  shares: 'views',
  bindings: [
    act({ keys: ['u', 'd', 'enter'], id: 'end', label: 'end', help: 'end the selected silence now' }, (context) => {
      const silence = selectedSilence(context);
      return silence === null ? [] : [{ type: 'unsilence', id: silence.id }];
    }),
    act({ keys: ['+'], id: 'extend', label: 'extend', help: 'extend the selected silence by 15 min' }, (context) => {
      const silence = selectedSilence(context);
      return silence === null ? [] : [{ type: 'extend_silence', id: silence.id, byMs: EXTEND_MS }];
    }),
    FILTER,
    ORDER,
    FREEZE,
    ...STEPPING,
    viewBinding(
      { keys: ['escape', 'S'], id: 'close', label: 'close', help: 'clear the filter, then close the list' },
      closeList,
    ),
  ],
  render: (_, context, size, theme) => silencesSheet(context, size, theme),
  describe: (_, context) => [describeSilences(context)],
});

// Null if it has ended by now.
function selectedSilence({ live, selected }: Pick<Context, 'live' | 'selected'>): Silence | null {
  return live.silences.find(({ id }) => id === selected.silence?.id) ?? null;
}

function choosing(named: Named, by: 1 | -1): Binding {
  return {
    ...viewBinding(named, () => viewAction({ type: 'silence', change: { type: 'choice', by } })),
    availability: ({ view: { overlay } }) => {
      if (overlay.type === 'silence' && overlay.form.scopes.length > 1) return enabled();
      return disabled('there is nothing else to choose; Tab goes to the next field');
    },
  };
}

function act(named: Named, run: Binding['run']): Binding {
  return { ...named, kind: 'act', footer: true, availability: actAvailability, run };
}

function actAvailability(context: Context): Availability {
  if (context.view.overlay.type !== 'silences' || selectedSilence(context)) return enabled();
  return disabled(context.selected.silence === null ? 'no silence is selected' : 'this silence has ended');
}

function createAvailability(form: SilenceForm, now: Ms): Availability {
  if (form.scope === null) return disabled('choose what: j and k');
  const end = endOf(form, now);
  return end === null ? enabled() : enabled('', '', `silence until ${end}`);
}

function createSilence({ view }: Context): readonly ScreenAction[] {
  if (view.overlay.type !== 'silence') return [];
  const wanted = silenceOf(view.overlay.form, view.now);
  if (typeof wanted === 'string') return viewAction({ type: 'silence', change: { type: 'problem', problem: wanted } });
  const { scope, durationMs, reason } = wanted;
  return [...viewAction(CLOSE), { type: 'silence', matcher: scope.matcher, durationMs, reason }];
}
