/** Formats why a shell or an editor is not opened, and how it ended. */
import type { Guest, GuestEnd, GuestRefusal } from '../core/guest.ts';
import type { OwnedFolder } from '../core/folder.ts';
import type { Mode } from '../core/signals.ts';
import { shellWord } from '../core/text.ts';
import { wordFolder, wordPinCause } from './folders.ts';

/** Formats what a person reads before a shell or an editor has the terminal: where it is, and what goes on without the screen. */
export function wordGuestGreeting(
  { workspace, file }: Guest,
  owner: OwnedFolder,
  { mode, workspaces }: Pick<EngineFacts, 'mode' | 'workspaces'>,
): string {
  const what = file === null ? 'shell' : 'editor';
  const held = workspaces.filter(({ hold }) => hold !== null).length;
  const acts = mode === 'observe' ? 'watching goes on' : `watching goes on, and checkpoints fire (${mode})`;
  const now = held === 0 ? '' : `; ${held === 1 ? 'one is' : `${held} are`} held now`;
  return `sightline: ${what} in ${wordFolder({ ...owner, path: workspace })}; ${acts}${now}; ${file === null ? 'exit' : 'leave it'} to come back`;
}

type EngineFacts = { readonly mode: Mode; readonly workspaces: readonly { readonly hold: object | null }[] };

/** Formats the reason why no program is lent the terminal, and what to do. */
export function wordGuestRefusal(refusal: GuestRefusal): string {
  switch (refusal.code) {
    case 'no_folder':
      return `there is no folder ${refusal.workspace}`;
    case 'foreign_folder':
      return `${wordFolder(refusal.folder)}, is another user's: only root can take the owner's rights`;
    case 'root_folder':
      return `root owns it, and what it configures would run as root; by hand: cd ${shellWord(refusal.workspace)}`;
    case 'doubtful_folder':
      return wordPinCause(refusal.problem, refusal.workspace);
    case 'replaced_folder':
      return `${refusal.workspace} is another folder now, ${wordFolder(refusal.found)}; p accepts it`;
    case 'file_outside':
      return refusal.file.includes('�')
        ? `a part of the name ${refusal.file} is not known`
        : `${refusal.file} is not in the workspace`;
    case 'no_own_terminal':
      return 'script(1) is missing, which gives it a terminal of its own; install util-linux';
    case 'no_terminal':
      return 'this screen has no terminal to lend';
    case 'other_folder':
      return `the folder was replaced meanwhile: ${refusal.detail}`;
    case 'no_account':
      return `the owner has no account: ${refusal.detail}`;
    case 'no_login_shell':
      return `${refusal.detail} is no shell of /etc/shells`;
    case 'no_editor':
      return `no editor is found: ${refusal.detail}`;
    case 'file_gone':
      return `there is no file ${refusal.detail} any more`;
    case 'file_not_plain':
      return `${refusal.detail} is a link, or no plain file`;
    case 'rights_kept':
      return `the rights of root cannot be given up: ${refusal.detail}`;
    case 'not_started':
      return `it was not started: ${refusal.detail}`;
  }
}

/** Formats the end of a guest where it was no plain one; '' for a success. */
export function wordGuestEnd({ code, signal }: GuestEnd): string {
  if (signal !== null) return `ended by ${signal}`;
  return code === 0 || code === null ? '' : `exit ${code}`;
}
