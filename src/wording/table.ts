/** The members of a union of reasons that have a code. */
type WithCode<R, C> = R extends { readonly code: infer K } ? (C extends K ? R : never) : never;

/** A wording for every code of a union of reasons: the compiler names the one that is missing. */
export type Wordings<R extends { readonly code: string }> = {
  readonly [C in R['code']]: (reason: WithCode<R, C>) => string;
};

/** Formats a reason by its code. */
export function wordBy<R extends { readonly code: string }>(wordings: Wordings<R>, reason: R): string {
  const table: Readonly<Record<string, ((reason: never) => string) | undefined>> = wordings;
  return table[reason.code]?.(reason as never) ?? '';
}
