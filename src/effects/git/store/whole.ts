import type { CheckpointerReason } from '../../../core/checkpointer-reasons.ts';
import { join } from 'node:path';
import { MAX_TEXT_LENGTH } from '../../../core/limits.ts';
import { cleanLine } from '../../../core/text.ts';
import type { RunResult } from '../../process/run.ts';
import { FULL_CHECK_MS, MAX_HEADS } from '../limits.ts';
import { git, type GitOptions, problem } from './git.ts';
import type { Store } from './layout.ts';

/** The result of a check: `unknown` where it did not come to an end, so that nothing follows from it. */
export type Check =
  | { readonly type: 'whole' }
  | { readonly type: 'damaged'; readonly detail: string }
  | { readonly type: 'unknown'; readonly reason: CheckpointerReason };

type CheckOptions = Pick<GitOptions, 'abort' | 'timeoutMs' | 'isBackground'>;

/**
 * Checks that everything which the commits need is there: trees are read, contents are looked up. Takes milliseconds; the
 * bytes of contents are not read (see `checkAll`, and `changedPacks` for what changed since).
 */
export async function checkConnected(
  gitDir: string,
  commits: readonly string[],
  options: CheckOptions = {},
): Promise<Check> {
  if (commits.length === 0) return { type: 'whole' };
  const input = commits.map((commit) => `${commit}\n`).join('');
  return checked(await git(gitDir, ['rev-list', '--objects', '--quiet', '--stdin'], { ...options, input }));
}

/** Checks every byte of one pack. */
export async function checkPack(store: Store, pack: string, options: CheckOptions): Promise<Check> {
  return checked(await git(store.dir, ['verify-pack', join(store.dir, 'objects/pack', `${pack}.idx`)], options));
}

/** Checks every byte of the store, and that everything which the commits need is there; with low priority. */
export async function checkAll(store: Store, commits: readonly string[], abort: AbortSignal): Promise<Check> {
  const args = ['fsck', '--full', '--no-dangling', '--no-progress', ...commits.slice(-MAX_HEADS)];
  return checked(await git(store.dir, args, { abort, timeoutMs: FULL_CHECK_MS, isBackground: true }));
}

/** A lack of memory, descriptors or rights is no evidence of the store. */
const NOT_DAMAGE =
  /out of memory|cannot allocate|too many open files|resource temporarily|permission denied|i\/o error/iu;

function checked(result: RunResult): Check {
  if (result.type !== 'exited' || result.code === null) return { type: 'unknown', reason: problem(result) };
  if (result.code === 0) return { type: 'whole' };
  if (NOT_DAMAGE.test(result.stderr)) return { type: 'unknown', reason: problem(result) };
  const detail = result.stderr.split('\n').find((line) => /^(?:error|fatal): /u.test(line)) ?? result.stdout;
  return { type: 'damaged', detail: cleanLine(detail, MAX_TEXT_LENGTH) };
}
