/** Formats the reasons of checkpointers, each with what to do about it where we know that. */

import type {
  CheckpointerReason,
  FailedFile,
  GitReason,
  HelperReason,
  RestoreCounts,
  RestoreLimit,
} from '../core/checkpointer-reasons.ts';
import { MAX_TEXT_LENGTH } from '../core/limits.ts';
import type { Availability } from '../core/snapshots.ts';
import { cleanLine, shellWord } from '../core/text.ts';
import { counted, wordBytes } from './units.ts';
import { wordElsewhere } from './elsewhere.ts';
import { wordDistrust } from './files.ts';
import { wordPinProblem } from './folders.ts';
import { wordBy, type Wordings } from './table.ts';
import { isWsCkptProblem, wordExit, WS_CKPT, wordWsCkptCause } from './ws-ckpt.ts';

const NO_SPACE = 'no space left for snapshots: free some, or choose another --state-dir';

/** The answer of a checkpointer that has not been asked. */
export const NOT_ASKED_YET = 'the checkpointer has not answered yet';

/** Formats why a checkpointer is not available; empty where it is. */
export function wordAvailability({ state, reason }: Pick<Availability, 'state' | 'reason'>): string {
  if (reason !== null) return wordCheckpointer(reason);
  return state === 'available' ? '' : NOT_ASKED_YET;
}

/** Formats a reason without its remedy: where another checkpointer is at hand, nothing has to be done about it. */
export function wordCheckpointerCause(reason: CheckpointerReason): string {
  return isWsCkptProblem(reason) ? wordWsCkptCause(reason) : wordCheckpointer(reason);
}

/** Returns true for a reason of a checkpointer, among those of signals, workspaces and requests. */
export function isOfCheckpointer(reason: { readonly code: string }): reason is CheckpointerReason {
  return Object.hasOwn(REASONS, reason.code);
}

/** Formats a reason and its remedy in one line. */
export function wordCheckpointer(reason: CheckpointerReason): string {
  return wordBy(REASONS, reason);
}

const GIT: Wordings<GitReason> = {
  git_missing: () => 'git is not installed (install git, or put it into PATH)',
  git_too_old: (reason) => `git ${reason.version} is too old: install ${reason.needed} or newer`,
  step_failed: (reason) => `${STEPS[reason.step]}: ${wordCheckpointer(reason.why)}`,
  manifest_unreadable: () => 'the snapshot cannot be read: its manifest is damaged, or of a newer sightline',
  snapshot_damaged: (reason) =>
    `snapshot ${reason.snapshot} is damaged and cannot be restored: ${DAMAGED[reason.what]}`,
  too_many_damaged: (reason) => `more than ${reason.max} snapshots are damaged`,
  store_damaged: (reason) => reason.detail,
  root_folder: () => '/ is no workspace: name the folder of the project',
  home_folder: (reason) =>
    `${reason.workspace} is a home directory, not a workspace: name a folder inside it (--workspace)`,
  state_folder_distrusted: (reason) => `${wordDistrust(reason.why)}; give another --state-dir`,
  state_folder_no_folder: (reason) => `${reason.path} is no folder; give another --state-dir`,
  no_space: (reason) => (reason.detail === null ? NO_SPACE : `${NO_SPACE} (${reason.detail})`),
  no_permission: (reason) =>
    `no permission (${reason.detail}): run sightline as the owner of the workspace, with a --state-dir that it may write`,
  no_room: (reason) => wordNoRoom(reason),
  too_much: (reason) => wordTooMuch(reason),
  not_in_time: (reason) => wordNotInTime(reason),
  read_timed_out: (reason) => `the workspace could not be read within ${reason.afterMs / 1_000} s`,
  rollback_timed_out: (reason) => `the workspace's files were not done with within ${reason.afterMs / 60_000} min`,
  rollback_broken: (reason) =>
    `the rollback to ${reason.snapshot} ended half-way (${wordRestoreCounts(reason.counts)}); repeat it: ${wordCheckpointer(reason.why)}`,
  rolled_back_in_part: (reason) => wordPartialRollback(reason),
  path_not_in_snapshot: (reason) =>
    `${reason.path} is not in ${reason.snapshot}: it was not there then, or snapshots leave it out`,
  path_blocked: (reason) =>
    `${reason.by} is no folder now: move it away, or restore it first (${reason.path} lies in it)`,
  path_outside: (reason) => `${reason.path} is no path inside the workspace`,
  helper: (reason) => wordHelper(reason.why),
};

const REASONS: Wordings<CheckpointerReason> = {
  ...GIT,
  ...WS_CKPT,
  pin: (reason) => wordPinProblem(reason),
  other_engine: (reason) => wordElsewhere(reason),
  held_outside: (reason) => wordElsewhere(reason),
  quoted: (reason) => reason.text,
  timed_out: (reason) => TIMED_OUT[reason.program](reason.afterMs),
  shut_down: (reason) =>
    reason.before === 'snapshot' ? 'stopped before the snapshot was made' : 'ended by our own shutdown',
  not_looked_up: (reason) => `${wordCheckpointer(reason.why)}; not looked up because we are stopping`,
  not_confirmed: (reason) => `${wordExit(reason.why)} (it did not say that the snapshot was created)`,
  no_snapshot: (reason) => wordNoSnapshot(reason),
  bad_list: () => 'ws-ckpt list gave an answer that is no list of snapshots',
  diff_needs_newer: (reason) => `comparing with the workspace as it is now needs ws-ckpt ${reason.version} or newer`,
  rollback_left_over: (reason) =>
    `${reason.path} is left over from a rollback that was interrupted, and may hold the only copy of what was here: look into it, then restart ws-ckpt or remove it (btrfs subvolume delete ${shellWord(reason.path)})`,
  init_unsure: (reason) => `${wordCheckpointer(reason.why)}; look whether it was done: ws-ckpt status`,
  no_command: () => 'no command is configured: set "command" to the program and its arguments',
  command_not_runnable: (reason) =>
    `${reason.file} cannot be run: install it, make it executable, or correct "command"`,
  only_checkpoints: () => 'a command of your own can only make checkpoints; use its own tools for the rest',
  no_checkpointer: () => 'no checkpointer is chosen; choose one with --checkpointer auto',
  not_the_shown: (reason) => `${reason.workspace} is another folder than the one that was shown; see what it is now`,
  defect: (reason) => `defect in ${reason.part}: ${reason.detail}`,
};

const TIMED_OUT: Readonly<Record<(CheckpointerReason & { code: 'timed_out' })['program'], (ms: number) => string>> = {
  'ws-ckpt': (ms) => `ws-ckpt gave no answer within ${ms} ms`,
  git: (ms) => `git did not end in time (${ms} ms)`,
  command: (ms) => `not done within ${ms / 1_000} s`,
};

function wordNoSnapshot({ snapshot, workspace, newest }: CheckpointerReason & { code: 'no_snapshot' }): string {
  const text = `there is no snapshot ${snapshot} of ${workspace}`;
  if (newest === undefined) return text;
  return `${text}: ${newest === null ? 'there are none yet' : `the newest is ${newest}`}`;
}

const STEPS: Readonly<Record<(GitReason & { code: 'step_failed' })['step'], string>> = {
  list: 'cannot list the snapshots',
  compare: 'cannot compare',
  read: 'the snapshot cannot be read',
  lay_out: 'nothing was changed',
  check: 'the snapshots could not be checked',
};

/** The damaged object of a snapshot. */
const DAMAGED = {
  ref: 'its ref names no commit',
  commit: 'its commit cannot be read',
  tree: 'its tree cannot be read',
} as const;

function wordNoRoom({ bytes, freeBytes, maxUsedRatio, freeSpaceHint }: GitReason & { code: 'no_room' }): string {
  const limit = maxUsedRatio < 1 ? ` before it is ${Math.round(maxUsedRatio * 100)} % full` : '';
  return (
    `up to ${wordBytes(bytes)} would have to be stored, and the file system of the snapshots takes ` +
    `${wordBytes(Math.max(0, freeBytes))}${limit}: exclude what needs no snapshot (git.exclude), ` +
    `choose another --state-dir, or free space: ${freeSpaceHint}`
  );
}

function wordTooMuch({ files, bytes, largest, timeoutMs, goesOn }: GitReason & { code: 'too_much' }): string {
  const names = largest.map((file) => `${file.path} (${wordBytes(file.bytes)})`).join(', ');
  const next = goesOn
    ? 'reading goes on, and the next try continues from there'
    : 'the next try continues with what was read';
  return cleanLine(
    `no snapshot within ${timeoutMs / 1_000} s: ${wordAmount({ files, bytes })} to read, the largest ${names}; ` +
      `${next}; if this happens again, raise --timeout, or leave files out (git.max_file_mb, git.exclude)`,
    MAX_TEXT_LENGTH,
  );
}

function wordNotInTime({ timeoutMs, why }: GitReason & { code: 'not_in_time' }): string {
  const text = `no snapshot within ${timeoutMs / 1_000} s`;
  if (why === undefined) return text;
  return `${text}: ${why === null ? 'another run on the workspace (its first snapshot, a diff) was still under way' : wordHelper(why)}`;
}

/** Formats what a rollback changed: `3 restored, 1 deleted, 20 unchanged`. */
export function wordRestoreCounts(counts: RestoreCounts): string {
  return `${wordPlannedCounts(counts)}, ${counts.unchanged} unchanged`;
}

/** Formats what a rollback would change. */
export function wordPlannedCounts({ restored, deleted, attributes, folders }: RestoreCounts): string {
  return [
    `${restored} restored`,
    `${deleted} deleted`,
    ...(folders > 0 ? [`${counted(folders, 'folder')} made or removed`] : []),
    ...(attributes > 0 ? [`${attributes} with their permissions or times set right`] : []),
  ].join(', ');
}

function wordPartialRollback(reason: GitReason & { code: 'rolled_back_in_part' }): string {
  const { snapshot, counts, failed, failures, notRestored, changedSince = 0 } = reason;
  const text = wordRestoreCounts(counts);
  const lost = notRestored.map(wordLimit).join('; ');
  const since = changedSince === 0 ? '' : `; ${counted(changedSince, 'file')} changed since`;
  if (failed === 0) return `rolled back to ${snapshot} in part (${text}). Not restored: ${lost}${since}`;
  const some = failures.map(wordFailedFile).join('; ');
  return `rolled back to ${snapshot} but for ${counted(failed, 'file')} (${text}). Mend and repeat: ${some}${lost === '' ? '' : `; ${lost}`}`;
}

const LIMITS: Readonly<Record<RestoreLimit['what'], string>> = {
  owner: 'the owner or group of',
  set_id: 'the set-user-id or set-group-id bit of',
  mtime: 'the time of modification of',
  history: 'the git history in',
  all: 'anything of',
};

function wordLimit({ what, count: paths, examples }: RestoreLimit): string {
  return `${LIMITS[what]} ${counted(paths, 'path')} (${wordExamples(examples, paths)})`;
}

/** Formats the first of `total` names. */
export function wordExamples(examples: readonly string[], total: number): string {
  return `${examples.join(', ')}${total > examples.length ? ', …' : ''}`;
}

/** Formats an amount of files: `3 210 files, 120 MB`. */
export function wordAmount({ files, bytes }: { readonly files: number; readonly bytes: number }): string {
  return `${counted(files, 'file')}, ${wordBytes(bytes)}`;
}

/** Formats why the process that touches a workspace's files did not do what it was asked. */
export function wordHelper(reason: HelperReason): string {
  switch (reason.code) {
    case 'folder_replaced':
      return `${reason.path} is another folder now: put the right one back, or pin this one`;
    case 'folder_gone':
      return `there is no folder ${reason.path}: make it, or name another workspace`;
    case 'folder_closed':
      return `${reason.path} cannot be reached with the rights of its owner, user ${reason.uid} (${reason.error}): open the folders above it to that user`;
    case 'rights_not_dropped':
      return `root does not act in a folder of user ${reason.uid}, and its rights cannot be given up here (${reason.detail}): run sightline as that user`;
    case 'has_capabilities':
      return `this process may change other users' files, and the folder belongs to user ${reason.uid}: run sightline as that user, or without file capabilities`;
    case 'helper_not_started':
      return `the helper for the workspace's files cannot be started: ${reason.detail}`;
    case 'left_behind':
      return `${reason.count} helpers for the workspace's files hang and cannot be ended (a dead network or FUSE mount?): unmount it`;
    case 'killed':
      return `the helper for the workspace's files was killed or stopped by a signal not ours (${reason.signal})`;
    case 'stopped':
      return "the helper for the workspace's files was killed or stopped by a signal not ours (it stands still)";
    case 'stalled':
      return `the workspace's files did not answer for ${reason.afterMs / 1_000} s (a dead mount, or a starved process?)`;
    case 'ended':
      return cleanLine(
        `the helper for the workspace's files ended by itself (exit code ${reason.exitCode ?? '?'}) ${reason.stderr}`,
        MAX_TEXT_LENGTH,
      );
    case 'hostile':
      return `the helper for the workspace's files was tampered with (${reason.what}): nothing that it sent was used`;
    case 'file_error':
      return wordFailedFile({ path: 'the workspace cannot be read', error: reason.error });
  }
}

function wordFailedFile({ path, error }: FailedFile): string {
  switch (error) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `${path}: no space left (${error})`;
    case 'EACCES':
    case 'EPERM':
      return `${path}: the owner of the workspace may not (${error})`;
    case 'EROFS':
      return `${path}: read-only file system (${error})`;
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ESTALE':
      return `${path}: something else stands in its place (${error})`;
    default:
      return `${path}: ${error}`;
  }
}
