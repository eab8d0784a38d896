import type { OwnKeys } from '../view/types.ts';
import { ACTING } from './acting.ts';
import { EVERYWHERE, LOOKING } from './looking.ts';
import { MOVING } from './moving.ts';
import { TO_POLICY } from './overlays/policy.ts';
import { RESOLVE } from './resolving.ts';
import { type Binding, cannot, type Context, type Hint } from './types.ts';

/** All keys over the panes, in the order in which help and footer show them. */
export const PANE_KEYS: readonly Binding[] = [...ACTING, RESOLVE, TO_POLICY, ...LOOKING, ...MOVING, ...EVERYWHERE];

/** Keys that stay what they are, so that one can always leave and find help. */
const FIXED: ReadonlySet<string> = new Set(['ctrl-c', 'escape', 'enter', '?']);

/** The name of what a binding does, as the configuration calls it. */
export function actionOf({ label }: Pick<Binding, 'label'>): string {
  return label.replaceAll(' ', '-');
}

/** The bindings that a person may give another key. */
export function rebindable(): readonly Binding[] {
  return PANE_KEYS.filter(({ keys }) => !keys.some((key) => FIXED.has(key)));
}

const known = new WeakMap<OwnKeys, readonly Binding[]>();

/** All keys over the panes with the ones of the person: such a key takes the place of all the usual ones. */
export function paneKeys(own: OwnKeys): readonly Binding[] {
  const bindings =
    known.get(own) ??
    PANE_KEYS.map((binding) => {
      const key = FIXED.has(binding.keys[0] ?? '') ? undefined : own[actionOf(binding)];
      return key === undefined ? binding : { ...binding, keys: [key] };
    });
  known.set(own, bindings);
  return bindings;
}

/** What a binding would do now; with `--read-only` nothing acts. */
export function hintOf(binding: Pick<Binding, 'kind' | 'hint'>, context: Context): Hint {
  if (binding.kind === 'act' && context.live.readOnly) return cannot('read-only: start without --read-only to act');
  return binding.hint(context);
}
