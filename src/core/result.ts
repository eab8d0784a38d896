/**
 * A value, or the reason why there is none. A reason is tagged data (`{ code, …facts }`) that `src/wording` formats for people;
 * `string` is for sentences of other programs, and for what is not converted yet.
 */
export type Result<T, R = string> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: R };

/** The text of another program or of the system, cleaned and bounded. */
export type Quoted = { readonly code: 'quoted'; readonly text: string };
