/** The messages between us and the process of a guest, a line of JSON each. */
import type { GuestEnd, GuestProblem } from '../../core/guest.ts';

/** The descriptor of the guest's process for this: it has the terminal on the first three. */
export const GUEST_PIPE = 3;
/** Bytes of one line. */
export const MAX_GUEST_LINE = 64 * 1024;

export type GuestRequest = {
  /** The user whose rights it takes; null: it keeps ours. */
  readonly uid: number | null;
  readonly folder: { readonly path: string; readonly dev: string; readonly ino: string; readonly uid: number };
  /** The name by which a person knows the folder: the shell shows it while it leads there. */
  readonly name: string;
  /** Relative to the folder; null for a shell. */
  readonly file: string | null;
  /** Set for our own user alone: the editor's program and arguments. */
  readonly editor: readonly string[] | null;
  /** Set for our own user alone. */
  readonly path: string | null;
  readonly term: string;
  readonly lang: string | null;
};

/** `detail` is as hostile as the owner of the folder. */
export type GuestAnswer =
  | { readonly type: 'started' }
  | { readonly type: 'refused'; readonly code: GuestProblem | 'not_started'; readonly detail: string }
  | ({ readonly type: 'ended' } & GuestEnd);
