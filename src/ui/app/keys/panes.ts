import { ACTING } from './acting.ts';
import { EVERYWHERE, GENERAL } from './general.ts';
import { MOVING } from './moving.ts';
import { TO_POLICY } from '../../views/policy/keys.ts';
import { RESOLVE } from '../../views/signals/resolve.ts';
import type { Binding } from '../bindings.ts';

/** All keys over the panes, in the order in which help and footer show them. */
export const PANE_KEYS: readonly Binding[] = [...ACTING, RESOLVE, TO_POLICY, ...GENERAL, ...MOVING, ...EVERYWHERE];
