/**
 * Words what is wrong with ws-ckpt or a workspace of it, and the exact command line that helps. sightline never runs these
 * commands itself.
 */
import { shellWord } from '../core/text.ts';

/** The reason why ws-ckpt cannot be used for a workspace. */
export type WsCkptProblem =
  | { readonly code: 'not_installed'; readonly binary: string }
  | { readonly code: 'unmanaged'; readonly workspace: string }
  | { readonly code: 'workspace_missing'; readonly workspace: string }
  | { readonly code: 'link_replaced'; readonly workspace: string }
  | { readonly code: 'link_dangling'; readonly workspace: string; readonly target: string }
  | { readonly code: 'daemon_down' }
  /** The tool says "starting up"; in truth a killed daemon left its socket file. */
  | { readonly code: 'daemon_stale' }
  | { readonly code: 'daemon_silent' }
  | { readonly code: 'socket_denied' }
  | { readonly code: 'bad_status' }
  /** The text of the tool or the system itself, cleaned. */
  | { readonly code: 'quoted'; readonly text: string };

export function initLine(workspace: string): string {
  return `ws-ckpt init --workspace=${shellWord(workspace)}`;
}

/** Frees space in the snapshot store; pinned snapshots and the newest 20 stay. */
export function freeSpaceLine(workspace: string): string {
  return `ws-ckpt cleanup --workspace=${shellWord(workspace)} --keep=20`;
}

/** Words a problem and its remedy. */
export function wordWsCkptProblem(problem: WsCkptProblem): string {
  const remedy = remedyOf(problem);
  return remedy === '' ? wordWsCkptCause(problem) : `${wordWsCkptCause(problem)}; ${remedy}`;
}

/** Words a problem without its remedy: where another checkpointer is at hand, nothing has to be done about it. */
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
    case 'quoted':
      return problem.text;
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
    case 'quoted':
      return '';
  }
}

// `recover` overwrites the path with the store's older tree, hence the `mv`.
function startAgain(workspace: string): string {
  const path = shellWord(workspace);
  const kept = shellWord(`${workspace}.kept`);
  return [`mv ${path} ${kept}`, `ws-ckpt recover --workspace=${path}`, initLine(workspace)].join(' && ');
}
