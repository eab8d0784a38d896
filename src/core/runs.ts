/** What may be at work in a workspace: the kinds of runs, and the owner of its lock. */

import type { Ms } from './units.ts';

/** An operator's work on the whole workspace, which is no checkpoint. */
export type OperationKind = 'rollback' | 'init';

export const RUN_KINDS = ['auto', 'manual', 'baseline', 'rollback', 'init'] as const satisfies readonly (
  'auto' | 'manual' | 'baseline' | OperationKind
)[];

export type RunKind = (typeof RUN_KINDS)[number];

/** The owner of another engine's lock on a workspace. */
export type Owner = { readonly user: string; readonly pid: number; readonly startedAt: Ms };
