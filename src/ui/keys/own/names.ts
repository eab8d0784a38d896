import type { OwnKeys } from '../../view/types.ts';
import { PANE_KEYS } from '../pane-keys.ts';
import type { Binding, Place } from '../types.ts';

/** Keys that stay what they are, so that one can always leave and find help. */
const FIXED: ReadonlySet<string> = new Set(['ctrl-c', 'escape', 'enter', '?']);

/** The name of what a binding does, as the configuration calls it: `checkpoint`; of what lies over the panes `policy.change`. */
export function actionOf(place: Place, binding: Binding): string {
  const name = binding.label.replaceAll(' ', '-');
  return place === 'panes' || PANE_KEYS.includes(binding) ? name : `${place}.${name}`;
}

/** A place's bindings with the keys of the person: such a key takes the place of all the usual ones but the fixed ones. */
export function boundBy(own: OwnKeys, place: Place, bindings: readonly Binding[]): readonly Binding[] {
  return bindings.map((binding) => {
    const key = isRebindable(binding) ? own[actionOf(place, binding)] : undefined;
    return key === undefined ? binding : { ...binding, keys: [key, ...binding.keys.filter((one) => FIXED.has(one))] };
  });
}

/** Whether a person may give it another key. */
export function isRebindable({ keys }: Binding): boolean {
  return keys.some((key) => !FIXED.has(key));
}
