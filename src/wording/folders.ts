/** Formats folders with their owners, and what is wrong with the folder of a workspace. */

import type { PinReason } from '../core/checkpointer-reasons.ts';
import type { OwnedFolder, PinProblem, WorkspaceLink } from '../core/folder.ts';
import { shellWord } from '../core/text.ts';

/** Formats a folder and its owner: `/srv/app, owner uid 1000 (agent)`. */
export function wordFolder({ path, uid, user = null }: OwnedFolder): string {
  return `${path}, owner ${wordOwner(uid, user)}`;
}

function wordOwner(uid: number, user: string | null): string {
  return user === null ? `uid ${uid}` : `uid ${uid} (${user})`;
}

/** Formats what is wrong with the folder of a workspace, and what to do. */
export function wordPinProblem({ problem, workspace, repin }: PinReason): string {
  return `${wordPinCause(problem, workspace)}; ${remedyOf(problem, repin)}`;
}

/** Formats what is wrong with the folder of `workspace`. */
export function wordPinCause(problem: PinProblem, workspace: string): string {
  switch (problem.code) {
    case 'folder_replaced': {
      const { pinned, found, link } = problem;
      const how = link ? 'now leads through a link to' : 'is now another folder,';
      return `${workspace} ${how} ${wordFolder(found)} (pinned: ${wordFolder(pinned)})`;
    }
    case 'owner_changed':
      return `${workspace} has another owner: ${wordFolder(problem.found)} (pinned: ${wordFolder(problem.pinned)})`;
    case 'link_replaced':
      return `${workspace} is another ws-ckpt workspace: ${wordLink(problem.found)} (pinned: ${wordLink(problem.pinned)})`;
    case 'folder_missing':
      return `there is no folder ${workspace} (pinned: ${wordFolder(problem.pinned)})`;
    case 'link_untrusted': {
      const { link, linkOwner, linkUser = null, found } = problem;
      return `${workspace} leads through ${link}, a link of ${wordOwner(linkOwner, linkUser)}, to ${wordFolder(found)}`;
    }
    case 'writable_by_others': {
      const who = problem.by === 'everybody' ? 'everybody' : 'its group, or by an ACL others';
      return `${wordFolder(problem.found)}, can be written by ${who}`;
    }
    case 'control_characters':
      return `the canonical path of the workspace has control characters or is not UTF-8: ${problem.path}`;
    case 'no_answer':
      return `the file system of ${problem.path} does not answer`;
  }
}

function remedyOf(problem: PinProblem, repin: string): string {
  switch (problem.code) {
    case 'folder_replaced':
    case 'owner_changed':
    case 'link_replaced':
      return `if the new one is right, pin it again: ${repin}`;
    case 'folder_missing':
      return 'bring it back, or name another workspace';
    case 'link_untrusted':
      return `if that is intended, pin it: ${repin}`;
    case 'writable_by_others':
      return `chmod go-w ${shellWord(problem.found.path)}, or if that is intended, pin it: ${repin}`;
    case 'control_characters':
      return 'rename the folder';
    case 'no_answer':
      return 'check what is mounted there';
  }
}

/** Formats what a pin was and what it becomes: for the record of the pin and the operator's event. */
export function wordPinChange(from: OwnedFolder | null, to: OwnedFolder): string {
  return `${from === null ? 'not pinned before' : `was ${wordFolder(from)}`}; is ${wordFolder(to)}`;
}

function wordLink(link: WorkspaceLink | null): string {
  return link === null ? 'a plain folder' : `${link.id} at ${link.target}`;
}
