import { cleanLine } from './text.ts';

/** Returns the code of a system error (`ENOENT`), or an empty string for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The reason why a file operation failed: the system's code (`ENOTREG` is ours: no regular file), else the text of the error. */
export type FileReason =
  { readonly code: 'errno'; readonly errno: string } | { readonly code: 'quoted'; readonly text: string };

/** Longest text that is kept of an error without a system's code, UTF-16 units. */
const MAX_TEXT = 300;
/** The codes of the system; those of Node and SQLite begin with `ERR_` and tell less than their text. */
const SYSTEM_CODE = /^E[A-Z0-9]{1,30}$/u;

/** Returns the reason that an error of a file operation stands for. */
export function fileReasonOf(error: unknown): FileReason {
  const errno = errnoOf(error);
  if (SYSTEM_CODE.test(errno)) return { code: 'errno', errno };
  return { code: 'quoted', text: cleanLine(error instanceof Error ? error.message : String(error), MAX_TEXT) };
}

/** The reason why something on the way to a file of ours is not trusted. */
export type Distrust =
  | { readonly code: 'foreign_link'; readonly path: string; readonly uid: number }
  | { readonly code: 'exposed_link'; readonly path: string; readonly folder: string }
  | { readonly code: 'too_many_links'; readonly path: string; readonly max: number }
  | { readonly code: 'foreign'; readonly path: string; readonly uid: number }
  | { readonly code: 'writable_by_others'; readonly path: string }
  | { readonly code: 'no_folder'; readonly path: string }
  | { readonly code: 'no_file'; readonly path: string }
  | { readonly code: 'second_name'; readonly path: string }
  | { readonly code: 'too_large'; readonly path: string; readonly bytes: number; readonly maxBytes: number };
