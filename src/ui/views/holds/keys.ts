import { idOf } from '../../app/bindings.ts';
import { choicesOf, fires, heldBy, isSameHold } from './rows.ts';
import { placeName } from '../workspaces/names.ts';
import type { HoldChoice, HoldRef } from '../../app/state.ts';
import { type Binding, type Context, type Deed, type Hint, can, cannot, look } from '../../app/bindings.ts';

const CLOSE = { type: 'overlay', overlay: { type: 'none' } } as const;

/** The keys of the choice among several holds. */
export const HOLDS: readonly Binding[] = [
  {
    keys: ['enter'],
    kind: 'act',
    id: 'choose',
    label: 'choose',
    help: 'veto or fire the selected checkpoint, whichever was asked for',
    footer: true,
    hint: chooseHint,
    does: (context) => {
      const choice = choiceIn(context);
      return choice === null || choice.selected === null
        ? []
        : [
            ...look(CLOSE),
            { type: choice.action, workspace: choice.selected.workspace, heldSince: choice.selected.startedMono },
          ];
    },
  },
  stepping(['up', 'k'], 'up', 'one row up', -1),
  stepping(['down', 'j'], 'down', 'one row down', 1),
  {
    keys: ['escape', 'q'],
    kind: 'look',
    id: 'cancel',
    label: 'cancel',
    help: 'leave them all held',
    footer: true,
    hint: () => can(),
    does: () => look(CLOSE),
  },
];

/** Opens the choice; the hold that the selection belongs to is selected, else the one that fires first. */
export function chooseHold(context: Context, action: HoldChoice['action'], holds: readonly HoldRef[]): readonly Deed[] {
  const { workspace } = context.target;
  const selected = holds.find((hold) => hold.workspace === workspace?.workspace) ?? holds[0] ?? null;
  return look({ type: 'overlay', overlay: { type: 'holds', choice: { action, holds, selected } } });
}

function choiceIn({ view: { overlay } }: Context): HoldChoice | null {
  return overlay.type === 'holds' ? overlay.choice : null;
}

function chooseHint(context: Context): Hint {
  const choice = choiceIn(context);
  if (choice === null || choice.selected === null) return cannot('nothing is held any more');
  const held = heldBy(context.live, choice.selected);
  const name = placeName(choice.selected.workspace, context.live);
  if (held === null) return cannot(`the hold of ${name} is over`);
  if (choice.action === 'fire' && held.run) return cannot('refused, a checkpoint is running and decides');
  return can(`to ${choice.action} ${name}, ${fires(held, context.view.now)}`, `${choice.action} ${name}`);
}

function stepping(keys: readonly string[], label: string, help: string, by: 1 | -1): Binding {
  return {
    keys,
    kind: 'move',
    id: idOf(label),
    label,
    help,
    footer: true,
    hint: () => can(),
    does: (context) => {
      const choice = choiceIn(context);
      if (choice === null) return [];
      const holds = choicesOf(choice, context.live);
      const at = holds.findIndex((hold) => choice.selected !== null && isSameHold(hold, choice.selected));
      const selected = holds[Math.max(0, Math.min(holds.length - 1, at + by))] ?? null;
      // What is listed stays listed, in its place.
      return look({ type: 'overlay', overlay: { type: 'holds', choice: { ...choice, holds, selected } } });
    },
  };
}
