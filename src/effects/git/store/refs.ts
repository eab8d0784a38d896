import type { CheckpointerReason, GitReason } from '../../../core/checkpointer-reasons.ts';
import { link, mkdir, open, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf } from '../../../core/errno.ts';
import type { Result } from '../../../core/result.ts';
import { LEFT_OUT_WHYS, type LeftOut, type LookUp, type Snapshot } from '../../../core/snapshots.ts';
import { MAX_ID_LENGTH, MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import type { Store } from './layout.ts';
import { readObjects } from './objects.ts';

/** A snapshot with the commit that holds it. */
export type StoredSnapshot = Snapshot & {
  readonly commit: string;
  /** Its number in the order of making; 0 where 0.1.0 made it, which wrote none. */
  readonly sequence: number;
};

/** A snapshot that cannot be restored: its ref, its commit, or the tree or manifest of it cannot be read. */
export type DamagedSnapshot = { readonly id: string; readonly what: 'ref' | 'commit' | 'tree' };

/** Everything below a store's snapshots. */
export type Listing = {
  /** In the order of making. */
  readonly snapshots: readonly StoredSnapshot[];
  readonly damaged: readonly DamagedSnapshot[];
};

/** The record of a snapshot, as JSON in the last line of its commit's message. */
export type SnapshotRecord = {
  readonly at: number;
  /** Its number in the order of making (`nextSequence`): stamps go wrong with the clock. */
  readonly sequence: number;
  readonly message: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

const recordSchema = z.lazy(() =>
  z.looseObject({
    at: z.number(),
    sequence: z.int().nonnegative().default(0),
    message: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    // One that is not ours costs the list its mark, not the snapshot.
    leftOut: z
      .object({
        count: z.number(),
        bytes: z.number(),
        reasons: z.array(
          z.object({ why: z.enum(LEFT_OUT_WHYS), count: z.number(), bytes: z.number(), examples: z.array(z.string()) }),
        ),
      })
      .optional()
      .catch(undefined),
  }),
);

const SCHEMA = 'sightline.snapshot/1';
const RECORD_START = `{"schema":"${SCHEMA}"`;

/** Ids end up as file names: what ws-ckpt allows, and nothing that git refuses in a ref. */
const MAX_SNAPSHOT_ID = 120;
const MAX_SUFFIX = 10_000;

/** The last number of the sequence that any process took. */
const SEQUENCE = 'sequence';
/** More snapshots than are ever made: a damaged file must not push the sequence beyond what a number holds. */
const MAX_SEQUENCE = 2 ** 50;

const SNAPSHOTS = 'refs/sightline/snapshots';
const PRUNED = 'refs/sightline/pruned';
/** Refs of damaged snapshots, no refs any more: git would refuse to pack anew because of them. */
const BROKEN = 'broken';
/** Holds the commit that the stat cache speaks of, so that no object it names is ever pruned. */
const CACHE = 'refs/sightline/cache';

export function snapshotsDir(store: Store): string {
  return join(store.dir, SNAPSHOTS);
}

export function prunedDir(store: Store): string {
  return join(store.dir, PRUNED);
}

/** The id as it can be stored: the wish where it is well formed. */
export function storableId(id: string): string {
  const clean = id
    .replace(/[^A-Za-z0-9._-]/gu, '_')
    .replace(/\.{2,}/gu, '.')
    .replace(/^[._-]+/u, '')
    .slice(0, MAX_SNAPSHOT_ID)
    .replace(/(?:\.lock)?\.*$/u, '');
  return clean === '' ? 'snapshot' : clean;
}

/** The commit message that `listSnapshots` reads back. */
export function formatRecord(record: SnapshotRecord, leftOut: LeftOut | null = null): string {
  const fields = { schema: SCHEMA, ...record, ...(leftOut && { leftOut }) };
  return `${cleanLine(record.message, MAX_TEXT_LENGTH)}\n\n${JSON.stringify(fields)}\n`;
}

/** A snapshot as everybody else sees it. */
export function toSnapshot({ commit: _commit, sequence: _sequence, ...snapshot }: StoredSnapshot): Snapshot {
  return snapshot;
}

/** Formats a damaged snapshot. */
export function damageReason({ id, what }: DamagedSnapshot): GitReason {
  return { code: 'snapshot_damaged', snapshot: cleanLine(id, MAX_ID_LENGTH), what };
}

/** All snapshots of the store in the order of making; damaged ones are passed over (see `readListing`). */
export async function listSnapshots(store: Store): Promise<Result<readonly StoredSnapshot[], CheckpointerReason>> {
  const listing = await readListing(store);
  return listing.ok ? { ok: true, value: listing.value.snapshots } : listing;
}

/** Reads all snapshots of the store: those that can be read, and the names of those that cannot. */
export async function readListing(store: Store): Promise<Result<Listing, CheckpointerReason>> {
  const refs = await readRefs(snapshotsDir(store));
  const removed = await readRefs(join(store.dir, BROKEN));
  const broken = [...removed].map(([id, commit]): DamagedSnapshot => ({
    id,
    what: commit === null ? 'ref' : 'commit',
  }));
  const checked = await readCommits(store, refs);
  if (!checked.ok) return { ok: false, reason: { code: 'step_failed', step: 'list', why: checked.reason } };
  const snapshots: StoredSnapshot[] = [];
  const damaged = [...broken];
  for (const [id, commit] of refs) {
    const record = commit === null ? 'ref' : (checked.value.get(commit) ?? 'commit');
    if (commit === null || typeof record === 'string') damaged.push({ id, what: record as DamagedSnapshot['what'] });
    else snapshots.push({ id, commit, pinned: false, ...record });
  }
  return { ok: true, value: { snapshots: snapshots.toSorted(byMaking), damaged } };
}

type CommitRecord = Pick<StoredSnapshot, 'at' | 'sequence' | 'message' | 'metadata' | 'leftOut'>;

/** The records of commits that can be read, with their trees and manifests; `tree` where those cannot. */
async function readCommits(
  store: Store,
  refs: ReadonlyMap<string, string | null>,
): Promise<Result<ReadonlyMap<string, CommitRecord | 'tree'>, CheckpointerReason>> {
  const commits = [...new Set(refs.values())].filter((commit) => commit !== null);
  if (commits.length === 0) return { ok: true, value: new Map() };
  const [texts, manifests] = await Promise.all([
    readObjects(
      store.dir,
      'batch',
      commits.map((commit) => ({ key: commit, name: commit })),
    ),
    readObjects(
      store.dir,
      'batch-check',
      commits.map((commit) => ({ key: commit, name: `${commit}:${MANIFEST}` })),
    ),
  ]);
  if (!texts.ok) return texts;
  if (!manifests.ok) return manifests;
  const records = new Map<string, CommitRecord | 'tree'>();
  for (const commit of commits) {
    const text = texts.value.get(commit);
    if (text?.startsWith('commit\n') !== true) continue;
    records.set(commit, manifests.value.get(commit)?.startsWith('blob') === true ? parseCommit(text) : 'tree');
  }
  return { ok: true, value: records };
}

// What 0.1.0 made comes first, by its stamps.
function byMaking(a: StoredSnapshot, b: StoredSnapshot): number {
  return a.sequence - b.sequence || a.at - b.at || (a.id < b.id ? -1 : 1);
}

/** The number of this process in each store's sequence. */
const sequences = new Map<string, number>();

/**
 * Takes the next number in the order of making. Several processes may make snapshots here: each writes its own to a file,
 * which need not survive a power cut, because a process that begins reads the snapshots themselves.
 */
export async function nextSequence(store: Store): Promise<number> {
  const file = join(store.dir, SEQUENCE);
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
  const known = sequences.get(store.dir) ?? (await highestSequence(store));
  const next = Math.max(known, Number.isSafeInteger(pid) && pid < MAX_SEQUENCE ? pid : 0) + 1;
  sequences.set(store.dir, next);
  await writeFile(file, `${next}\n`, { mode: 0o600 }).catch(() => undefined);
  return next;
}

async function highestSequence(store: Store): Promise<number> {
  const snapshots = await listSnapshots(store);
  return snapshots.ok ? Math.max(0, ...snapshots.value.map(({ sequence }) => sequence)) : 0;
}

/** A snapshot of this process. */
export type Made = { readonly id: string; readonly commit: string };

/** The last snapshot of this process in each store, and the names that were there by then. */
const lastMade = new Map<string, Made & { readonly names: ReadonlySet<string> }>();

/** The commit of the snapshot that was made before this one, the newest; null for the first. */
export async function madeBefore(store: Store, made: Made): Promise<string | null> {
  const names = new Set(await readdir(snapshotsDir(store)).catch(() => []));
  const last = lastMade.get(store.dir);
  lastMade.set(store.dir, { ...made, names });
  // Without another process's between them, no git has to be asked.
  const isKnown = last !== undefined && names.has(last.id);
  const isNext = isKnown && [...names].every((name) => name === made.id || last.names.has(name));
  if (isNext) return last.commit;
  const listed = await listSnapshots(store);
  const index = listed.ok ? listed.value.findIndex(({ id }) => id === made.id) : -1;
  return (listed.ok ? listed.value[index - 1]?.commit : undefined) ?? null;
}

/** The snapshot of exactly this id. */
export async function findSnapshot(store: Store, id: string): Promise<Result<StoredSnapshot, CheckpointerReason>> {
  const listing = await readListing(store);
  if (!listing.ok) return listing;
  const { snapshots, damaged } = listing.value;
  const found = snapshots.find((snapshot) => snapshot.id === id);
  if (found !== undefined) return { ok: true, value: found };
  const broken = damaged.find((snapshot) => snapshot.id === id);
  if (broken !== undefined) return { ok: false, reason: damageReason(broken) };
  const { workspace } = store;
  const newest = snapshots.at(-1)?.id ?? null;
  return { ok: false, reason: { code: 'no_snapshot', snapshot: cleanLine(id, MAX_ID_LENGTH), workspace, newest } };
}

/** Looks up whether this very run made its snapshot, under its id or one with a suffix. */
export async function lookUpRun(store: Store, wanted: string, runId: string): Promise<LookUp> {
  const snapshots = await listSnapshots(store);
  if (!snapshots.ok) return { type: 'unknown', reason: snapshots.reason };
  const stem = storableId(wanted);
  const found = snapshots.value.find(
    ({ id, metadata }) => (id === stem || id.startsWith(`${stem}-`)) && metadata?.['run_id'] === runId,
  );
  return found === undefined ? { type: 'absent' } : { type: 'found', snapshot: found.id };
}

/**
 * Makes the snapshot `id`, or `id-2`, `id-3` … of `commit`: the one step that makes a snapshot exist. The id of one that was taken
 * away lately is not given again: fates name it.
 */
export async function createSnapshot(store: Store, id: string, commit: string, runDir: string): Promise<string> {
  const prepared = join(runDir, 'snapshot-ref');
  await writeDurably(prepared, `${commit}\n`);
  const gone = new Set((await listPruned(store)).map(({ snapshot }) => snapshot));
  for (let suffix = 1; suffix < MAX_SUFFIX; suffix += 1) {
    const name = suffix === 1 ? id : `${id}-${suffix}`;
    if (!gone.has(name) && (await claim(prepared, join(snapshotsDir(store), name), commit))) return name;
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

export type Pruned = { readonly at: number; readonly file: string; readonly snapshot: string };

/** Snapshots that were taken away and still hold their objects. */
export async function listPruned(store: Store): Promise<readonly Pruned[]> {
  const dir = prunedDir(store);
  const names = await readdir(dir).catch(() => []);
  return names.map((name) => ({
    at: Number.parseInt(name, 10) || 0,
    file: join(dir, name),
    snapshot: name.slice(name.indexOf('-') + 1),
  }));
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

/** The path of the manifest in a snapshot's commit. */
export const MANIFEST = 'manifest';

/** The path of the noted states of the workspace's repositories; absent where it has none. */
export const REPOSITORIES = 'repositories';

/** The ref of a run's repository that an import writes. */
export const IMPORT_REF = 'refs/heads/import';

/**
 * Moves the refs of damaged snapshots out of git's sight; returns how many. The caller has seen them damaged twice: what
 * cannot be read for a moment is not damaged.
 */
export async function removeBrokenRefs(store: Store, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const dir = join(store.dir, BROKEN);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let moved = 0;
  for (const id of ids) {
    try {
      await rename(join(snapshotsDir(store), id), join(dir, id));
      moved += 1;
    } catch {
      // It is there already, or another process was first.
    }
  }
  return moved;
}

/** Removes what only saves time or waits to be freed: refs that may lead to damaged objects, and the stat cache. */
export async function removeSpareRefs(store: Store): Promise<void> {
  await unlink(store.statCache).catch(() => undefined);
  await unlink(join(store.dir, CACHE)).catch(() => undefined);
  for (const pruned of await listPruned(store)) await forget(pruned);
}

/** Ids with their commits, null where the file holds none; read without git, which gives up at a damaged one. */
async function readRefs(dir: string): Promise<ReadonlyMap<string, string | null>> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const refs = new Map<string, string | null>();
  for (const { name } of entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.lock')))
    refs.set(name, await readCommit(join(dir, name)));
  return refs;
}

async function readCommit(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^[0-9a-f]{40}\n$/u.test(text) ? text.trim() : null;
}

function parseCommit(text: string): CommitRecord {
  const record = text
    .split('\n')
    .map(parseRecord)
    .findLast((found) => found !== null);
  const { at = 0, sequence = 0, message = null, metadata = null, leftOut } = record ?? {};
  return { at, sequence, message, metadata, ...(leftOut && { leftOut }) };
}

function parseRecord(line: string): z.output<typeof recordSchema> | null {
  if (!line.startsWith(RECORD_START)) return null;
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

/** Gives `prepared` the name `file`, unless that is taken; atomic, so that no reader ever sees half a ref. */
async function claim(prepared: string, file: string, commit: string): Promise<boolean> {
  try {
    await link(prepared, file);
    return true;
  } catch (error) {
    const code = errnoOf(error);
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
    if (errnoOf(error) === 'EEXIST') return false;
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
