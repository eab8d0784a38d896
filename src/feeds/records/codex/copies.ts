/**
 * Which counts of a family of threads are copies (rules X4 and X5): of what several files hold, the thread that was born
 * first owns it, and of two files of one thread the longer. Threads are of one family where their files share a link;
 * vectors of others are never compared, since equal first calls are common.
 */
import type { DecodedFile } from '../provider.ts';
import type { RolloutState } from './rollout.ts';

type File = DecodedFile<RolloutState>;

/** Returns the keys of each file that another file of the family owns. */
export function codexCopies(files: readonly File[]): ReadonlyMap<File, ReadonlySet<string>> {
  const owned = new Set<string>();
  const copies = new Map<File, ReadonlySet<string>>();
  for (const file of files.toSorted(byClaim)) {
    const id = file.state.thread?.id ?? '';
    const copied = new Set<string>();
    const own: string[] = [];
    for (const key of file.items.keys()) {
      const identity = key.startsWith(`${id}:`) ? key.slice(id.length) : key;
      if (owned.has(identity)) copied.add(key);
      else own.push(identity);
    }
    for (const identity of own) owned.add(identity);
    copies.set(file, copied);
  }
  return copies;
}

function byClaim(a: File, b: File): number {
  const [one, other] = [a.state.thread, b.state.thread];
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one.birth - other.birth || compare(one.id, other.id) || b.items.size - a.items.size;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
