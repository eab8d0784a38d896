/** A value or the reason why there is none, in words that tell the user what to do next. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };
