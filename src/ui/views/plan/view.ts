import type { Action } from '../../../core/actions.ts';
import { wordRefusal } from '../../../wording/refusals.ts';
import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  eraseAvailability,
  type Named,
  viewAction,
  CLOSE,
} from '../../app/bindings.ts';
import { checkpointsSheet } from '../checkpoints/render.ts';
import { overSheet } from '../../widgets/dialog.ts';
import { agentsAtWork, rollbackDialog } from './dialog.ts';
import { describePlan, planPages, planSheet, whyNotYet } from './render.ts';
import { type PlanForm, reducePlan } from './state.ts';
import { overlayView } from '../../app/view.ts';

const BACK = { type: 'overlay', overlay: { type: 'checkpoints' } } as const;

/** The bindings of a typed confirmation; every other key is text. */
const PLAN: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'act',
    id: 'do-it',
    label: 'run',
    help: 'run it, once the confirmation has been typed',
    footer: true,
    availability: enterAvailability,
    run: ({ view }) => {
      const action = plannedAction(planForm(view));
      return action === null ? [] : [action];
    },
  },
  {
    keys: ['tab'],
    kind: 'view',
    id: 'checkpoint-first',
    label: 'checkpoint first',
    help: 'turn the checkpoint before the rollback on or off',
    footer: true,
    availability: ({ view }) => {
      const form = planForm(view);
      if (form?.job.type !== 'rollback') return disabled('only a rollback takes a checkpoint first');
      return enabled(form.checkpointFirst ? 'off' : 'on');
    },
    run: () => viewAction({ type: 'plan', change: { type: 'toggle' } }),
  },
  {
    keys: ['ctrl-p'],
    kind: 'view',
    id: 'whole-plan',
    label: 'all files',
    help: 'the whole plan of a rollback: each file, each process, each warning; or the dialog again',
    footer: true,
    availability: ({ view }) => {
      const form = planForm(view);
      if (form?.job.type !== 'rollback') return disabled('the whole plan is shown');
      return form.whole ? enabled('', '', 'the dialog') : enabled();
    },
    run: () => viewAction({ type: 'plan', change: { type: 'whole' } }),
  },
  {
    keys: ['ctrl-o'],
    kind: 'act',
    id: 'preview',
    label: 'preview',
    help: 'take the checkpoint before the rollback now, to see exactly what would be undone',
    footer: true,
    availability: previewAvailability,
    run: ({ view }) => {
      const job = planForm(view)?.job;
      return job?.type === 'rollback' ? [{ type: 'preview', job }] : [];
    },
  },
  {
    keys: ['p'],
    kind: 'act',
    id: 'pause',
    label: 'pause',
    help: 'pause, resume the agent that works there',
    footer: true,
    // The time that is typed has digits alone.
    beforeText: (view) => planForm(view)?.job.type === 'rollback',
    availability: (context) => {
      const next = pauseNext(context);
      if (next === null) return disabled('no agent that works there can be paused');
      return next.isPaused ? enabled('', '', `resume ${next.agent}`) : enabled(next.agent, next.agent);
    },
    run: (context) => {
      const next = pauseNext(context);
      return next === null ? [] : [{ type: next.isPaused ? 'resume' : 'pause', agent: next.agent }];
    },
  },
  scrolling({ keys: ['down'], id: 'down', label: 'down', help: 'move down one line' }, () => 1),
  scrolling({ keys: ['up'], id: 'up', label: 'up', help: 'move up one line' }, () => -1),
  scrolling(
    { keys: ['pagedown', 'ctrl-d'], id: 'page-down', label: 'page down', help: 'move down one page' },
    (page) => page,
  ),
  scrolling({ keys: ['pageup', 'ctrl-u'], id: 'page-up', label: 'page up', help: 'move up one page' }, (page) => -page),
  {
    keys: ['backspace', 'delete'],
    kind: 'view',
    id: 'erase',
    label: 'erase',
    help: 'erase a character',
    availability: ({ view }) => eraseAvailability(planForm(view)?.typed ?? ''),
    run: () => viewAction({ type: 'plan', change: { type: 'erase' } }),
  },
  {
    keys: ['escape'],
    kind: 'view',
    id: 'cancel',
    label: 'cancel',
    help: 'cancel; nothing is changed',
    footer: true,
    availability: ({ view }) =>
      enabled(planForm(view)?.running === true ? 'closes this view; the operation continues' : ''),
    run: ({ view }) => viewAction(view.checkpoints === null ? CLOSE : BACK),
  },
];

// One after the other is paused; once all are, the first goes on.
function pauseNext({ view, live }: Context) {
  const form = planForm(view);
  if (form?.found?.type !== 'rollback') return null;
  const agents = agentsAtWork(form.found.plan, live);
  return (
    agents.find(({ isPaused, canPause }) => canPause && !isPaused) ?? agents.find(({ isPaused }) => isPaused) ?? null
  );
}

// Only if the current state cannot be compared and no checkpoint of it was taken yet.
function previewAvailability({ view }: Context): Availability {
  const form = planForm(view);
  if (form?.found?.type !== 'rollback') return disabled('only a rollback whose plan is shown has a preview');
  const { refusals, previewUpTo, checkpointFirst } = form.found.plan;
  if (form.running) return disabled('the operation is running');
  const [refusal] = refusals;
  if (refusal !== undefined) return disabled(`refused: ${wordRefusal(refusal)}`);
  if (previewUpTo === null || !checkpointFirst.advised) return disabled('what would be undone is already shown');
  return enabled('(takes the checkpoint now)');
}

function enterAvailability({ view }: Context): Availability {
  const form = planForm(view);
  const why = form === null ? 'no plan is open' : whyNotYet(form);
  return why === null ? enabled() : disabled(why);
}

// The folder that is pinned is the one that was shown.
function plannedAction(form: PlanForm | null): Action | null {
  if (form === null) return null;
  const { job, checkpointFirst, found } = form;
  switch (job.type) {
    case 'rollback':
      return { ...job, checkpointFirst };
    case 'init':
      return { type: 'init', workspace: job.workspace };
    case 'repin':
      return found?.type === 'repin' ? { type: 'repin', workspace: job.workspace, shown: found.plan.shown } : null;
  }
}

function planForm({ overlay }: Context['view']): PlanForm | null {
  return overlay.type === 'plan' ? overlay.form : null;
}

function scrolling(named: Named, by: (page: number) => number): Binding {
  return {
    ...named,
    kind: 'move',
    availability: () => enabled(),
    run: (context) => scroll(context, by),
  };
}

function scroll({ view, size }: Context, by: (page: number) => number): readonly ScreenAction[] {
  const form = planForm(view);
  if (form === null) return [];
  const { page, last } = planPages(form, size);
  const offset = Math.min(Math.max(0, Math.min(form.offset, last) + by(page)), last);
  return viewAction({ type: 'plan', change: { type: 'scroll', offset } });
}

/** A plan whose confirmation is typed. */
export const planView = overlayView('plan', {
  title: 'typing a confirmation',
  isWhole: true,
  wheel: 3,
  bindings: PLAN,
  typing: () => (text) => viewAction({ type: 'plan', change: { type: 'text', text } }),
  reduce: reducePlan,
  render: ({ form }, context, size, theme) => {
    const { live, view } = context;
    if (form.job.type !== 'rollback' || form.whole) return planSheet(form, view.now, size, theme);
    const asked = rollbackDialog(form, live, view.now, size, theme);
    // The list that it was opened from stands behind it.
    return view.checkpoints === null
      ? asked
      : overSheet(checkpointsSheet(view.checkpoints, { ...context, size, theme }), asked);
  },
  describe: ({ form }) => describePlan(form),
});
