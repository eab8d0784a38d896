/**
 * The names of things in the view of a fleet: each begins with the token of its host, which holds none of the separators.
 * An agent reads `build-07 Claude Code`, a workspace `build-07:/srv/billing`, an id `build-07/5c4e1f`.
 */

/** The kinds of names, by what stands between the host and the name. */
const SEPARATORS = { agent: ' ', workspace: ':', id: '/' } as const;
export type NameKind = keyof typeof SEPARATORS;

/** Puts the host before a name. */
export function withHost(host: string, kind: NameKind, name: string): string {
  return `${host}${SEPARATORS[kind]}${name}`;
}

/** Takes a name apart; null where it names no host. */
export function hostAndName(kind: NameKind, name: string): { readonly host: string; readonly name: string } | null {
  const at = name.indexOf(SEPARATORS[kind]);
  return at <= 0 ? null : { host: name.slice(0, at), name: name.slice(at + 1) };
}
