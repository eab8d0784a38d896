import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../core/checkpointer.ts';
import { describeError } from './describe.ts';
import { count } from '../amounts.ts';
import { MAX_GIT_OUTPUT, MAX_NAMED, RESTORE_MS } from './limits.ts';
import { git, output, problem } from './store/git.ts';
import { MANIFEST } from './store/import-stream.ts';
import type { Store } from './store/layout.ts';
import { findSnapshot } from './store/refs.ts';
import { beginRun, endRun, type Run } from './store/runs.ts';
import { readable } from './workspace/byte-path.ts';
import { type Manifest, parseManifest } from './workspace/manifest.ts';
import { openWorkspace, type Workspace } from './workspace/open.ts';
import { contentOid } from './workspace/read-file.ts';
import { restore, type Restored } from './workspace/restore.ts';
import { planRestore, type RestorePlan } from './workspace/restore-plan.ts';
import { readStatCache, unchangedOid } from './workspace/stat-cache.ts';
import { walk } from './workspace/walk.ts';

/**
 * Makes the workspace what it was at a snapshot: files, links, folders, permissions. What snapshots leave out (the
 * user's repositories first of all) is not touched. Nothing is changed before all contents lie ready.
 */
export async function rollback(store: Store, workspace: Workspace, id: string): Promise<Result<string>> {
  const snapshot = await findSnapshot(store, id);
  if (!snapshot.ok) return snapshot;
  const manifest = await readManifest(store, snapshot.value.commit);
  if (!manifest.ok) return manifest;
  try {
    const { root, excludes } = await openWorkspace(workspace);
    const walked = await walk(root, excludes, new AbortController().signal, Infinity);
    const cache = await readStatCache(store.statCache);
    const plan = await planRestore(
      manifest.value,
      walked,
      async (entry) => unchangedOid(cache, entry.path, entry.stamp) ?? (await contentOid(root, entry)),
    );
    return await carryOut(store, root, plan, id);
  } catch (error) {
    return { ok: false, reason: describeError(error) };
  }
}

async function readManifest(store: Store, commit: string): Promise<Result<Manifest>> {
  const result = await git(store.dir, ['cat-file', 'blob', `${commit}:${MANIFEST}`], { maxBuffer: MAX_GIT_OUTPUT });
  const text = output(result);
  if (text === null) return { ok: false, reason: `the snapshot cannot be read: ${problem(result)}` };
  const manifest = parseManifest(text);
  return manifest === null
    ? { ok: false, reason: 'the snapshot cannot be read: its manifest is damaged, or of a newer sightline' }
    : { ok: true, value: manifest };
}

async function carryOut(store: Store, root: string, plan: RestorePlan, id: string): Promise<Result<string>> {
  const run = await beginRun(store);
  try {
    const contents = await layOut(run, plan);
    return contents.ok ? report(await restore(root, plan, contents.value), plan, id) : contents;
  } finally {
    await endRun(run);
  }
}

/** Brings the contents out of the store into files of the run's folder, named by number. */
async function layOut(run: Run, plan: RestorePlan): Promise<Result<(oid: string) => string>> {
  const oids = [...new Set(plan.contents.flatMap(({ oid }) => (oid === null ? [] : [oid])))];
  const folder = join(run.dir, 'contents');
  const numbers = new Map(oids.map((oid, number) => [oid, number]));
  const contentOf = (oid: string): string => join(folder, String(numbers.get(oid)));
  if (oids.length === 0) return { ok: true, value: contentOf };
  await mkdir(folder, { mode: 0o700 });
  const env = { GIT_INDEX_FILE: join(run.dir, 'index'), GIT_WORK_TREE: folder };
  const input = oids.map((oid, number) => `100644 ${oid}\t${number}\n`).join('');
  for (const [args, stdin] of [
    [['update-index', '--add', '--index-info'], { input }],
    [['checkout-index', '--all', '--quiet'], {}],
  ] as const) {
    const result = await git(run.dir, args, { env, timeoutMs: RESTORE_MS, ...stdin });
    if (output(result) === null) return { ok: false, reason: `nothing was changed: ${problem(result)}` };
  }
  return { ok: true, value: contentOf };
}

function report(done: Restored, plan: RestorePlan, id: string): Result<string> {
  const text = [
    `${done.written} restored`,
    `${done.deleted} deleted`,
    ...(done.modes > 0 ? [`${done.modes} with their permissions set right`] : []),
    `${plan.unchanged} unchanged`,
  ].join(', ');
  if (done.failures.length === 0) return { ok: true, value: `rolled back to ${id}: ${text}` };
  const some = done.failures.slice(0, MAX_NAMED).map(({ path, error }) => `${readable(path)}: ${describeError(error)}`);
  const failed = count(done.failures.length, 'file');
  return { ok: false, reason: `rolled back to ${id} but for ${failed} (${text}). Mend and repeat: ${some.join('; ')}` };
}
