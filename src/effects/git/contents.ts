import type { CheckpointerReason } from '../../core/checkpointer-reasons.ts';
import { MAX_TEXT_LENGTH } from '../../core/limits.ts';
import type { Result } from '../../core/result.ts';
import { byChange, type ChangedFile, MAX_CHANGED_FILES, type SnapshotContents } from '../../core/snapshots.ts';
import { cleanLine } from '../../core/text.ts';
import { CHANGES_MS, MAX_GIT_OUTPUT } from './limits.ts';
import { readRepositories } from './rollback.ts';
import { git, output, problem } from './store/git.ts';
import { ODD, TREE } from './store/import-stream.ts';
import type { Store } from './store/layout.ts';
import { listSnapshots } from './store/refs.ts';

/** Lists what a snapshot holds otherwise than the one before it: the same files that its list counts. */
export async function readContents(
  store: Store,
  workspace: string,
  id: string,
): Promise<Result<SnapshotContents, CheckpointerReason>> {
  const listed = await listSnapshots(store);
  if (!listed.ok) return listed;
  const index = listed.value.findIndex((one) => one.id === id);
  const snapshot = listed.value[index];
  if (snapshot === undefined) return { ok: false, reason: { code: 'no_snapshot', snapshot: id, workspace } };
  const before = listed.value[index - 1];
  const repositories = await readRepositories(store, snapshot.commit);
  const refs = repositories.reduce((sum, repository) => sum + repository.refs.length, 0);
  if (before === undefined) return { ok: true, value: { since: null, files: [], total: 0, refs } };
  const options = ['-r', '--raw', '--numstat', '-z', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const compared = ['diff-tree', ...options, before.commit, snapshot.commit, '--', TREE, ODD];
  const result = await git(store.dir, compared, { timeoutMs: CHANGES_MS, maxBuffer: MAX_GIT_OUTPUT });
  const text = output(result);
  if (text === null) return { ok: false, reason: { code: 'step_failed', step: 'compare', why: problem(result) } };
  const files = filesOf(text);
  const value = { since: before.id, files: files.slice(0, MAX_CHANGED_FILES), total: files.length, refs };
  return { ok: true, value };
}

const KINDS: Readonly<Record<string, ChangedFile['change']>> = { A: 'added', D: 'deleted' };
const NUMSTAT = /^(\d+|-)\t(\d+|-)\t(.+)$/su;

/** Parses `:100644 100644 61780798 9ddeb5c4 M`, its path, and then for each path `2<TAB>1<TAB>path`, all ended by NUL. */
function filesOf(text: string): readonly ChangedFile[] {
  const changes = new Map<string, ChangedFile>();
  const tokens = text.split('\0');
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] ?? '';
    if (token.startsWith(':')) {
      const path = tokens[(at += 1)] ?? '';
      const change = KINDS[token.at(-1) ?? ''] ?? 'modified';
      changes.set(path, { path: nameOf(path), change, added: null, removed: null });
      continue;
    }
    const [, added = '-', removed = '-', path = ''] = NUMSTAT.exec(token) ?? [];
    const known = changes.get(path);
    if (known !== undefined) changes.set(path, { ...known, added: linesOf(added), removed: linesOf(removed) });
  }
  return [...changes.values()].toSorted(byChange);
}

function linesOf(count: string): number | null {
  return count === '-' ? null : Number(count);
}

function nameOf(path: string): string {
  return cleanLine(path.slice(path.indexOf('/') + 1), MAX_TEXT_LENGTH);
}
