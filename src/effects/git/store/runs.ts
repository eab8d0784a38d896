import { mkdir, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { FOREIGN_LEFTOVER_MS } from '../limits.ts';
import { type Store, makeRepository } from './layout.ts';
import { errnoOf } from '../../../core/errno.ts';

/**
 * One run's own repository: git writes there, and what it wrote moves into the store in one step at the end. A run that
 * dies leaves nothing but this folder, which the next one removes.
 */
export type Run = { readonly name: string; readonly dir: string };

/** Begins a run and clears away those whose process is gone. */
export async function beginRun(store: Store): Promise<Run> {
  await removeDeadRuns(store);
  const name = uniqueName();
  const dir = join(store.runs, name);
  await mkdir(dir, { mode: 0o700 });
  await makeRepository(dir, '../../../objects');
  return { name, dir };
}

/** Removes the run's folder; what it published stays. */
export async function endRun(run: Run): Promise<void> {
  await rm(run.dir, { recursive: true, force: true }).catch(() => undefined);
}

/**
 * Moves the run's objects into the store, where `keep` protects them from a repack until `release` is called: by then a
 * ref must hold them.
 */
export async function publish(store: Store, run: Run): Promise<{ readonly release: () => Promise<void> }> {
  const from = join(run.dir, 'objects/pack');
  const to = join(store.dir, 'objects/pack');
  const files = await readdir(from);
  const packs = files.filter((file) => file.endsWith('.pack')).map((file) => file.slice(0, -'.pack'.length));
  for (const pack of packs) {
    await writeFile(join(to, `${pack}.keep`), run.name, { mode: 0o600 });
    // git looks for the index, so it comes last.
    for (const file of files.filter((name) => name.startsWith(`${pack}.`)).toSorted(indexLast))
      await rename(join(from, file), join(to, file));
  }
  return {
    release: async () => {
      for (const pack of packs) await unlink(join(to, `${pack}.keep`)).catch(() => undefined);
    },
  };
}

/** Removes the folders and marks of runs that cannot end any more. */
export async function removeDeadRuns(store: Store): Promise<void> {
  for (const name of await readdir(store.runs).catch(() => []))
    if (await isDead(name, join(store.runs, name)))
      await rm(join(store.runs, name), { recursive: true, force: true }).catch(() => undefined);
}

/** Can what lies at `path`, made by `maker`, be removed? Where the maker is unknown, its age decides. */
export async function isDead(maker: string, path: string): Promise<boolean> {
  const state = makerState(maker);
  if (state !== 'unknown') return state === 'gone';
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return Date.now() - mtimeMs > FOREIGN_LEFTOVER_MS;
}

function indexLast(a: string, b: string): number {
  return Number(a.endsWith('.idx')) - Number(b.endsWith('.idx'));
}

/** A name that no other process uses and that tells whether its maker is still running. */
export function uniqueName(): string {
  return [pidSpace(), process.pid, startOf(process.pid) ?? 0, randomBytes(6).toString('hex')].join('-');
}

/** Returns whether the process that made this name runs; `unknown` where it ran in another container, or the name is none of ours. */
export function makerState(name: string): 'running' | 'gone' | 'unknown' {
  const [, space, pid, start] = /^(\d+)-(\d+)-(\d+)-[0-9a-f]+$/u.exec(name) ?? [];
  if (space === undefined || space !== pidSpace()) return 'unknown';
  if (process.platform === 'linux') return startOf(Number(pid)) === start ? 'running' : 'gone';
  return isThere(Number(pid)) ? 'running' : 'gone';
}

/** Start time in clock ticks, field 22 of `stat`; the name before it may hold blanks and brackets. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function pidSpace(): string {
  try {
    return /\d+/u.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM';
  }
}
