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
  type Named,
  viewAction,
  viewBinding,
} from '../../app/bindings.ts';
import { closeList } from '../../app/keys/closing.ts';
import { formKeys } from '../../app/keys/forms.ts';
import { FILTER, FREEZE, ORDER } from '../../app/keys/lists.ts';
import { STEPPING } from '../../app/keys/moving.ts';
import type { ViewState } from '../../app/state.ts';
import { overlayView } from '../../app/view.ts';
import { type FormAction, changeForm, endOf, resultOf, takesText, typedIn } from '../../widgets/scope-form.ts';
import type { SilenceForm } from './form.ts';
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
  bindings: formKeys({
    enter: {
      ...act({ keys: ['enter'], id: 'create', label: 'create', help: 'create the silence' }, createSilence),
      availability: ({ view: { overlay, now } }) =>
        overlay.type === 'silence' ? createAvailability(overlay.form, now) : enabled(),
    },
    cancelHelp: 'cancel; no silence is created',
    change: (change) => viewAction({ type: 'silence', change }),
    formOf: ({ view: { overlay } }) =>
      overlay.type === 'silence' ? { choices: overlay.form.scopes.length, typed: typedIn(overlay.form) } : null,
  }),
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
    act({ keys: ['+'], id: 'extend', label: 'extend', help: 'extend the silence by 15 min' }, (context) => {
      const silence = selectedSilence(context);
      return silence === null ? [] : [{ type: 'extend_silence', id: silence.id, byMs: EXTEND_MS }];
    }),
    FILTER,
    ORDER,
    FREEZE,
    ...STEPPING,
    viewBinding({ keys: ['escape', 'S'], id: 'close', label: 'close', help: 'drop the filter, then close' }, closeList),
  ],
  render: (_, context, size, theme) => silencesSheet(context, size, theme),
  describe: (_, context) => [describeSilences(context)],
});

// Null if it has ended by now.
function selectedSilence({ live, selected }: Pick<Context, 'live' | 'selected'>): Silence | null {
  return live.silences.find(({ id }) => id === selected.silence?.id) ?? null;
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
  const wanted = resultOf(view.overlay.form, view.now);
  if (typeof wanted === 'string') return viewAction({ type: 'silence', change: { type: 'problem', problem: wanted } });
  const { scope, durationMs, reason } = wanted;
  // Every silence ends.
  if (durationMs === null) return [];
  return [...viewAction(CLOSE), { type: 'silence', matcher: scope.matcher, durationMs, reason }];
}
