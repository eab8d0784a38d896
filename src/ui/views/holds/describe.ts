import type { Context } from '../../app/bindings.ts';
import { choicesOf, fires, heldBy, isSameHold } from './rows.ts';
import type { HoldChoice } from '../../app/state.ts';

/** Describes the holds to choose from. */
export function describeHolds(choice: HoldChoice, { live, view }: Context): readonly string[] {
  const listed = choicesOf(choice, live).map((hold) => {
    const held = heldBy(live, hold);
    const isSelected = choice.selected !== null && isSameHold(hold, choice.selected);
    return `${isSelected ? 'selected: ' : ''}${hold.workspace}, ${held === null ? 'over' : fires(held, view.now)}`;
  });
  return [...listed, `up and down select, enter is to ${choice.action} the selected one, escape leaves them`];
}
