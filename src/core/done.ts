/** Results of operations that succeeded, and the reasons of operators' actions, as data; `src/wording/done.ts` formats them. */

import type { Budget, BudgetChange } from './budgets.ts';
import type { RestoreCounts } from './checkpointer-reasons.ts';
import type { OwnedFolder } from './folder.ts';
import type { PauseCause, PauseEnd, PauseRefusal } from './pauses.ts';
import type { Ms } from './units.ts';

/** A folder that was pinned, with the one that was pinned before; `from` is null where there was none. */
export type PinMove = { readonly from: OwnedFolder | null; readonly to: OwnedFolder };

/** The result of an operation that succeeded. */
export type Done =
  /** `counts`: null where the tool reports none. */
  | {
      readonly code: 'rolled_back';
      readonly snapshot: string;
      readonly counts: RestoreCounts | null;
      /** The workspace, where the tool replaced the whole folder: what runs inside must be restarted. */
      readonly replaced: string | null;
      /** Files that differ from the snapshot again, because something still writes. */
      readonly changedSince?: number;
    }
  /** Single files and folders of a snapshot. */
  | {
      readonly code: 'restored';
      readonly snapshot: string;
      readonly paths: readonly string[];
      readonly counts: RestoreCounts;
    }
  /** A checkpoint. */
  | { readonly code: 'created'; readonly snapshot: string }
  /** `freesLater`: the space comes back with the tool's next cleaning. */
  | { readonly code: 'removed'; readonly snapshot: string; readonly freesLater: boolean }
  /** `target`: the folder with the workspace's files, where a link has replaced it; null where none has. */
  | {
      readonly code: 'initialized';
      readonly workspace: string;
      readonly id: string;
      readonly target: string | null;
      /** The checkpointer that is used from now on, and the one before it. */
      readonly switched?: { readonly now: string; readonly before: string };
    }
  | ({ readonly code: 'repinned' } & PinMove)
  | { readonly code: 'resolved'; readonly type: string; readonly agent: string; readonly sources: readonly string[] }
  /** Old records that are being read; `from`: back to where all will have been read, Unix ms. */
  | { readonly code: 'older'; readonly files: number; readonly bytes: number; readonly from: Ms }
  /** The engine has taken an action, and notices report what comes of it; `target` is its subject: of a silence the id. */
  | { readonly code: 'accepted'; readonly target: string }
  | {
      readonly code: 'paused';
      readonly agent: string | null;
      /** The leaders of the groups that are stopped, and the number of processes in them. */
      readonly pids: readonly number[];
      readonly processes: number;
      /** Processes that they started in groups of their own: these go on. */
      readonly others: number;
      /** One of them had the foreground of a terminal: its shell has it now. */
      readonly foreground: boolean;
      readonly resumesAt: Ms;
      readonly cause: PauseCause;
      /** Given by the operator. */
      readonly note: string | null;
      /** Why others of its processes were not stopped. */
      readonly refused: readonly PauseRefusal[];
    }
  | { readonly code: 'resumed'; readonly pids: readonly number[]; readonly why: PauseEnd }
  /** A checkpointer of an embedding program gave its own text. */
  | { readonly code: 'quoted'; readonly text: string };

/** The reason or result that an operator's action is recorded with. */
export type OperatorReason =
  | Done
  /** Given by the operator, or by the front end that acted for them. */
  | { readonly code: 'given'; readonly text: string }
  | { readonly code: 'policy_rule'; readonly scope: 'type' | 'severity'; readonly action: string | null }
  /** `limit` in decimal digits: picodollars, or tokens. */
  | {
      readonly code: 'budget_changed';
      readonly change: BudgetChange['type'];
      readonly unit: Budget['unit'];
      readonly limit: string;
    }
  /** The engine that acted on the workspace has ended. */
  | { readonly code: 'owner_gone' };

/** Returns the reason that an operator gave; null where none was given. */
export function given(text: string | null): OperatorReason | null {
  return text === null ? null : { code: 'given', text };
}
