import type { UnknownKind } from '../core/sources.ts';

/** Kinds that are distinguished, over all versions; more are not counted. */
const MAX_KINDS = 256;

export type UnknownKinds = {
  readonly count: (kind: string, version: string | null) => void;
  /** The kinds so far; the same list while none was counted. */
  readonly list: () => readonly UnknownKind[];
};

/** Counts the kinds of records that are not understood, by version: a new version of an agent is noticed by them. */
export function unknownKinds(): UnknownKinds {
  const kinds = new Map<string, { version: string | null; kind: string; count: number }>();
  let listed: readonly UnknownKind[] | null = [];
  return {
    count: (kind, version) => {
      const key = `${version ?? ''}\n${kind}`;
      const known = kinds.get(key) ?? { version, kind, count: 0 };
      known.count += 1;
      if (kinds.size < MAX_KINDS || kinds.has(key)) kinds.set(key, known);
      listed = null;
    },
    list: () => (listed ??= Array.from(kinds.values(), (one) => ({ ...one }))),
  };
}
