/**
 * Formats what is wrong with ws-ckpt or a workspace of it, and the exact command line that helps. sightline never runs these
 * commands itself.
 */
import type { ExitReason, StartReason, WsCkptProblem } from '../core/checkpointer-reasons.ts';
import { shellWord } from '../core/text.ts';
import type { Wordings } from './table.ts';

export function initLine(workspace: string): string {
  return `ws-ckpt init --workspace=${shellWord(workspace)}`;
}

/** Frees space in the snapshot store; pinned snapshots and the newest 20 stay. */
export function freeSpaceLine(workspace: string): string {
  return `ws-ckpt cleanup --workspace=${shellWord(workspace)} --keep=20`;
}

/** The wordings of what is wrong with ws-ckpt, each with its remedy. */
export const WS_CKPT: Wordings<WsCkptProblem> = {
  not_installed: wordWsCkptProblem,
  unmanaged: wordWsCkptProblem,
  workspace_missing: wordWsCkptProblem,
  link_replaced: wordWsCkptProblem,
  link_dangling: wordWsCkptProblem,
  daemon_down: wordWsCkptProblem,
  daemon_stale: wordWsCkptProblem,
  daemon_silent: wordWsCkptProblem,
  socket_denied: wordWsCkptProblem,
  bad_status: wordWsCkptProblem,
  program_missing: wordWsCkptProblem,
  program_denied: wordWsCkptProblem,
  arguments_too_long: wordWsCkptProblem,
  no_such_folder: wordWsCkptProblem,
  not_started: wordWsCkptProblem,
  exited: wordWsCkptProblem,
};

/** Returns true for what is wrong with ws-ckpt, among the reasons of checkpointers. */
export function isWsCkptProblem(reason: { readonly code: string }): reason is WsCkptProblem {
  return Object.hasOwn(WS_CKPT, reason.code);
}

/** Formats a problem and its remedy. */
function wordWsCkptProblem(problem: WsCkptProblem): string {
  const remedy = remedyOf(problem);
  return remedy === '' ? wordWsCkptCause(problem) : `${wordWsCkptCause(problem)}; ${remedy}`;
}

/** Formats a problem without its remedy: where another checkpointer is at hand, nothing has to be done about it. */
export function wordWsCkptCause(problem: WsCkptProblem): string {
  switch (problem.code) {
    case 'not_installed':
      return `${problem.binary} is not installed`;
    case 'unmanaged':
      return `${problem.workspace} is not managed by ws-ckpt`;
    case 'workspace_missing':
      return `${problem.workspace} does not exist`;
    case 'link_replaced':
      return `${problem.workspace} is no longer the link that ws-ckpt made`;
    case 'link_dangling':
      return `${problem.workspace} points to ${problem.target}, which does not exist`;
    case 'daemon_down':
      return 'the ws-ckpt daemon is not running';
    case 'daemon_stale':
      return 'the ws-ckpt daemon does not listen on its socket (starting, or killed)';
    case 'daemon_silent':
      return 'the ws-ckpt daemon does not answer';
    case 'socket_denied':
      return "no permission for the ws-ckpt daemon's socket";
    case 'bad_status':
      return 'unexpected response: not an answer of ws-ckpt status';
    case 'exited':
      return wordExit(problem);
    case 'program_missing':
    case 'program_denied':
    case 'arguments_too_long':
    case 'no_such_folder':
    case 'not_started':
      return wordStart(problem);
  }
}

function remedyOf(problem: WsCkptProblem): string {
  switch (problem.code) {
    case 'not_installed':
      return 'install it, or choose --checkpointer git';
    case 'unmanaged':
      return `to have it managed (its tree moves into the btrfs store, a link stays) run: ${initLine(problem.workspace)}`;
    case 'workspace_missing':
      return `create it, then run: ${initLine(problem.workspace)}`;
    case 'link_replaced':
      return `a snapshot would hold its old tree; keep the new one and start again: ${startAgain(problem.workspace)}`;
    case 'link_dangling':
      return `mount the btrfs store (systemctl restart ws-ckpt), or if it is gone for good run: ${initLine(problem.workspace)}`;
    case 'daemon_down':
      return 'start it: systemctl start ws-ckpt (or its container)';
    case 'daemon_stale':
      return 'if this lasts: systemctl restart ws-ckpt';
    case 'daemon_silent':
      return 'check it: systemctl status ws-ckpt';
    case 'socket_denied':
      return 'run as a user who has it, or: sudo chmod 666 /run/ws-ckpt/ws-ckpt.sock';
    case 'bad_status':
      return 'upgrade the client and the daemon together';
    case 'exited':
    case 'program_missing':
    case 'program_denied':
    case 'arguments_too_long':
    case 'no_such_folder':
    case 'not_started':
      return '';
  }
}

// `recover` overwrites the path with the store's older tree, hence the `mv`.
function startAgain(workspace: string): string {
  const path = shellWord(workspace);
  const kept = shellWord(`${workspace}.kept`);
  return [`mv ${path} ${kept}`, `ws-ckpt recover --workspace=${path}`, initLine(workspace)].join(' && ');
}

/** Formats why a program could not be started. */
function wordStart(reason: StartReason): string {
  switch (reason.code) {
    case 'program_missing':
      return `${reason.file}: not found (install it, or put it into PATH)`;
    case 'program_denied':
      return `${reason.file}: permission denied (is it executable for this user?)`;
    case 'arguments_too_long':
      return `${reason.file}: its arguments are too long for this system`;
    case 'no_such_folder':
      return `no such directory: ${reason.path}`;
    case 'not_started':
      return `${reason.file}: cannot be started (${reason.detail})`;
  }
}

/** Formats how a program ended: `exit 1: btrfs snapshot failed: …`. */
export function wordExit({ exitCode, signal, line }: ExitReason): string {
  const how = exitCode === null ? `ended by ${signal ?? 'a signal'}` : `exit ${exitCode}`;
  return line === null ? how : `${how}: ${line}`;
}
