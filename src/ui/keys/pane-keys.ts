import { ACTING } from './acting.ts';
import { EVERYWHERE, LOOKING } from './looking.ts';
import { MOVING } from './moving.ts';
import { TO_POLICY } from './overlays/policy.ts';
import { RESOLVE } from './resolving.ts';
import { withChange } from './hints/since.ts';
import { type Binding, cannot, type Context, type Hint } from './types.ts';

/** All keys over the panes, in the order in which help and footer show them. */
export const PANE_KEYS: readonly Binding[] = [...ACTING, RESOLVE, TO_POLICY, ...LOOKING, ...MOVING, ...EVERYWHERE];

/** What a binding would do now; with `--read-only` nothing acts. */
export function hintOf(binding: Pick<Binding, 'kind' | 'hint'>, context: Context): Hint {
  if (binding.kind === 'act' && context.live.readOnly) return cannot('read-only: start without --read-only to act');
  const hint = binding.hint(context);
  return binding.kind === 'act' ? withChange(hint, context) : hint;
}
