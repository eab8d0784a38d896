import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../core/result.ts';
import type { CheckpointerReason, RestoreCounts, RestoreLimit } from '../../core/checkpointer-reasons.ts';
import {
  MAX_CHANGED_FILES,
  type PlannedFiles,
  type RepositoryState,
  type RollbackPreview,
  type RollbackResult,
} from '../../core/snapshots.ts';
import { reasonOf } from './reason.ts';
import { shellWord } from '../../core/text.ts';
import type { Helper, Up } from './helper/helper.ts';
import { closedFolders, hashContents, listFolder } from './helper/tasks.ts';
import { MAX_GIT_OUTPUT, MAX_NAMED, RESTORE_MS, ROLLBACK_MS } from './limits.ts';
import { restore, type Restored } from './restore.ts';
import { git, output, problem } from './store/git.ts';
import type { Store } from './store/layout.ts';
import { findSnapshot, MANIFEST, REPOSITORIES } from './store/refs.ts';
import { beginRun, endRun, type Run } from './store/runs.ts';
import { type BytePath, parentOf, readable } from './workspace/byte-path.ts';
import type { Walked } from './workspace/entry.ts';
import { isMoved, parseRepositories, type Repository, wordRepository } from './workspace/repository.ts';
import { type Manifest, parseManifest } from './workspace/manifest.ts';
import { findFolder, type Found, type Workspace } from './workspace/open.ts';
import {
  changedFolders,
  inQuestion,
  lostHistories,
  plannedCounts,
  planRestore,
  type RestorePlan,
  type Shortfall,
  shortfalls,
} from './workspace/restore-plan.ts';
import { findMappings } from './workspace/mappings.ts';
import { readPaths, scopeOf } from './workspace/scope.ts';
import { readStatCache, unchangedOid, withUnsure } from './workspace/stat-cache.ts';

/** The extent of a restore: all of a snapshot, or some of its paths, relative to the workspace, with their contents. */
export type RestoreTarget = { readonly id: string; readonly paths: readonly string[] | null };

/**
 * Makes the workspace, or some paths of it, what it was at a snapshot: files, links, folders, permissions. What snapshots leave out (the
 * user's repositories first of all) is not touched. Nothing is changed before all contents lie ready. It is no success
 * where something could not be restored.
 */
export async function rollback(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  target: RestoreTarget,
): Promise<RollbackResult> {
  return planned<RollbackResult>(store, workspace, helper, target, async ({ up, found, plan, lacks }) => {
    const run = await beginRun(store);
    try {
      const contents = await layOut(run, plan);
      if (!contents.ok) return contents;
      return report(await restore(up, found, plan, contents.value), { plan, lacks, target });
    } finally {
      await endRun(run);
    }
  });
}

/** Returns what that would do, and could not do with the rights that it would have; changes nothing. */
export async function previewRollback(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  target: RestoreTarget,
): Promise<Result<RollbackPreview, CheckpointerReason>> {
  return planned<Result<RollbackPreview, CheckpointerReason>>(
    store,
    workspace,
    helper,
    target,
    async ({ plan, lacks, repositories, commit, kept }) => ({
      ok: true,
      value: {
        limits: limitsOf(lacks),
        counts: plannedCounts(plan),
        files: plannedFiles(plan),
        kept,
        repositories,
        refsCommand: repositories.length === 0 ? null : refsCommand(store, commit),
      },
    }),
  );
}

function plannedFiles({ contents, hardLinks, deletions }: RestorePlan): PlannedFiles {
  const names = (paths: readonly { readonly path: BytePath }[]): readonly string[] =>
    paths.slice(0, MAX_CHANGED_FILES).map(({ path }) => readable(path));
  return { restored: names([...contents, ...hardLinks]), deleted: names(deletions) };
}

function refsCommand(store: Store, commit: string): string {
  return `git --git-dir=${shellWord(store.dir)} cat-file blob ${commit}:${REPOSITORIES}`;
}

function limitsOf(lacks: readonly Shortfall[]): readonly RestoreLimit[] {
  return lacks.map(({ what, paths }) => ({
    what,
    count: paths.length,
    examples: paths.slice(0, MAX_NAMED).map(readable),
  }));
}

type Planned = {
  readonly up: Up;
  readonly found: Found;
  readonly plan: RestorePlan;
  readonly lacks: readonly Shortfall[];
  readonly repositories: readonly RepositoryState[];
  /** The first few paths that the snapshot left out. */
  readonly kept: readonly string[];
  /** Of the snapshot. */
  readonly commit: string;
};

async function planned<T>(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  { id, paths: texts }: RestoreTarget,
  act: (planned: Planned) => Promise<T>,
): Promise<T | { readonly ok: false; readonly reason: CheckpointerReason }> {
  const paths = texts === null ? null : readPaths(texts);
  if (paths?.ok === false) return paths;
  const snapshot = await findSnapshot(store, id);
  if (!snapshot.ok) return snapshot;
  const { commit } = snapshot.value;
  const manifest = await readManifest(store, commit);
  if (!manifest.ok) return manifest;
  const noted = await readRepositories(store, commit);
  const deadline = AbortSignal.timeout(ROLLBACK_MS);
  try {
    const found = await findFolder(workspace);
    return await helper.work(found, deadline, async (up) => {
      const compared = { up, found, manifest: manifest.value, noted, id, paths: paths?.value ?? null };
      const result = await compare(store, workspace, compared);
      return result.ok ? act({ up, found, commit, ...result.value }) : result;
    });
  } catch (error) {
    const reason = deadline.aborted ? ({ code: 'rollback_timed_out', afterMs: ROLLBACK_MS } as const) : reasonOf(error);
    return { ok: false, reason };
  }
}

type Compared = {
  readonly up: Up;
  readonly found: Found;
  readonly manifest: Manifest;
  /** The repositories as they stood at the snapshot. */
  readonly noted: readonly Repository[];
  readonly id: string;
  /** Null: all of it. */
  readonly paths: readonly BytePath[] | null;
};

async function compare(
  store: Store,
  { exclude }: Workspace,
  { up, found, manifest: whole, noted, id, paths }: Compared,
): Promise<Result<Pick<Planned, 'plan' | 'lacks' | 'repositories' | 'kept'>, CheckpointerReason>> {
  const { session, rights } = up;
  const all = await listFolder(session, found, { exclude, store: found.store, maxFileBytes: Infinity });
  const scope = paths === null ? null : scopeOf(whole, all, paths, id);
  if (scope?.ok === false) return scope;
  const { manifest, walked } = scope?.value ?? { manifest: whole, walked: all };
  const mappings = await findMappings(found.root, walked);
  const cache = withUnsure(await readStatCache(store.statCache), mappings.paths);
  const known = new Map(walked.entries.map(({ path, stamp }) => [path, unchangedOid(cache, path, stamp)]));
  const unknown = inQuestion(manifest, walked).filter(({ path }) => known.get(path) === null);
  const hashed = await hashContents(session, found, unknown);
  const plan = planRestore(manifest, walked, (path) => known.get(path) ?? hashed.get(path) ?? null);
  const closed = await closedFolders(session, found, changedFolders(plan));
  const lacks = [...lostHistories(manifest, walked), ...shortfalls(plan, walked, rights, new Set(closed))];
  const kept = manifest.leftOut.slice(0, MAX_NAMED).map(readable);
  // Of single paths no repository is rolled back.
  const repositories = paths === null ? repositoryStates(noted, walked) : [];
  return { ok: true, value: { plan, lacks, repositories, kept } };
}

function repositoryStates(noted: readonly Repository[], { repositories }: Walked): readonly RepositoryState[] {
  const present = new Map(repositories.map((repository) => [repository.path, repository]));
  return noted.map((then) => {
    const now = present.get(then.path);
    const facts = { path: readable(parentOf(then.path)), before: wordRepository(then) };
    if (now === undefined) return { ...facts, now: null, state: 'gone' };
    return { ...facts, now: wordRepository(now), state: isMoved(then, now) ? 'moved' : 'same' };
  });
}

/** Empty for a snapshot that was made before they were noted. */
export async function readRepositories(store: Store, commit: string): Promise<readonly Repository[]> {
  const name = `${commit}:${REPOSITORIES}`;
  const text = output(await git(store.dir, ['cat-file', 'blob', name], { maxBuffer: MAX_GIT_OUTPUT }));
  return text === null ? [] : parseRepositories(text);
}

async function readManifest(store: Store, commit: string): Promise<Result<Manifest, CheckpointerReason>> {
  const result = await git(store.dir, ['cat-file', 'blob', `${commit}:${MANIFEST}`], { maxBuffer: MAX_GIT_OUTPUT });
  const text = output(result);
  if (text === null) return { ok: false, reason: { code: 'step_failed', step: 'read', why: problem(result) } };
  const manifest = parseManifest(text);
  return manifest === null ? { ok: false, reason: { code: 'manifest_unreadable' } } : { ok: true, value: manifest };
}

/** Brings the contents out of the store into files of the run's folder, named by number. */
async function layOut(run: Run, plan: RestorePlan): Promise<Result<(oid: string) => string, CheckpointerReason>> {
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
    if (output(result) === null)
      return { ok: false, reason: { code: 'step_failed', step: 'lay_out', why: problem(result) } };
  }
  return { ok: true, value: contentOf };
}

type Wanted = { readonly plan: RestorePlan; readonly lacks: readonly Shortfall[]; readonly target: RestoreTarget };

function report(done: Restored, { plan, lacks, target: { id: snapshot, paths } }: Wanted): RollbackResult {
  const { written: restored, deleted, modes: attributes, folders } = done;
  const counts: RestoreCounts = { restored, deleted, attributes, folders, unchanged: plan.unchanged };
  if (done.broken !== null) {
    return { ok: false, reason: { code: 'rollback_broken', snapshot, counts, why: reasonOf(done.broken) } };
  }
  const failed = done.failures.length;
  // What is impossible altogether has failed, and is named there.
  const others = lacks.filter(({ what }) => what !== 'all');
  if (failed === 0 && others.length === 0) {
    if (paths !== null) return { ok: true, value: { code: 'restored', snapshot, paths, counts } };
    return { ok: true, value: { code: 'rolled_back', snapshot, counts, replaced: null } };
  }
  const all: Shortfall = { what: 'all', paths: done.failures.map(({ path }) => path) };
  const failures = done.failures.slice(0, MAX_NAMED).map(({ path, code }) => ({ path: readable(path), error: code }));
  const reason = {
    code: 'rolled_back_in_part',
    snapshot,
    counts,
    failed,
    failures,
    notRestored: limitsOf(others),
  } as const;
  return { ok: false, reason, partial: { counts, notRestored: limitsOf(failed === 0 ? others : [...others, all]) } };
}
