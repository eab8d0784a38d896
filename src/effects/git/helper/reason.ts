import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import { MAX_LEFT_BEHIND, STALL_MS } from '../limits.ts';

/** Why a helper did not do what it was asked. */
export type HelperReason =
  /** Another folder stands at the path, or a link. */
  | { readonly code: 'folder_replaced' | 'folder_gone'; readonly path: string }
  | { readonly code: 'folder_closed'; readonly path: string; readonly uid: number; readonly error: string }
  /** We are root, the folder is not root's, and this system cannot take another user's rights. */
  | { readonly code: 'rights_not_dropped'; readonly uid: number; readonly detail: string }
  /** We are not root, but may read or change other users' files. */
  | { readonly code: 'has_capabilities'; readonly uid: number }
  | { readonly code: 'not_started'; readonly detail: string }
  | { readonly code: 'left_behind' }
  /** Ended by a signal that was not ours. */
  | { readonly code: 'killed'; readonly signal: string }
  /** Stopped (SIGSTOP) by a signal that was not ours. */
  | { readonly code: 'stopped' }
  | { readonly code: 'stalled' }
  | { readonly code: 'ended'; readonly exitCode: number | null; readonly stderr: string }
  /** It sent what no helper of ours sends. */
  | { readonly code: 'hostile'; readonly what: string }
  /** The workspace's root cannot be listed, or the like. */
  | { readonly code: 'file_error'; readonly error: string };

/** A reason as an error, for the way up. */
export class HelperError extends Error {
  readonly reason: HelperReason;

  constructor(reason: HelperReason) {
    super(describeReason(reason));
    this.name = 'HelperError';
    this.reason = reason;
  }

  /** Is the workspace out of reach as a whole, so that trying is no failure? */
  get isUnavailable(): boolean {
    return UNAVAILABLE.has(this.reason.code);
  }
}

const UNAVAILABLE: ReadonlySet<HelperReason['code']> = new Set([
  'folder_replaced',
  'folder_gone',
  'folder_closed',
  'rights_not_dropped',
  'has_capabilities',
  'not_started',
  'left_behind',
]);

/** Words a reason in one line. */
export function describeReason(reason: HelperReason): string {
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
    case 'not_started':
      return `the helper for the workspace's files cannot be started: ${reason.detail}`;
    case 'left_behind':
      return `${MAX_LEFT_BEHIND} helpers for the workspace's files hang and cannot be ended (a dead network or FUSE mount?): unmount it`;
    case 'killed':
      return `the helper for the workspace's files was killed or stopped by a signal not ours (${reason.signal})`;
    case 'stopped':
      return "the helper for the workspace's files was killed or stopped by a signal not ours (it stands still)";
    case 'stalled':
      return `the workspace's files did not answer for ${STALL_MS / 1_000} s (a dead mount, or a starved process?)`;
    case 'ended':
      return cleanLine(
        `the helper for the workspace's files ended by itself (exit code ${reason.exitCode ?? '?'}) ${reason.stderr}`,
        MAX_TEXT_LENGTH,
      );
    case 'hostile':
      return `the helper for the workspace's files was tampered with (${reason.what}): nothing that it sent was used`;
    case 'file_error':
      return describeFileError(reason.error, 'the workspace cannot be read');
  }
}

/** The code of an error of the workspace's files as a reason; `what` says what it came of. */
export function describeFileError(code: string, what: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `${what}: no space left (${code})`;
    case 'EACCES':
    case 'EPERM':
      return `${what}: the owner of the workspace may not (${code})`;
    case 'EROFS':
      return `${what}: read-only file system (${code})`;
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ESTALE':
      return `${what}: something else stands in its place (${code})`;
    default:
      return `${what}: ${code}`;
  }
}
