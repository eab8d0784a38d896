import type { CheckpointerReason } from '../../../core/checkpointer-reasons.ts';
import { randomBytes } from 'node:crypto';
import type { Result } from '../../../core/result.ts';
import { MAX_DAMAGED, MAX_GIT_OUTPUT } from '../limits.ts';
import { git, problem } from './git.ts';

/** One line for `git cat-file`: `name` is what git looks up, `key` is ours (no blanks). */
export type Query = { readonly key: string; readonly name: string };

/**
 * Reads objects by `git cat-file`: `batch` with their contents, `batch-check` their type alone. The answer holds type and
 * content by key; what is missing or damaged is not in it. git gives up at the first damaged object, so it is started again
 * behind that one.
 */
export async function readObjects(
  gitDir: string,
  mode: 'batch' | 'batch-check',
  queries: readonly Query[],
): Promise<Result<ReadonlyMap<string, string>, CheckpointerReason>> {
  const found = new Map<string, string>();
  let rest = queries;
  let atOnce = Infinity;
  for (let damaged = 0; rest.length > 0;) {
    const batch = rest.slice(0, atOnce);
    const answered = await askOnce(gitDir, mode, batch);
    if (!answered.ok) return answered;
    const { answers, isWhole } = answered.value;
    for (const [key, answer] of answers) found.set(key, answer);
    const last = answers.at(-1)?.[0];
    const done = isWhole ? batch.length : batch.findIndex(({ key }) => key === last) + 1;
    atOnce = Infinity;
    if (done > 0) rest = rest.slice(done);
    else if (batch.length > 1) atOnce = 1;
    else {
      rest = rest.slice(1);
      damaged += 1;
      if (damaged > MAX_DAMAGED) return { ok: false, reason: { code: 'too_many_damaged', max: MAX_DAMAGED } };
    }
  }
  return { ok: true, value: found };
}

type Answers = { readonly answers: readonly (readonly [string, string])[]; readonly isWhole: boolean };

async function askOnce(
  gitDir: string,
  mode: string,
  queries: readonly Query[],
): Promise<Result<Answers, CheckpointerReason>> {
  // The mark, unknown to the author of an object, tells where one ends.
  const mark = randomBytes(8).toString('hex');
  const result = await git(gitDir, ['cat-file', `--${mode}=${mark} %(rest) %(objecttype)`], {
    input: queries.map(({ key, name }) => `${name} ${key}\n`).join(''),
    maxBuffer: MAX_GIT_OUTPUT,
  });
  if (result.type !== 'exited' || result.code === null || /not a git repository/iu.test(result.stderr))
    return { ok: false, reason: problem(result) };
  const isWhole = result.code === 0;
  const texts = result.stdout.split(`${mark} `).slice(1);
  // The last one before git gave up may be half there.
  const answers = (isWhole ? texts : texts.slice(0, -1)).map((text): readonly [string, string] => {
    const end = text.indexOf(' ');
    return [text.slice(0, end), text.slice(end + 1)];
  });
  return { ok: true, value: { answers, isWhole } };
}
