import { MIN_COLUMNS, MIN_ROWS } from '../../../core/limits.ts';
import { ACTING } from './acting.ts';
import { EVERYWHERE, LOOKING } from './looking.ts';
import { MOVING } from './moving.ts';
import { TO_POLICY } from '../../views/policy/keys.ts';
import { RESOLVE } from '../../views/signals/resolve.ts';
import { withChange } from '../key-context.ts';
import { type Binding, type Context, type Hint, cannot } from '../bindings.ts';

/** All keys over the panes, in the order in which help and footer show them. */
export const PANE_KEYS: readonly Binding[] = [...ACTING, RESOLVE, TO_POLICY, ...LOOKING, ...MOVING, ...EVERYWHERE];

/** What a binding would do now; with `--read-only` nothing acts, nor does what is out of sight in a small window. */
export function hintOf(binding: Pick<Binding, 'kind' | 'hint' | 'guarded'>, context: Context): Hint {
  const { live, layout, view } = context;
  if (binding.kind === 'act' && live.readOnly) return cannot('read-only: start without --read-only to act');
  const acts = binding.kind === 'act' || binding.guarded === true;
  if (acts && layout.type === 'line' && view.overlay.type !== 'none') {
    return cannot(`what it is about is not shown: the window needs ${MIN_COLUMNS}x${MIN_ROWS}`);
  }
  const hint = binding.hint(context);
  return binding.kind === 'act' ? withChange(hint, context) : hint;
}
