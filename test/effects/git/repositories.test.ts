import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRepositories } from '../../../src/effects/git/workspace/repository.ts';
import { makePlace, type Place } from './place.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

/** Runs the user's git in a folder of the workspace, whatever this machine's configuration says. */
function userGit(place: Place, folder: string, ...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', ['-C', place.path(folder), ...who, ...args], { env, encoding: 'utf8' }).trim();
}

function makeRepository(place: Place, folder: string): string {
  place.write(`${folder}/a`, 'x');
  userGit(place, folder, 'init', '-q');
  userGit(place, folder, 'add', '.');
  userGit(place, folder, 'commit', '-qm', 'one');
  return userGit(place, folder, 'rev-parse', 'HEAD');
}

async function previewOf(place: Place) {
  const preview = await place.checkpointer.previewRollback?.('auto-1');
  return preview?.ok ? preview.value : expect.fail(JSON.stringify(preview));
}

test('where each repository stood is noted, and what a rollback does not bring back is named', async () => {
  const place = makePlace();
  const root = makeRepository(place, '.');
  const lib = makeRepository(place, 'lib');
  userGit(place, 'lib', 'tag', 'v1');
  userGit(place, 'lib', 'pack-refs', '--all');
  userGit(place, 'lib', 'branch', 'topic');
  makeRepository(place, 'same');
  await place.snapshot('auto-1');
  removeTree(place.path('lib'));
  userGit(place, '.', 'commit', '-q', '--allow-empty', '-m', 'two');
  const now = userGit(place, '.', 'rev-parse', 'HEAD');

  const preview = await previewOf(place);
  expect(preview.repositories).toMatchObject([
    {
      path: '.',
      state: 'moved',
      before: `. (main at ${root.slice(0, 8)}, 1 ref)`,
      now: `. (main at ${now.slice(0, 8)}, 1 ref)`,
    },
    { path: 'lib', state: 'gone', before: `lib (main at ${lib.slice(0, 8)}, 3 refs)`, now: null },
    { path: 'same', state: 'same' },
  ]);
  expect(preview.limits).toMatchObject([{ what: 'history', count: 1, examples: ['lib/.git'] }]);
  // The line that is shown gives the refs back.
  const noted = execFileSync('sh', ['-c', preview.refsCommand ?? ''], { encoding: 'utf8' });
  expect(parseRepositories(noted)[1]?.refs).toEqual([
    ['refs/heads/main', lib],
    ['refs/heads/topic', lib],
    ['refs/tags/v1', lib],
  ]);
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: false, partial: {} });
  expect(readFileSync(place.path('lib/a'), 'utf8')).toBe('x');
});

test('a hostile repository runs nothing, leads nowhere and is bounded', async () => {
  const place = makePlace();
  place.write('secret', 'f'.repeat(40));
  makeRepository(place, 'evil');
  const ran = place.path('ran');
  userGit(place, 'evil', 'config', 'core.fsmonitor', `touch ${ran}`);
  userGit(place, 'evil', 'config', 'core.hooksPath', place.path('evil'));
  symlinkSync(place.path('secret'), place.path('evil/.git/refs/heads/link'));
  execFileSync('mkfifo', [place.path('evil/.git/refs/heads/pipe')]);
  for (let n = 0; n < 600; n += 1) writeFileSync(place.path(`evil/.git/refs/tags/t${n}`), `${'a'.repeat(40)}\n`);
  mkdirSync(place.path('tree'));
  writeFileSync(place.path('tree/.git'), 'gitdir: /elsewhere/\u001b[31m\n');
  await place.snapshot('auto-1');
  const { repositories } = await previewOf(place);
  expect(repositories.map(({ before }) => before)).toEqual([
    expect.stringMatching(/^evil \(main at [0-9a-f]{8}, 500 or more refs\)$/u),
    expect.stringMatching(/^tree \(gitdir: \/elsewhere\/[^\u001b]*\)$/u),
  ]);
  expect(() => readFileSync(ran)).toThrow();
});

test('a snapshot without repositories notes none, and one that earlier versions made has none', async () => {
  const place = makePlace();
  place.write('a', 'x');
  await place.snapshot('auto-1');
  expect(await previewOf(place)).toMatchObject({ repositories: [], refsCommand: null });
  expect(parseRepositories('{"not": "ours"}')).toEqual([]);
  expect(parseRepositories(JSON.stringify([['../x', null, null, [], false]]))).toEqual([]);
});
