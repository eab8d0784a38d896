import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attempt, leftovers, makePlace, type Place, treeOf } from './place.ts';
import { worded } from '../../helpers/reasons.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

/** Snapshots, ruins everything, goes back; what is there then. */
async function roundTrip(
  place: Place,
): Promise<{ before: ReadonlyMap<string, string>; after: ReadonlyMap<string, string> }> {
  const before = treeOf(place.workspace);
  const id = await place.snapshot('auto-1');
  const open = (): void => void execFileSync('chmod', ['-R', 'u+rwx', place.workspace]);
  onTestFinished(open);
  open();
  execFileSync('find', ['.', '-mindepth', '1', '-delete'], { cwd: place.workspace });
  const result = await place.checkpointer.rollback(id);
  if (!result.ok) throw new Error(String(worded(result.reason)));
  return { before, after: treeOf(place.workspace) };
}

describe('a snapshot holds', () => {
  const kinds: readonly (readonly [string, (place: Place) => void])[] = [
    [
      'text, empty and binary files',
      ({ write }) => {
        write('a.txt', 'one\r\ntwo\n');
        write('empty', '');
        write('all.bin', Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256)));
      },
    ],
    ['a file of several chunks', ({ write }) => write('large', Buffer.alloc(3_500_001, 'sightline'))],
    [
      'empty folders',
      ({ path, write }) => {
        write('file', 'x');
        mkdirSync(path('a/b/c'), { recursive: true });
      },
    ],
    [
      'permissions: secret, executable, read-only, sticky',
      ({ path, write }) => {
        write('.env', 'KEY=1');
        chmodSync(path('.env'), 0o600);
        write('run.sh', '#!/bin/sh');
        chmodSync(path('run.sh'), 0o751);
        write('kept/read-only', 'x');
        chmodSync(path('kept/read-only'), 0o444);
        mkdirSync(path('shared'));
        chmodSync(path('shared'), 0o1777);
        chmodSync(path('kept'), 0o555);
      },
    ],
    [
      'links: to files and folders, out of the tree, dangling, in a circle, absolute',
      ({ path, write }) => {
        write('folder/file', 'x');
        symlinkSync('folder/file', path('to-file'));
        symlinkSync('folder', path('to-folder'));
        symlinkSync('../../../../etc/hostname', path('outside'));
        symlinkSync('/etc', path('absolute'));
        symlinkSync('nowhere', path('dangling'));
        symlinkSync('circle', path('circle'));
        symlinkSync('..', path('folder/up'));
      },
    ],
    [
      'names with blanks, quotes, line feeds, dashes, backslashes and no UTF-8',
      ({ workspace }) => {
        for (const name of [
          ' ',
          ' a ',
          '-rf',
          '--help',
          '"quoted"',
          "it's",
          'a\nb',
          'tab\t',
          'back\\slash',
          '*',
          '~',
          '\u00fc',
          'done',
          '#',
        ])
          writeFileSync(Buffer.from(`${workspace}/${name}`, 'latin1'), name, 'latin1');
        const odd = Buffer.from(`${workspace}/\xff\xfe\n"\\`, 'latin1');
        mkdirSync(odd);
        writeFileSync(Buffer.concat([odd, Buffer.from('/\x80', 'latin1')]), 'x');
      },
    ],
    [
      "what a .gitignore ignores, and git's own files of a workspace",
      ({ path, write }) => {
        write('.gitignore', '*\n');
        write('.gitattributes', '* text eol=crlf ident filter=lfs working-tree-encoding=UTF-16\n');
        write('sub/.gitignore', '!x\n');
        write('.gitmodules', '[submodule "a"]\n\tpath = a\n\turl = /nowhere\n');
        write('ident.txt', '$Id$\none\r\ntwo\n');
        write('ignored.log', 'x');
        write('dist/app.js', 'x');
        symlinkSync('elsewhere', path('sub/.gitmodules'));
        mkdirSync(path('.GIT'));
        write('.GIT/config', 'not a repository');
      },
    ],
  ];
  test.each(kinds)('%s', async (_, fill) => {
    const place = makePlace();
    fill(place);
    const { before, after } = await roundTrip(place);
    expect(after).toEqual(before);
    expect(before.size).toBeGreaterThan(1);
  });
});

test('a second snapshot holds what changed in content, mode or kind since the first', async () => {
  const place = makePlace();
  place.write('same', 'same');
  place.write('content', 'one');
  place.write('mode', 'x');
  place.write('file-then-folder', 'x');
  place.write('folder-then-link/x', 'x');
  place.write('renamed', 'content that moves');
  const first = treeOf(place.workspace);
  await place.snapshot('auto-1');

  place.write('content', 'two');
  chmodSync(place.path('mode'), 0o600);
  rmSync(place.path('file-then-folder'));
  place.write('file-then-folder/inside', 'x');
  removeTree(place.path('folder-then-link'));
  symlinkSync('same', place.path('folder-then-link'));
  renameSync(place.path('renamed'), place.path('new-name'));
  const second = treeOf(place.workspace);
  await place.snapshot('auto-2');

  const counts = { restored: 4, deleted: 3, attributes: 1, folders: 2, unchanged: 1 };
  // The list, the comparison, the preview and the rollback count alike.
  const listed = await place.checkpointer.list();
  const diff = await place.checkpointer.diff('auto-1', null);
  expect(listed.ok && listed.value[1]?.changed?.files).toBe(7);
  expect(diff).toMatchObject({ value: { changes: 7 } });
  expect(await place.checkpointer.previewRollback?.('auto-1')).toMatchObject({ value: { counts } });
  expect(await place.checkpointer.rollback('auto-1')).toEqual({
    ok: true,
    value: { code: 'rolled_back', snapshot: 'auto-1', counts, replaced: null },
  });
  expect(treeOf(place.workspace)).toEqual(first);
  expect(await place.checkpointer.rollback('auto-2')).toMatchObject({ ok: true });
  expect(treeOf(place.workspace)).toEqual(second);
});

test('a change that leaves size and modification time as they were is seen', async () => {
  const place = makePlace();
  place.write('a', 'one');
  await place.snapshot('auto-1');
  const { atime, mtime } = lstatSync(place.path('a'));
  place.write('a', 'two');
  utimesSync(place.path('a'), atime, mtime);
  await place.snapshot('auto-2');
  expect(await place.checkpointer.diff('auto-1', 'auto-2')).toMatchObject({
    value: { text: expect.stringContaining('+two') },
  });
});

test('two writes within one tick of the clock are told apart', async () => {
  const place = makePlace();
  for (let round = 0; round < 10; round += 1) {
    place.write('a', `${round}`);
    await place.snapshot(`auto-${round}`);
  }
  for (let round = 0; round < 10; round += 1) {
    await place.checkpointer.rollback(`auto-${round}`);
    expect(readFileSync(place.path('a'), 'utf8')).toBe(`${round}`);
  }
});

test('a folder without files makes no snapshot', async () => {
  const place = makePlace();
  mkdirSync(place.path('only/folders'), { recursive: true });
  expect(await attempt(place, 'auto-1')).toMatchObject({ type: 'empty', exitCode: 0 });
  expect(await place.checkpointer.list()).toEqual({ ok: true, value: [] });
  expect(leftovers(place)).toEqual([]);
});

test('sockets, pipes and files that are too large are left out, said so, and left alone by a rollback', async () => {
  const place = makePlace({ maxFileMb: 0.001 });
  place.write('small', 'x');
  place.write('large', Buffer.alloc(1_001));
  execFileSync('mknod', [place.path('pipe'), 'p']);
  const outcome = await attempt(place, 'auto-1');
  const leftOut = {
    count: 2,
    bytes: 1_001,
    reasons: [
      { why: 'too_large', count: 1, bytes: 1_001, examples: ['large'] },
      { why: 'special', count: 1, bytes: 0, examples: ['pipe'] },
    ],
  };
  expect(outcome).toMatchObject({
    type: 'created',
    stderr: 'left out: 1 too large (git.max_file_mb) (large); 1 socket, pipe or device (pipe)',
    leftOut,
  });
  expect(await place.checkpointer.list()).toMatchObject({ value: [{ id: 'auto-1', leftOut }] });
  appendFileSync(place.path('large'), 'x');
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(lstatSync(place.path('large')).size).toBe(1_002);
  expect(lstatSync(place.path('pipe')).isFIFO()).toBe(true);
});
