/**
 * What is wrong; and what a person has to do, with the exact command line. Nothing here is ever run by us.
 */
import { shellWord } from '../../core/text.ts';

export function initLine(workspace: string): string {
  return `ws-ckpt init --workspace=${shellWord(workspace)}`;
}

/** Frees space in the snapshot store; pinned snapshots and the newest 20 stay. */
export function freeSpaceLine(workspace: string): string {
  return `ws-ckpt cleanup --workspace=${shellWord(workspace)} --keep=20`;
}

export function notInstalled(binary: string): string {
  return `${binary} is not installed; install it, or choose --checkpointer git`;
}

export function unmanaged(workspace: string): string {
  return `${workspace} is not managed by ws-ckpt; to have it managed (its tree moves into the btrfs store, a link stays) run: ${initLine(workspace)}`;
}

export function missingWorkspace(workspace: string): string {
  return `${workspace} does not exist; create it, then run: ${initLine(workspace)}`;
}

/** `recover` overwrites what lies at the path with the store's older tree, hence the `mv`. */
export function linkReplaced(workspace: string): string {
  const path = shellWord(workspace);
  const steps = [
    `mv ${path} ${shellWord(`${workspace}.kept`)}`,
    `ws-ckpt recover --workspace=${path}`,
    initLine(workspace),
  ];
  return `${workspace} is no longer the link that ws-ckpt made; a snapshot would hold its old tree. Keep the new one and start again: ${steps.join(' && ')}`;
}

export function linkDangling(workspace: string, target: string): string {
  return `${workspace} points to ${target}, which is not there; mount the btrfs store (systemctl restart ws-ckpt), or if it is gone for good run: ${initLine(workspace)}`;
}

export const DAEMON_DOWN = 'the ws-ckpt daemon is not running; start it: systemctl start ws-ckpt (or its container)';
/** The tool says "starting up"; in truth nobody listens on a socket file that a killed daemon left. */
export const DAEMON_STALE =
  'the ws-ckpt daemon does not listen on its socket (starting, or killed); if this lasts: systemctl restart ws-ckpt';
export const DAEMON_SILENT = 'the ws-ckpt daemon does not answer; look at it: systemctl status ws-ckpt';
export const SOCKET_DENIED =
  "no permission for the ws-ckpt daemon's socket; run as a user who has it, or: sudo chmod 666 /run/ws-ckpt/ws-ckpt.sock";
