/** A program that has the terminal for a while: a shell in a workspace, or an editor at one of its files. Plain data. */
import type { OwnedFolder, PinProblem } from './folder.ts';

export type Guest = {
  /** The workspace by its name, and the folder that it was pinned to; null before it was pinned. */
  readonly workspace: string;
  readonly folder: OwnedFolder | null;
  /** The file that an editor opens: absolute, or relative to the workspace. Null for a shell. */
  readonly file: string | null;
};

/** The end of a guest. */
export type GuestEnd = { readonly code: number | null; readonly signal: string | null };

/** The reasons that the guest's own process finds, with the rights of the folder's owner. */
export const GUEST_PROBLEMS = [
  'other_folder',
  'no_account',
  'no_login_shell',
  'no_editor',
  'file_gone',
  'file_not_plain',
  'rights_kept',
] as const;

export type GuestProblem = (typeof GUEST_PROBLEMS)[number];

/** The reason why a guest is not let in. */
export type GuestRefusal =
  | { readonly code: 'no_folder'; readonly workspace: string }
  /** The folder is another user's, whose rights we cannot take. */
  | { readonly code: 'foreign_folder'; readonly folder: OwnedFolder }
  /** It would run with root's rights what the folder configures. */
  | { readonly code: 'root_folder'; readonly workspace: string }
  | { readonly code: 'doubtful_folder'; readonly workspace: string; readonly problem: PinProblem }
  | { readonly code: 'replaced_folder'; readonly workspace: string; readonly found: OwnedFolder }
  /** The file is not below the workspace. */
  | { readonly code: 'file_outside'; readonly file: string }
  /** There is no script(1), which gives a shell, and whatever is another user's, a terminal of its own. */
  | { readonly code: 'no_own_terminal' }
  | { readonly code: 'no_terminal' }
  /** `detail`: the account, the shell or the file that is meant. */
  | { readonly code: GuestProblem; readonly detail: string }
  | { readonly code: 'not_started'; readonly detail: string };
