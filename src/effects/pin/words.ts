import type { OwnedFolder, PinProblem, WorkspaceLink } from '../../core/folder.ts';
import { shellWord } from '../../core/text.ts';
import { ownerWords } from './accounts.ts';

/** A folder and its owner as people read it: `/srv/app, owner uid 1000 (agent)`. */
export function folderWords({ path, uid }: OwnedFolder): string {
  return `${path}, owner ${ownerWords(uid)}`;
}

/** What is spoken of: the workspace's name, and the command line that pins it again. */
export type Subject = { readonly workspace: string; readonly repin: string };

/** Words what is wrong with the folder of `workspace`, and what to do. */
export function problemWords(problem: PinProblem, { workspace, repin }: Subject): string {
  return `${problemCause(problem, workspace)}; ${remedyOf(problem, repin)}`;
}

/** Words what is wrong with the folder of `workspace`. */
export function problemCause(problem: PinProblem, workspace: string): string {
  switch (problem.code) {
    case 'folder_replaced': {
      const { pinned, found, link } = problem;
      const how = link ? 'now leads through a link to' : 'is now another folder,';
      return `${workspace} ${how} ${folderWords(found)} (pinned: ${folderWords(pinned)})`;
    }
    case 'owner_changed':
      return `${workspace} has another owner: ${folderWords(problem.found)} (pinned: ${folderWords(problem.pinned)})`;
    case 'link_replaced':
      return `${workspace} is another ws-ckpt workspace: ${linkWords(problem.found)} (pinned: ${linkWords(problem.pinned)})`;
    case 'folder_missing':
      return `there is no folder ${workspace} (pinned: ${folderWords(problem.pinned)})`;
    case 'link_untrusted': {
      const { link, linkOwner, found } = problem;
      return `${workspace} leads through ${link}, a link of ${ownerWords(linkOwner)}, to ${folderWords(found)}`;
    }
    case 'writable_by_others': {
      const who = problem.by === 'everybody' ? 'everybody' : 'its group, or by an ACL others';
      return `${folderWords(problem.found)}, can be written by ${who}`;
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

/** Says what a pin was and what it becomes: for the journal and the operator's event. */
export function changeWords(from: OwnedFolder | null, to: OwnedFolder): string {
  return `${from === null ? 'not pinned before' : `was ${folderWords(from)}`}; is ${folderWords(to)}`;
}

function linkWords(link: WorkspaceLink | null): string {
  return link === null ? 'a plain folder' : `${link.id} at ${link.target}`;
}

/** The command line that pins a configured path again, in the state folder that holds the pin. */
export function repinLine(configured: string, stateDir: string): string {
  return `sightline doctor --repin ${shellWord(configured)} --state-dir ${shellWord(stateDir)}`;
}
