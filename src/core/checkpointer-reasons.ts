/** Reasons of checkpointers as data: why one is unavailable, why a snapshot, a list, a diff or a rollback is no success. */

import type { PinProblem } from './folder.ts';
import type { Distrust } from './errno.ts';
import type { Quoted } from './result.ts';
import type { Elsewhere } from './runs.ts';
import type { Ms } from './units.ts';

/** A program could not be started. */
export type StartReason =
  | { readonly code: 'program_missing' | 'program_denied' | 'arguments_too_long'; readonly file: string }
  | { readonly code: 'no_such_folder'; readonly path: string }
  | { readonly code: 'not_started'; readonly file: string; readonly detail: string };

/** The end of a program: its code, or the signal that ended it, and the line of its output that explains why. */
export type ExitReason = {
  readonly code: 'exited';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly line: string | null;
};

/** The reason why ws-ckpt cannot be used for a workspace. */
export type WsCkptProblem =
  | { readonly code: 'not_installed'; readonly binary: string }
  | { readonly code: 'unmanaged' | 'workspace_missing' | 'link_replaced'; readonly workspace: string }
  | { readonly code: 'link_dangling'; readonly workspace: string; readonly target: string }
  | { readonly code: 'daemon_down' }
  /** The tool reports "starting up"; in truth a killed daemon left its socket file. */
  | { readonly code: 'daemon_stale' }
  | { readonly code: 'daemon_silent' }
  | { readonly code: 'socket_denied' }
  | { readonly code: 'bad_status' }
  | StartReason
  /** Its own text, where they are none that we know. */
  | ExitReason;

/** The reason why the process that touches a workspace's files with its owner's rights did not do what it was asked. */
export type HelperReason =
  /** Another folder stands at the path, or a link. */
  | { readonly code: 'folder_replaced' | 'folder_gone'; readonly path: string }
  | { readonly code: 'folder_closed'; readonly path: string; readonly uid: number; readonly error: string }
  /** We are root, the folder is not root's, and this system cannot take another user's rights. */
  | { readonly code: 'rights_not_dropped'; readonly uid: number; readonly detail: string }
  /** We are not root, but may read or change other users' files. */
  | { readonly code: 'has_capabilities'; readonly uid: number }
  | { readonly code: 'helper_not_started'; readonly detail: string }
  /** `count` earlier ones hang and cannot be ended. */
  | { readonly code: 'left_behind'; readonly count: number }
  /** Ended by a signal that was not ours. */
  | { readonly code: 'killed'; readonly signal: string }
  /** Stopped (SIGSTOP) by a signal that was not ours. */
  | { readonly code: 'stopped' }
  | { readonly code: 'stalled'; readonly afterMs: Ms }
  | { readonly code: 'ended'; readonly exitCode: number | null; readonly stderr: string }
  /** It sent what no helper of ours sends. */
  | { readonly code: 'hostile'; readonly what: string }
  /** The workspace's root cannot be listed, or the like. */
  | { readonly code: 'file_error'; readonly error: string };

/** The numbers of a rollback, in files and links; folders are counted apart. */
export type RestoreCounts = {
  /** Written. */
  readonly restored: number;
  readonly deleted: number;
  /** Those of which permissions, owner or time alone was set right. */
  readonly attributes: number;
  /** Folders that were made or removed. */
  readonly folders: number;
  /** Files and links that were right already. */
  readonly unchanged: number;
};

/**
 * Something that a rollback cannot restore: owner or group, set-user-id and set-group-id bits, the time of modification,
 * the history of a git repository that is gone, or all of a path.
 */
export type RestoreLimit = {
  readonly what: 'owner' | 'set_id' | 'mtime' | 'history' | 'all';
  /** Paths that it concerns, and the first few of them. */
  readonly count: number;
  readonly examples: readonly string[];
};

/** A file that could not be restored, with the code of the system's error. */
export type FailedFile = { readonly path: string; readonly error: string };

/** The reason why the git checkpointer did not do what it was asked. */
export type GitReason =
  | { readonly code: 'git_missing' }
  | { readonly code: 'git_too_old'; readonly version: string; readonly needed: string }
  /** A step of a longer task failed; `compare`, `read`, `lay_out`: nothing was changed. */
  | {
      readonly code: 'step_failed';
      readonly step: 'list' | 'compare' | 'read' | 'lay_out' | 'check';
      readonly why: CheckpointerReason;
    }
  | { readonly code: 'manifest_unreadable' }
  /** The kind of the snapshot's object that is damaged. */
  | { readonly code: 'snapshot_damaged'; readonly snapshot: string; readonly what: 'ref' | 'commit' | 'tree' }
  | { readonly code: 'too_many_damaged'; readonly max: number }
  /** The lack of the store, as git reports it. */
  | { readonly code: 'store_damaged'; readonly detail: string }
  | { readonly code: 'root_folder' }
  | { readonly code: 'home_folder'; readonly workspace: string }
  | { readonly code: 'state_folder_distrusted'; readonly why: Distrust }
  | { readonly code: 'state_folder_no_folder'; readonly path: string }
  /** `detail`: the system's text, null where there are none. */
  | { readonly code: 'no_space'; readonly detail: string | null }
  | { readonly code: 'no_permission'; readonly detail: string }
  /** `maxUsedRatio`: how full the store's file system may become, 0…1. */
  | {
      readonly code: 'no_room';
      readonly bytes: number;
      readonly freeBytes: number;
      readonly maxUsedRatio: number;
      readonly freeSpaceHint: string;
    }
  /** More has changed than can be read before the deadline. `goesOn`: reading goes on without one. */
  | {
      readonly code: 'too_much';
      readonly files: number;
      readonly bytes: number;
      readonly largest: readonly { readonly path: string; readonly bytes: number }[];
      readonly timeoutMs: Ms;
      readonly goesOn: boolean;
    }
  /** `why`: what kept it, null where another run on the workspace did; left out where nothing is known. */
  | { readonly code: 'not_in_time'; readonly timeoutMs: Ms; readonly why?: HelperReason | null }
  | { readonly code: 'read_timed_out' | 'rollback_timed_out'; readonly afterMs: Ms }
  /** The rollback ended half-way. */
  | {
      readonly code: 'rollback_broken';
      readonly snapshot: string;
      readonly counts: RestoreCounts;
      readonly why: CheckpointerReason;
    }
  /** `failed`: the number of files that could not be restored, the first of which are `failures`. */
  | {
      readonly code: 'rolled_back_in_part';
      readonly snapshot: string;
      readonly counts: RestoreCounts;
      readonly failed: number;
      readonly failures: readonly FailedFile[];
      readonly notRestored: readonly RestoreLimit[];
      /** Files that were written again by its end; absent where that is not known. */
      readonly changedSince?: number;
    }
  /** A path that is to be restored is not in the snapshot: it was not there then, or was left out. */
  | { readonly code: 'path_not_in_snapshot'; readonly path: string; readonly snapshot: string }
  /** A file or a link stands where a folder of the path has to be. */
  | { readonly code: 'path_blocked'; readonly path: string; readonly by: string }
  /** It names no path inside the workspace. */
  | { readonly code: 'path_outside'; readonly path: string }
  | { readonly code: 'helper'; readonly why: HelperReason };

/** The workspace's folder is not the pinned one; `repin`: the command line that pins it again. */
export type PinReason = {
  readonly code: 'pin';
  readonly problem: PinProblem;
  readonly workspace: string;
  readonly repin: string;
};

/** The reason why a checkpointer does nothing, or why what it did was no success. */
export type CheckpointerReason =
  | WsCkptProblem
  | GitReason
  | PinReason
  | Elsewhere
  | Quoted
  | { readonly code: 'timed_out'; readonly program: 'ws-ckpt' | 'git' | 'command'; readonly afterMs: Ms }
  /** Ended by our own shutdown; `before`: what would have been done next, as far as something was begun. */
  | { readonly code: 'shut_down'; readonly before?: 'snapshot' }
  /** The outcome is unknown, and was not looked up because we are stopping. */
  | { readonly code: 'not_looked_up'; readonly why: CheckpointerReason }
  | { readonly code: 'not_confirmed'; readonly why: ExitReason }
  /** `newest`: the newest snapshot that there is, null for none; left out where that is not known. */
  | {
      readonly code: 'no_snapshot';
      readonly snapshot: string;
      readonly workspace: string;
      readonly newest?: string | null;
    }
  | { readonly code: 'bad_list' }
  | { readonly code: 'diff_needs_newer'; readonly version: string }
  /** The folder that an interrupted rollback moved aside, which may hold the only copy. */
  | { readonly code: 'rollback_left_over'; readonly path: string }
  /** It may have been done all the same. */
  | { readonly code: 'init_unsure'; readonly why: CheckpointerReason }
  | { readonly code: 'no_command' }
  | { readonly code: 'command_not_runnable'; readonly file: string }
  | { readonly code: 'only_checkpoints' }
  | { readonly code: 'no_checkpointer' }
  /** Another folder than the one that the operator was shown. */
  | { readonly code: 'not_the_shown'; readonly workspace: string }
  /** A defect of ours. */
  | { readonly code: 'defect'; readonly part: string; readonly detail: string };

/** A finding in a store of git's: damage, or a damaged store that was put aside with what can be restored from it. */
export type StoreFinding =
  | CheckpointerReason
  | {
      readonly code: 'store_set_aside';
      readonly at: Ms;
      readonly detail: string;
      readonly dir: string;
      /** Those that can be read. */
      readonly snapshots: readonly string[];
    };

/** Returns true where what was not done as a whole has changed files all the same. */
export function hasChangedFiles({ code }: { readonly code: string }): boolean {
  return code === 'rolled_back_in_part' || code === 'rollback_broken';
}
