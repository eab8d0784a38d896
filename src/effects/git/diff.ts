import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import type { Result } from '../../core/result.ts';
import type { Diff } from '../../core/snapshots.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import { cleanText } from '../../core/text.ts';
import { describeLeftOut } from './left-out.ts';
import { reasonOf } from './reason.ts';
import { DIFF_MS, MAX_DIFF_BYTES } from './limits.ts';
import { type Limits, take, UNLIMITED } from './snapshot.ts';
import { git, output, problem } from './store/git.ts';
import { TREE } from './store/import-stream.ts';
import type { Store } from './store/layout.ts';
import { findSnapshot } from './store/refs.ts';
import { endRun } from './store/runs.ts';
import type { Helper } from './helper/helper.ts';
import type { Workspace } from './workspace/open.ts';

/** Returns what changed from one snapshot to another, or to the workspace as it is now: names with counts, then the patch. */
export async function diff(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  { from, to, path }: Compared,
): Promise<Result<Diff, CheckpointerReason>> {
  const first = await findSnapshot(store, from);
  if (!first.ok) return first;
  const paths = path === undefined ? [] : ['--', `:(literal)${path}`];
  if (to === null) return diffWithNow(store, workspace, helper, first.value.commit, paths);
  const second = await findSnapshot(store, to);
  return second.ok ? diffCommits(store.dir, first.value.commit, second.value.commit, paths) : second;
}

/** The states to compare: `to` null means the workspace as it is now, `path` that file alone. */
type Compared = { readonly from: string; readonly to: string | null; readonly path: string | undefined };

async function diffWithNow(
  store: Store,
  workspace: Workspace,
  helper: Helper,
  commit: string,
  paths: readonly string[],
): Promise<Result<Diff, CheckpointerReason>> {
  const signal = AbortSignal.timeout(DIFF_MS);
  const limits: Limits = { signal, abort: signal, ...UNLIMITED };
  try {
    const taken = await take(
      store,
      workspace,
      helper,
      { at: Date.now(), sequence: 0, message: 'now', metadata: {} },
      limits,
    );
    if (taken.type === 'empty') return await diffCommits(store.dir, commit, null, paths);
    if (taken.type === 'failed') return { ok: false, reason: problem(taken.result) };
    try {
      const found = await diffCommits(taken.run.dir, commit, taken.commit, paths);
      const note = describeLeftOut(taken.leftOut);
      if (!found.ok || note === '') return found;
      return { ok: true, value: { ...found.value, text: `${found.value.text}\n${note}\n` } };
    } finally {
      await endRun(taken.run);
    }
  } catch (error) {
    return { ok: false, reason: signal.aborted ? { code: 'read_timed_out', afterMs: DIFF_MS } : reasonOf(error) };
  }
}

/** The tree without any file, which git knows by itself. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function diffCommits(
  gitDir: string,
  from: string,
  to: string | null,
  paths: readonly string[],
): Promise<Result<Diff, CheckpointerReason>> {
  const trees = [`${from}:${TREE}`, to === null ? EMPTY_TREE : `${to}:${TREE}`];
  const options = [
    '-r',
    '--find-renames',
    '--raw',
    '--patch-with-stat',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
  ];
  const result = await git(gitDir, ['diff-tree', ...options, ...trees, ...paths], {
    maxBuffer: MAX_DIFF_BYTES,
    timeoutMs: DIFF_MS,
  });
  const text = output(result);
  if (text === null) return { ok: false, reason: { code: 'step_failed', step: 'compare', why: problem(result) } };
  return { ok: true, value: diffOf(text) };
}

/** Paths of a diff that are kept apart from its text. */
const MAX_DIFF_PATHS = 100;

/** The sum below the names, in which git counts a renamed file as one; each line of a name has a `|`. */
const STAT_SUM = /^ \d+ files? changed((?:, \d+ insertions?\(\+\))?(?:, \d+ deletions?\(-\))?)$/mu;

// The raw lines come first, one a path, and no other line before them: a file's name or content cannot forge the count.
function diffOf(text: string): Diff {
  if (text === '') return { text: 'no differences\n', changes: 0, paths: [] };
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith(':'));
  const all = lines.slice(0, end).flatMap(pathsOf);
  const paths = all.slice(0, MAX_DIFF_PATHS).map((path) => cleanText(path, MAX_TEXT_LENGTH));
  const shown = lines
    .slice(end)
    .join('\n')
    .replace(STAT_SUM, ` ${all.length} ${all.length === 1 ? 'file' : 'files'} changed$1`);
  return { text: cleanText(shown, MAX_DIFF_BYTES), changes: all.length, paths };
}

/** `:100644 100644 61780798 9ddeb5c4 M\tpath`; a renamed one has its new path behind the old one, and counts as two. */
function pathsOf(rawLine: string): readonly string[] {
  return rawLine.split('\t').slice(1);
}
