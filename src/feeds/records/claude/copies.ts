import type { DecodedFile } from '../provider.ts';

/** The facts of one file of Claude's that decide whose its rows are. */
export type ClaudeFile = {
  /** Its first row with a `uuid` shows that it was copied from another session. */
  isMarkedCopy: boolean;
  readonly isSubAgent: boolean;
  /** The rows with a `uuid`, in file order: their ids as numbers, and their times. */
  readonly rows: Numbers;
  readonly times: Numbers;
};

/** A list as it is while rows come, or as another thread has packed it. */
export type Numbers = number[] | Float64Array;

type File = DecodedFile<ClaudeFile>;
type Rank = { readonly file: File; readonly isContained: boolean; readonly firstOwnAt: number };

/**
 * Decides whose an item is that several files hold (contract, C4), the first that applies: one not marked as a copy · a
 * session's file before a sub-agent's · a file whose rows all occur in others (those continue it) · the one whose first
 * row of its own is earliest · the smaller session id.
 */
export function claudeCopies(files: readonly File[]): ReadonlyMap<File, ReadonlySet<string>> {
  const holders = new Map<string, Rank[]>();
  const ranks = rank(files);
  for (const one of ranks) {
    for (const key of one.file.items.keys()) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [one]);
      else known.push(one);
    }
  }
  const copies = new Map<File, Set<string>>(files.map((file) => [file, new Set()]));
  for (const [key, holding] of holders) {
    if (holding.length < 2) continue;
    const [owner] = holding.toSorted(byClaim);
    for (const { file } of holding) if (file !== owner?.file) copies.get(file)?.add(key);
  }
  return copies;
}

function rank(files: readonly File[]): readonly Rank[] {
  const uses = new Map<number, number>();
  for (const { state } of files) for (const row of new Set(state.rows)) uses.set(row, (uses.get(row) ?? 0) + 1);
  return files.map((file) => {
    const { rows, times } = file.state;
    const own = rows.findIndex((row) => uses.get(row) === 1);
    return { file, isContained: own === -1, firstOwnAt: own === -1 ? Infinity : (times[own] ?? Infinity) };
  });
}

function byClaim(a: Rank, b: Rank): number {
  return (
    Number(a.file.state.isMarkedCopy) - Number(b.file.state.isMarkedCopy) ||
    Number(a.file.state.isSubAgent) - Number(b.file.state.isSubAgent) ||
    Number(b.isContained) - Number(a.isContained) ||
    compare(a.firstOwnAt, b.firstOwnAt) ||
    compare(a.file.name.sessionId ?? '', b.file.name.sessionId ?? '')
  );
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
