import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Result } from '../../../core/result.ts';
import type { LookUp, Snapshot } from '../../../core/snapshots.ts';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import { MAX_GIT_OUTPUT } from '../limits.ts';
import { git, output, problem } from './git.ts';
import type { Store } from './layout.ts';

/** A snapshot with the commit that holds it. */
export type StoredSnapshot = Snapshot & {
  readonly commit: string;
  /** Its place in the order of making; 0 where 0.1.0 made it, which wrote none. */
  readonly sequence: number;
};

/** What a snapshot's commit says of it, as JSON in the last line of its message. */
export type SnapshotRecord = {
  readonly at: number;
  /** Its place in the order of making (`nextSequence`): stamps go wrong with the clock. */
  readonly sequence: number;
  readonly message: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

const recordSchema = z.looseObject({
  at: z.number(),
  sequence: z.int().nonnegative().default(0),
  message: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});

const SCHEMA = 'sightline.snapshot/1';
const RECORD_START = `{"schema":"${SCHEMA}"`;

/** Ids end up as file names: what ws-ckpt allows, and nothing that git refuses in a ref. */
const MAX_SNAPSHOT_ID = 120;
const MAX_SUFFIX = 10_000;

/** What this process or another took last of the sequence. */
const SEQUENCE = 'sequence';
/** More snapshots than anybody makes: a damaged file must not push the sequence beyond what a number holds. */
const MAX_SEQUENCE = 2 ** 50;

const SNAPSHOTS = 'refs/sightline/snapshots';
const PRUNED = 'refs/sightline/pruned';
/** Holds the commit that the stat cache speaks of, so that no object it names is ever pruned. */
const CACHE = 'refs/sightline/cache';

export function snapshotsDir(store: Store): string {
  return join(store.dir, SNAPSHOTS);
}

export function prunedDir(store: Store): string {
  return join(store.dir, PRUNED);
}

/** The id as it can be stored: the wish where it is well formed. */
export function storableId(wish: string): string {
  const clean = wish
    .replace(/[^A-Za-z0-9._-]/gu, '_')
    .replace(/\.{2,}/gu, '.')
    .replace(/^[._-]+/u, '')
    .slice(0, MAX_SNAPSHOT_ID)
    .replace(/(?:\.lock)?\.*$/u, '');
  return clean === '' ? 'snapshot' : clean;
}

/** The commit message that `listSnapshots` reads back. */
export function formatRecord(record: SnapshotRecord): string {
  return `${cleanLine(record.message, MAX_TEXT_LENGTH)}\n\n${JSON.stringify({ schema: SCHEMA, ...record })}\n`;
}

/** A snapshot as everybody else sees it. */
export function toSnapshot({ id, at, message, metadata, pinned }: StoredSnapshot): Snapshot {
  return { id, at, message, metadata, pinned };
}

/** All snapshots of the store in the order of making. */
export async function listSnapshots(store: Store): Promise<Result<readonly StoredSnapshot[]>> {
  const refs = await readRefs(store);
  if (refs.size === 0) return { ok: true, value: [] };
  // The mark, unknown to whoever wrote the messages, tells where one commit ends; one that is lost is passed over.
  const mark = randomBytes(8).toString('hex');
  const input = [...new Set(refs.values())].map((commit) => `${commit}\n`).join('');
  const result = await git(store.dir, ['cat-file', `--batch=${mark} %(objectname)`], {
    input,
    maxBuffer: MAX_GIT_OUTPUT,
  });
  const text = output(result);
  if (text === null) return { ok: false, reason: `cannot list the snapshots: ${problem(result)}` };
  const records = new Map(text.split(`${mark} `).slice(1).map(parseCommit));
  const snapshots = [...refs].flatMap(([id, commit]) => {
    const record = records.get(commit);
    return record === undefined ? [] : [{ id, commit, pinned: false, ...record }];
  });
  return { ok: true, value: snapshots.toSorted(byMaking) };
}

// What 0.1.0 made comes first, by its stamps.
function byMaking(a: StoredSnapshot, b: StoredSnapshot): number {
  return a.sequence - b.sequence || a.at - b.at || (a.id < b.id ? -1 : 1);
}

/** Where this process is in each store's sequence. */
const sequences = new Map<string, number>();

/**
 * Takes the next place in the order of making. Several processes may make snapshots here: each tells the others in a file,
 * which need not survive a power cut, because a process that begins looks at the snapshots themselves.
 */
export async function nextSequence(store: Store): Promise<number> {
  const file = join(store.dir, SEQUENCE);
  const told = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  const known = sequences.get(store.dir) ?? (await highestSequence(store));
  const next = Math.max(known, Number.isSafeInteger(told) && told < MAX_SEQUENCE ? told : 0) + 1;
  sequences.set(store.dir, next);
  await writeFile(file, `${next}\n`, { mode: 0o600 }).catch(() => undefined);
  return next;
}

async function highestSequence(store: Store): Promise<number> {
  const snapshots = await listSnapshots(store);
  return snapshots.ok ? Math.max(0, ...snapshots.value.map(({ sequence }) => sequence)) : 0;
}

/** The snapshot of exactly this id. */
export async function findSnapshot(store: Store, id: string): Promise<Result<StoredSnapshot>> {
  const snapshots = await listSnapshots(store);
  if (!snapshots.ok) return snapshots;
  const found = snapshots.value.find((snapshot) => snapshot.id === id);
  if (found !== undefined) return { ok: true, value: found };
  const newest = snapshots.value.at(-1)?.id;
  const hint = newest === undefined ? 'there are none yet' : `the newest is ${newest}`;
  return { ok: false, reason: `no snapshot ${cleanLine(id, MAX_ID_LENGTH)} of ${store.workspace}: ${hint}` };
}

/** Did this very run make its snapshot, under its id or one with a suffix? */
export async function lookUpRun(store: Store, wish: string, runId: string): Promise<LookUp> {
  const snapshots = await listSnapshots(store);
  if (!snapshots.ok) return { type: 'unknown', reason: snapshots.reason };
  const stem = storableId(wish);
  const found = snapshots.value.find(
    ({ id, metadata }) => (id === stem || id.startsWith(`${stem}-`)) && metadata?.['run_id'] === runId,
  );
  return found === undefined ? { type: 'absent' } : { type: 'found', snapshot: found.id };
}

/** Makes the snapshot `id`, or `id-2`, `id-3` … of `commit`: the one step that makes a snapshot exist. */
export async function createSnapshot(store: Store, id: string, commit: string, runDir: string): Promise<string> {
  const prepared = join(runDir, 'snapshot-ref');
  await writeDurably(prepared, `${commit}\n`);
  for (let suffix = 1; suffix < MAX_SUFFIX; suffix += 1) {
    const name = suffix === 1 ? id : `${id}-${suffix}`;
    if (await claim(prepared, join(snapshotsDir(store), name), commit)) return name;
  }
  throw new Error(`there are ${MAX_SUFFIX} snapshots named ${id}`);
}

/** Takes a snapshot away; its objects stay for a grace (see `repack`). False where there is none. */
export async function removeSnapshot(store: Store, id: string): Promise<boolean> {
  if (storableId(id) !== id) return false;
  try {
    await rename(join(snapshotsDir(store), id), join(prunedDir(store), `${Date.now()}-${id}`));
    return true;
  } catch {
    return false;
  }
}

export type Pruned = { readonly at: number; readonly file: string };

/** Snapshots that were taken away and still hold their objects. */
export async function listPruned(store: Store): Promise<readonly Pruned[]> {
  const dir = prunedDir(store);
  const names = await readdir(dir).catch(() => []);
  return names.map((name) => ({ at: Number.parseInt(name, 10) || 0, file: join(dir, name) }));
}

export async function holdForCache(store: Store, commit: string, runDir: string): Promise<void> {
  const prepared = join(runDir, 'cache-ref');
  await writeFile(prepared, `${commit}\n`, { mode: 0o600 });
  await rename(prepared, join(store.dir, CACHE));
}

/** The commit that a run's import made; null where it made none. */
export async function importedCommit(runDir: string): Promise<string | null> {
  return readCommit(join(runDir, IMPORT_REF));
}

/** The ref of a run's repository that an import writes. */
export const IMPORT_REF = 'refs/heads/import';

/** Ids with their commits, read without git, which gives up on all of them where one is damaged. */
async function readRefs(store: Store): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  for (const id of await readdir(snapshotsDir(store)).catch(() => [])) {
    const commit = await readCommit(join(snapshotsDir(store), id));
    if (commit !== null) refs.set(id, commit);
  }
  return refs;
}

async function readCommit(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^[0-9a-f]{40}\n$/u.test(text) ? text.trim() : null;
}

function parseCommit(
  text: string,
): readonly [string, Pick<StoredSnapshot, 'at' | 'sequence' | 'message' | 'metadata'>] {
  const lines = text.split('\n');
  const record = lines.map(parseRecord).findLast((found) => found !== null);
  const { at = 0, sequence = 0, message = null, metadata = null } = record ?? {};
  return [lines[0] ?? '', { at, sequence, message, metadata }];
}

function parseRecord(line: string): SnapshotRecord | null {
  if (!line.startsWith(RECORD_START)) return null;
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** Gives `prepared` the name `file`, unless that is taken; atomic, so that nobody ever sees half a ref. */
async function claim(prepared: string, file: string, commit: string): Promise<boolean> {
  try {
    await link(prepared, file);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error;
    return createExclusively(file, commit);
  }
}

/** For file systems without hard links. */
async function createExclusively(file: string, commit: string): Promise<boolean> {
  try {
    await writeFile(file, `${commit}\n`, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Takes a ref away that no longer needs to hold its objects. */
export async function forget(pruned: Pruned): Promise<void> {
  await unlink(pruned.file).catch(() => undefined);
}
