/** The work in a workspace: the kinds of runs, and the owner of its lock. */

import type { Ms } from './units.ts';

/** An operator's work on the workspace, which is no checkpoint. `restore`: on some of its paths. */
export type OperationKind = 'rollback' | 'restore' | 'init';

export const RUN_KINDS = ['auto', 'manual', 'baseline', 'rollback', 'restore', 'init'] as const satisfies readonly (
  'auto' | 'manual' | 'baseline' | OperationKind
)[];

export type RunKind = (typeof RUN_KINDS)[number];

/** The owner of another engine's lock on a workspace. */
export type Owner = { readonly user: string; readonly pid: number; readonly startedAt: Ms };

/** Something else acts on the workspace instead of this engine. */
export type Elsewhere =
  | { readonly code: 'other_engine'; readonly owner: Owner }
  /** A process that cannot be seen from here holds the folder. */
  | { readonly code: 'held_outside' };

/** A note for the operator on a lock that was taken. */
export type LockNote =
  | {
      readonly type: 'stranger';
      readonly what: 'folder' | 'socket';
      readonly pid: number | null;
      readonly uid: number | null;
    }
  | { readonly type: 'without_flock' }
  | { readonly type: 'without_folder'; readonly reason: string }
  | { readonly type: 'without_record'; readonly reason: string };
