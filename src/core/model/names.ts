/** Names with how often each is used. Most groups of calls know one only, so that one is kept without a map. */
export type Names<T> = { first: T | null; uses: number; more: Map<T, number> | null };

export function emptyNames<T>(): Names<T> {
  return { first: null, uses: 0, more: null };
}

/** Counts uses of a name; at most `max` names are remembered. */
export function addName<T>(names: Names<T>, name: T | null, max: number, count = 1): void {
  if (name === null) return;
  if (names.first === null || names.first === name) {
    names.first = name;
    names.uses += count;
    return;
  }
  names.more ??= new Map();
  const uses = names.more.get(name) ?? 0;
  if (uses > 0 || names.more.size + 1 < max) names.more.set(name, uses + count);
}

/** Counts a use out again. */
export function dropName<T>(names: Names<T>, name: T | null): void {
  if (name === null) return;
  if (names.first === name) {
    names.uses -= 1;
    if (names.uses === 0) promote(names);
    return;
  }
  const uses = names.more?.get(name) ?? 0;
  if (uses > 1) names.more?.set(name, uses - 1);
  else names.more?.delete(name);
}

/** All names with their uses. */
export function listNames<T>(names: Names<T>): readonly (readonly [T, number])[] {
  return names.first === null ? [] : [[names.first, names.uses], ...(names.more ?? [])];
}

function promote<T>(names: Names<T>): void {
  const [next] = names.more ?? [];
  names.first = next?.[0] ?? null;
  names.uses = next?.[1] ?? 0;
  if (next !== undefined) names.more?.delete(next[0]);
}
