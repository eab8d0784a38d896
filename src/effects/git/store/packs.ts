import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from './layout.ts';

/** A pack never changes once it is there, so another size, time or inode means damage until it is checked. */
type Stamps = ReadonlyMap<string, string>;

/** The stamps by store, as this process last saw or checked them. */
const known = new Map<string, Stamps>();

/** The file that hands the stamps to the next process. */
const FILE = 'packs';
const LINE = /^([\w.-]+) (\d+:[\d.]+:\d+)$/u;

export type PackChanges = {
  /** Names (without ending) of packs that are not as they were. */
  readonly changed: readonly string[];
  /** Some pack is gone: packed anew by another process, or deleted. */
  readonly isSomeGone: boolean;
};

/** Compares the store's packs with what was known of them; new ones are accepted. */
export async function changedPacks(store: Store): Promise<PackChanges> {
  const before = known.get(store.dir) ?? (await load(store));
  const now = await stampsOf(store);
  const changed = [...now].filter(([name, stamp]) => before.has(name) && before.get(name) !== stamp);
  const names = new Set(changed.map(([name]) => name.slice(0, name.lastIndexOf('.'))));
  const isSomeGone = [...before.keys()].some((name) => !now.has(name));
  if (names.size === 0 && !isSomeGone) known.set(store.dir, now);
  return { changed: [...names], isSomeGone };
}

/** Takes the packs as they are: they were checked, or made by us. */
export async function acceptPacks(store: Store): Promise<void> {
  known.set(store.dir, await stampsOf(store));
}

/** Stores whose snapshots were found whole by this process, with the packs that are known. */
const proven = new Set<string>();

/**
 * Returns whether everything that git finds in the store is known to be there: its packs are as they were when that was
 * checked. Then a snapshot that git could make needs no check of its own: git looks up each content that it names, and
 * what the store lacked is in the new pack. Loose objects are nothing of ours, and always checked.
 */
export async function isProven(store: Store): Promise<boolean> {
  if (!proven.has(store.dir)) return false;
  const { changed, isSomeGone } = await changedPacks(store);
  const names = await readdir(join(store.dir, 'objects')).catch(() => ['unreadable']);
  return changed.length === 0 && !isSomeGone && names.every((name) => name === 'pack' || name === 'info');
}

/** Records that the snapshots were found whole. */
export function prove(store: Store): void {
  proven.add(store.dir);
}

/** Forgets a store that was moved away. */
export function forgetPacks(store: Store): void {
  proven.delete(store.dir);
  known.delete(store.dir);
}

/** Keeps the stamps for the next process; without them it accepts what it finds. */
export async function savePacks(store: Store): Promise<void> {
  const text = [...(known.get(store.dir) ?? [])].map(([name, stamp]) => `${name} ${stamp}\n`).join('');
  const temporary = join(store.dir, `${FILE}.new`);
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, join(store.dir, FILE));
  } catch {
    // A full disk: the entries of packs that are still there stay right.
  }
}

async function load(store: Store): Promise<Stamps> {
  const text = await readFile(join(store.dir, FILE), 'utf8').catch(() => '');
  const stamps = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, stamp] = LINE.exec(line) ?? [];
    if (name !== undefined && stamp !== undefined) stamps.set(name, stamp);
  }
  return stamps;
}

async function stampsOf(store: Store): Promise<Stamps> {
  const dir = join(store.dir, 'objects/pack');
  const names = (await readdir(dir).catch(() => [])).filter((name) => /^pack-.*\.(?:pack|idx)$/u.test(name));
  const stamps = await Promise.all(
    names.map(async (name) => {
      const stats = await stat(join(dir, name)).catch(() => null);
      return stats === null ? [] : [[name, `${stats.size}:${stats.mtimeMs}:${stats.ino}`] as const];
    }),
  );
  return new Map(stamps.flat());
}
