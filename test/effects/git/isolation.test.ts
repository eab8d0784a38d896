import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { gitCheckpointer } from '../../../src/effects/git/index.ts';
import { control, fingerprint, makePlace, type Place, request, treeOf, userGit } from './place.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A repository of the user's with history, a dirty index, and every hook there is leaving a mark. */
function userRepository(place: Place, at = '.'): void {
  const cwd = place.path(at);
  mkdirSync(cwd, { recursive: true });
  userGit(cwd, 'init', '-q');
  place.write(join(at, 'committed.txt'), 'committed\n');
  userGit(cwd, 'add', '.');
  userGit(cwd, 'commit', '-qm', 'first');
  place.write(join(at, 'staged.txt'), 'staged\n');
  userGit(cwd, 'add', 'staged.txt');
  mkdirSync(join(cwd, '.git/hooks'), { recursive: true });
  for (const hook of [
    'pre-commit',
    'post-commit',
    'post-checkout',
    'post-index-change',
    'reference-transaction',
    'pre-auto-gc',
  ]) {
    const file = join(cwd, '.git/hooks', hook);
    writeFileSync(file, `#!/bin/sh\ntouch ${place.dir}/hook-ran\n`);
    chmodSync(file, 0o755);
  }
}

async function everything(place: Place): Promise<void> {
  await place.checkpointer.prepare(() => undefined, new AbortController().signal);
  await place.snapshot('auto-1');
  place.write('committed.txt', 'changed by an agent\n');
  place.write('sub/new.txt', 'new\n');
  await place.snapshot('auto-2');
  expect(await place.checkpointer.diff('auto-1', null)).toMatchObject({ ok: true });
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(await place.checkpointer.remove('auto-2')).toMatchObject({ ok: true });
}

test("the user's repository is the same to the byte after snapshots, diffs and rollbacks, and no hook runs", async () => {
  const place = makePlace();
  userRepository(place);
  const before = fingerprint(place.path('.git'));
  await everything(place);
  expect(fingerprint(place.path('.git'))).toBe(before);
  expect(existsSync(join(place.dir, 'hook-ran'))).toBe(false);
  expect(readFileSync(place.path('committed.txt'), 'utf8')).toBe('committed\n');
  expect(existsSync(place.path('sub'))).toBe(false);
});

test("files of nested repositories are kept and brought back; the repositories' own folders are not touched", async () => {
  const place = makePlace();
  userRepository(place);
  userRepository(place, 'vendor/library');
  place.write('worktree/.git', 'gitdir: /somewhere/else\n');
  place.write('worktree/file', 'x');
  const before = treeOf(place.workspace);
  const nested = fingerprint(place.path('vendor/library/.git'));
  await place.snapshot('auto-1');
  place.write('vendor/library/committed.txt', 'changed');
  place.write('vendor/library/added.txt', 'added');
  place.write('worktree/file', 'changed');
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(treeOf(place.workspace)).toEqual(before);
  expect(fingerprint(place.path('vendor/library/.git'))).toBe(nested);
});

test("neither GIT_ variables nor the user's configuration, attributes and filters have a part in it", async () => {
  const place = makePlace();
  const home = join(place.dir, 'home');
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    `[core]\n\tautocrlf = true\n\thooksPath = ${home}/hooks\n\tattributesFile = ${home}/attributes\n\texcludesFile = ${home}/ignore\n` +
      `[commit]\n\tgpgSign = true\n[filter "mark"]\n\tclean = touch ${place.dir}/filter-ran; cat\n\tsmudge = touch ${place.dir}/filter-ran; cat\n\trequired = true\n` +
      `[diff "mark"]\n\tcommand = touch ${place.dir}/filter-ran\n\ttextconv = touch ${place.dir}/filter-ran\n[diff]\n\texternal = false\n[color]\n\tui = always\n`,
  );
  writeFileSync(join(home, 'attributes'), '* filter=mark diff=mark ident text=auto\n');
  writeFileSync(join(home, 'ignore'), '*\n');
  vi.stubEnv('HOME', home);
  vi.stubEnv('GIT_DIR', join(place.dir, 'elsewhere'));
  vi.stubEnv('GIT_INDEX_FILE', join(place.dir, 'elsewhere-index'));
  vi.stubEnv('GIT_CONFIG_COUNT', '1');
  vi.stubEnv('GIT_CONFIG_KEY_0', 'core.compression');
  vi.stubEnv('GIT_CONFIG_VALUE_0', 'nonsense');
  vi.stubEnv('GIT_EXTERNAL_DIFF', `touch ${place.dir}/filter-ran`);
  place.write('.gitattributes', '* filter=mark diff=mark ident text=auto eol=crlf\n');
  place.write('committed.txt', '$Id$\r\nunix\n');
  const before = treeOf(place.workspace);
  await place.snapshot('auto-1');
  place.write('committed.txt', 'changed\n');
  const diff = await place.checkpointer.diff('auto-1', null);
  expect(diff).toMatchObject({ value: { text: expect.stringContaining('\n+changed\n') } });
  expect(JSON.stringify(diff)).not.toContain('\\u001b');
  await place.checkpointer.rollback('auto-1');
  expect(treeOf(place.workspace)).toEqual(before);
  expect(existsSync(join(place.dir, 'filter-ran'))).toBe(false);
  expect(existsSync(join(place.dir, 'elsewhere'))).toBe(false);
});

test('the store is closed to others, and left out of snapshots where it lies inside the workspace', async () => {
  const place = makePlace();
  const storeDir = place.path('.state');
  const checkpointer = gitCheckpointer({ workspace: place.workspace, storeDir, keep: 50, exclude: [] });
  place.write('.state/journal', 'before');
  place.write('a', 'one');
  const made = await checkpointer.checkpoint(request(place.workspace, 'auto-1'), control());
  expect(made.type).toBe('created');
  place.write('.state/journal', 'after');
  place.write('a', 'two');
  expect(await checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(readFileSync(place.path('a'), 'utf8')).toBe('one');
  expect(readFileSync(place.path('.state/journal'), 'utf8')).toBe('after');
  expect(await checkpointer.diff('auto-1', null)).toEqual({
    ok: true,
    value: { text: 'no differences\n', changes: 0, paths: [] },
  });
  const open = [...treeOf(join(storeDir, 'git'))].filter(([, what]) => !/^(?:folder 700|file [64]00) ?/u.test(what));
  expect(open.filter(([path]) => path !== '')).toEqual([]);
  expect(statSync(join(storeDir, 'git')).mode & 0o077).toBe(0);
});
