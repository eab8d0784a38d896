import type { Ms } from '../../../core/units.ts';
import type { EngineView } from '../../../engine/types.ts';
import {
  type Availability,
  type Binding,
  CLOSE,
  type Context,
  type ScreenAction,
  disabled,
  enabled,
  viewAction,
} from '../../app/bindings.ts';
import { formKeys } from '../../app/keys/forms.ts';
import type { ViewState } from '../../app/state.ts';
import { overlayView } from '../../app/view.ts';
import { type Line, cell, span } from '../../render/line.ts';
import type { Size } from '../../render/frame.ts';
import type { Theme } from '../../render/theme.ts';
import { count } from '../../render/values.ts';
import { DIALOG_INNER, type Sheet, dialog } from '../../widgets/dialog.ts';
import { chosenSign, describedForm, lengthLine, nameOfField, reasonLine } from '../../widgets/scope-form-lines.ts';
import { type FormAction, changeForm, endOf, resultOf, takesText, typedIn } from '../../widgets/scope-form.ts';
import { budgetName } from '../budgets/render.ts';
import { budgetHere } from '../budgets/rows.ts';
import { type AckForm, ackedHere, countOpen, newAckForm, openHere } from './scopes.ts';

declare module '../../app/state.ts' {
  interface OverlayStates {
    readonly ack: { readonly form: AckForm };
  }
  interface ViewChanges {
    readonly ack: FormAction;
  }
}

/**
 * Opens the form for what is open of the selection. Where nothing is, lets its budget be that is near its limit; else what
 * is acknowledged of it already is taken back, each at once.
 */
export const ACKNOWLEDGE: Binding = {
  keys: ['a'],
  kind: 'act',
  id: 'ack',
  label: 'ack',
  help: 'acknowledge, or take it back',
  footer: true,
  availability: ackAvailability,
  run: (context) => {
    if (openHere(context).length > 0) {
      return viewAction({ type: 'overlay', overlay: { type: 'ack', form: newAckForm(context) } });
    }
    const budget = budgetHere(context);
    if (budget !== null) {
      const { name, subject } = budget;
      return [{ type: 'budget', name, subject, change: { type: 'accept' } }];
    }
    const ids = ackedHere(context).map(({ signal }) => signal.signalId);
    return ids.length === 0 ? [] : [{ type: 'unack', scope: { ids } }];
  },
};

function ackAvailability(context: Context): Availability {
  const [open] = openHere(context);
  if (open !== undefined) return enabled(open.signal.type);
  const budget = budgetHere(context);
  if (budget !== null) return enabled(`budget ${budgetName(budget)}`, 'budget');
  const [acked] = ackedHere(context);
  if (acked !== undefined) return enabled('', '', `take back ack of ${acked.signal.type}`);
  return disabled('nothing open is selected');
}

/** The form that acknowledges. */
export const ackView = overlayView('ack', {
  title: 'an acknowledgement',
  wheel: 0,
  bindings: formKeys({
    enter: {
      keys: ['enter'],
      id: 'create',
      kind: 'act',
      label: 'acknowledge',
      help: 'acknowledge what is chosen',
      footer: true,
      availability: ({ view: { overlay } }) =>
        overlay.type === 'ack' && overlay.form.scope === null ? disabled('choose what: j and k') : enabled(),
      run: acknowledge,
    },
    cancelHelp: 'cancel; nothing is acknowledged',
    change: (change) => viewAction({ type: 'ack', change }),
    formOf: ({ view: { overlay } }) =>
      overlay.type === 'ack' ? { choices: overlay.form.scopes.length, typed: typedIn(overlay.form) } : null,
  }),
  typing: ({ overlay }) => {
    if (overlay.type !== 'ack') return null;
    const isText = takesText(overlay.form) || overlay.form.field === 'duration';
    return isText ? (text) => viewAction({ type: 'ack', change: { type: 'text', text } }) : null;
  },
  reduce: (state: ViewState, change: FormAction): ViewState =>
    state.overlay.type === 'ack'
      ? { ...state, overlay: { type: 'ack', form: changeForm(state.overlay.form, change) } }
      : state,
  render: ({ form }, { live, view: { now } }, size, theme) => ackSheet(form, live, now, size, theme),
  describe: ({ form }, { live, view: { now } }) => [describeAckForm(form, live, now)],
});

function acknowledge({ view }: Context): readonly ScreenAction[] {
  if (view.overlay.type !== 'ack') return [];
  const wanted = resultOf(view.overlay.form, view.now);
  if (typeof wanted === 'string') return viewAction({ type: 'ack', change: { type: 'problem', problem: wanted } });
  const { scope, durationMs, reason: note } = wanted;
  return [...viewAction(CLOSE), { type: 'ack', scope: scope.scope, durationMs, note }];
}

const NUMBER_WIDTH = 8;
const NOT_STOPPED = 'Checkpoints go on. A new episode or a higher severity is flagged again.';

function ackSheet(form: AckForm, view: EngineView, now: Ms, size: Size, theme: Theme): Sheet {
  const { glyphs } = theme;
  const room = DIALOG_INNER - NUMBER_WIDTH - 1;
  const end = endOf(form, now);
  const scopes = form.scopes.map(({ label, scope }, at): Line => [
    cell(` ${at === form.scope ? chosenSign(theme) : '( )'} ${label}`, room, { glyphs }),
    cell(count(countOpen(scope, view, now)), NUMBER_WIDTH, { glyphs, align: 'start' }),
  ]);
  return dialog({
    title: 'Acknowledge',
    footLeft: end === null ? 'Enter acknowledge' : `Enter acknowledge until ${end}`,
    foot: `Tab next field ${glyphs.dot} Esc cancel`,
    lines: [
      [],
      [
        cell('     SEEN, TAKE IT OFF THE ALERT LINE', room, { glyphs, tone: 'dim' }),
        cell('OPEN NOW', NUMBER_WIDTH, { glyphs, tone: 'dim', align: 'start' }),
      ],
      ...scopes,
      [],
      [nameOfField(form, 'duration', 'until', theme), ...lengthLine(form, theme)],
      [nameOfField(form, 'reason', 'note', theme), reasonLine(form, theme)],
      [],
      form.problem === null ? [span(` ${NOT_STOPPED}`)] : [span(` ${glyphs.failed} ${form.problem}`, 'critical')],
    ],
    selected: form.field === 'scope' && form.scope !== null ? 2 + form.scope : -1,
    size,
    theme,
  });
}

function describeAckForm(form: AckForm, view: EngineView, now: Ms): string {
  const { scope, duration, reason, problem } = describedForm(form);
  const chosen = form.scope === null ? undefined : form.scopes[form.scope];
  const open = chosen === undefined ? '' : `; ${countOpen(chosen.scope, view, now)} open now`;
  return `${problem}acknowledge ${scope}${open}; until ${duration}; note ${reason}; at ${form.field}; ${NOT_STOPPED} enter acknowledges, escape cancels, tab goes to the next field, up and down choose what, left and right until when`;
}
