import {
  type ScreenAction,
  type Availability,
  type Binding,
  type Context,
  disabled,
  enabled,
  type Named,
  viewAction,
  CLOSE,
} from '../../app/bindings.ts';
import { type HoldChoice, choicesOf, fires, heldBy, isSameHold } from './rows.ts';
import { placeName } from '../workspaces/names.ts';
import type { HoldRef } from '../../app/state.ts';
import { overlayView } from '../../app/view.ts';
import { describeHolds, holdsSheet } from './render.ts';

/** The bindings of the choice among several holds. */
const HOLDS: readonly Binding[] = [
  {
    keys: ['enter', 'x', 'f'],
    kind: 'act',
    id: 'choose',
    label: 'choose',
    help: 'veto or fire the selected checkpoint, as requested',
    footer: true,
    availability: chooseAvailability,
    run: (context) => {
      const choice = choiceIn(context);
      return choice === null || choice.selected === null
        ? []
        : [
            ...viewAction(CLOSE),
            { type: choice.action, workspace: choice.selected.workspace, heldSince: choice.selected.startedMono },
          ];
    },
  },
  {
    keys: ['a'],
    kind: 'act',
    id: 'all',
    label: 'all of them',
    help: 'veto or fire all of them',
    footer: true,
    availability: (context) => {
      const choice = choiceIn(context);
      const holds = choice === null ? [] : choicesOf(choice, context.live);
      return holds.length === 0 ? disabled('no checkpoint is held now') : enabled();
    },
    run: (context) => {
      const choice = choiceIn(context);
      if (choice === null) return [];
      const all = choicesOf(choice, context.live).map(({ workspace, startedMono }): ScreenAction => {
        return { type: choice.action, workspace, heldSince: startedMono };
      });
      return [...viewAction(CLOSE), ...all];
    },
  },
  stepping({ keys: ['up', 'k'], id: 'up', label: 'up', help: 'move up one row' }, -1),
  stepping({ keys: ['down', 'j'], id: 'down', label: 'down', help: 'move down one row' }, 1),
  {
    keys: ['escape', 'q'],
    kind: 'view',
    id: 'cancel',
    label: 'cancel',
    help: 'cancel; all checkpoints stay held',
    footer: true,
    availability: () => enabled(),
    run: () => viewAction(CLOSE),
  },
];

/** Opens the choice with the hold selected that fires first. */
export function chooseHold(action: HoldChoice['action'], holds: readonly HoldRef[]): readonly ScreenAction[] {
  const selected = holds[0] ?? null;
  return viewAction({ type: 'overlay', overlay: { type: 'holds', choice: { action, holds, selected } } });
}

function choiceIn({ view: { overlay } }: Context): HoldChoice | null {
  return overlay.type === 'holds' ? overlay.choice : null;
}

function chooseAvailability(context: Context): Availability {
  const choice = choiceIn(context);
  if (choice === null || choice.selected === null) return disabled('no checkpoint is held now');
  const held = heldBy(context.live, choice.selected);
  const name = placeName(choice.selected.workspace, context.live);
  if (held === null) return disabled(`${name} fired, or was decided: nothing is marked; j marks another`);
  if (choice.action === 'fire' && held.run) return disabled('refused: a checkpoint is running; its result decides');
  return enabled(`to ${choice.action} ${name}, ${fires(held, context.view.now)}`, `${choice.action} ${name}`);
}

function stepping(named: Named, by: 1 | -1): Binding {
  return {
    ...named,
    kind: 'move',
    footer: true,
    availability: () => enabled(),
    run: (context) => {
      const choice = choiceIn(context);
      if (choice === null) return [];
      const holds = choicesOf(choice, context.live);
      const at = holds.findIndex((hold) => choice.selected !== null && isSameHold(hold, choice.selected));
      const selected = holds[Math.max(0, Math.min(holds.length - 1, at + by))] ?? null;
      // Listed holds keep their positions.
      return viewAction({ type: 'overlay', overlay: { type: 'holds', choice: { ...choice, holds, selected } } });
    },
  };
}

/** The choice among several holds. */
export const holdsView = overlayView('holds', {
  title: 'a choice of holds',
  shares: 'help',
  bindings: HOLDS,
  render: ({ choice }, { live, view: { now } }, size, theme) => holdsSheet(choice, live, now, size, theme),
  describe: ({ choice }, context) => describeHolds(choice, context),
});
