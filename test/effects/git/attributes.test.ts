import {
  linkSync,
  lstatSync,
  lutimesSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatManifest, parseManifest } from '../../../src/effects/git/workspace/manifest.ts';
import { makePlace, type Place, treeOf, userGit } from './place.ts';
import { worded } from '../../helpers/reasons.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

/** When each path was modified, µs. */
function times(place: Place): ReadonlyMap<string, bigint> {
  const paths = [...treeOf(place.workspace).keys()];
  return new Map(
    paths.map((path) => [path, lstatSync(join(place.workspace, path), { bigint: true }).mtimeNs / 1_000n]),
  );
}

const inode = (place: Place, path: string): number => lstatSync(place.path(path)).ino;

test('times of files, links and folders come back to the microsecond, also where nothing else changed', async () => {
  const place = makePlace();
  for (const path of ['rewritten', 'gone', 'touched', 'a/b/deep', 'same', 'before-1970']) place.write(path, path);
  symlinkSync('same', place.path('link'));
  utimesSync(place.path('gone'), 1, 1_234_567_890.123_456);
  utimesSync(place.path('before-1970'), 1, -1.5);
  lutimesSync(place.path('link'), 1, 999_999_999.999_999);
  utimesSync(place.path('a'), 1, 1_500_000_000);
  const before = times(place);
  await place.snapshot('auto-1');
  place.write('rewritten', 'other');
  for (const path of ['gone', 'link', 'before-1970']) unlinkSync(place.path(path));
  utimesSync(place.path('touched'), 1, 5);
  removeTree(place.path('a'));
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(times(place)).toEqual(before);
  expect(worded(await place.checkpointer.rollback('auto-1'))).toMatchObject({
    ok: true,
    value: 'rolled back to auto-1: 0 restored, 0 deleted, 7 unchanged',
  });
});

test('hard links inside the workspace come back, and those that were none do not stay', async () => {
  const place = makePlace();
  for (const path of ['one', 'two', 'three', 'apart', 'dir/far']) place.write(path, path);
  for (const [from, to] of [
    ['one', 'dir/one'],
    ['two', 'dir/two'],
    ['three', 'dir/three'],
  ] as const)
    linkSync(place.path(from), place.path(to));
  place.write('copy', 'apart');
  const before = treeOf(place.workspace);
  await place.snapshot('auto-1');

  // Rewritten in place, torn apart with the same content, deleted altogether, and two files made one.
  writeFileSync(place.path('one'), 'changed through both names');
  writeFileSync(place.path('two.new'), 'two');
  renameSync(place.path('two.new'), place.path('two'));
  for (const path of ['three', 'dir/three', 'copy']) unlinkSync(place.path(path));
  linkSync(place.path('apart'), place.path('copy'));
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });

  expect(treeOf(place.workspace)).toEqual(before);
  for (const path of ['one', 'two', 'three']) {
    expect(inode(place, path)).toBe(inode(place, `dir/${path}`));
    expect(readFileSync(place.path(path), 'utf8')).toBe(path);
  }
  expect(inode(place, 'copy')).not.toBe(inode(place, 'apart'));
  expect(worded(await place.checkpointer.rollback('auto-1'))).toMatchObject({
    ok: true,
    value: 'rolled back to auto-1: 0 restored, 0 deleted, 9 unchanged',
  });
});

test('a manifest without times and links, as 0.1.0 wrote it, is read and leaves both alone', () => {
  const oid = 'a'.repeat(40);
  const old = `sightline manifest 1\nd 755 1 2 - ""\nf 644 1 2 ${oid} a\nx b\n`;
  const entry = { path: 'a', kind: 'file', mode: 0o644, uid: 1, gid: 2, oid, mtimeUs: null, linkGroup: null } as const;
  expect(parseManifest(old)).toMatchObject({ notesLinks: false, leftOut: ['b'], entries: [{ path: '' }, entry] });
  const noted = { ...entry, mtimeUs: -1_500_000, linkGroup: 3 };
  expect(parseManifest(formatManifest([noted], []))).toEqual({ entries: [noted], leftOut: [], notesLinks: true });
});

test('a nested repository that was deleted comes back without its history, and plan and outcome say so', async () => {
  const place = makePlace();
  for (const repository of ['gone', 'stays']) {
    place.write(`${repository}/a`, 'x');
    userGit(place.path(repository), 'init', '-q');
  }
  await place.snapshot('auto-1');
  expect(await place.checkpointer.previewRollback?.('auto-1')).toMatchObject({ ok: true, value: { limits: [] } });
  removeTree(place.path('gone'));
  const history = { what: 'history', count: 1, examples: ['gone/.git'] };
  expect(await place.checkpointer.previewRollback?.('auto-1')).toMatchObject({
    ok: true,
    value: { limits: [history] },
  });
  expect(worded(await place.checkpointer.rollback('auto-1'))).toMatchObject({
    ok: false,
    reason: expect.stringContaining('Not restored: the git history in 1 path (gone/.git)'),
    partial: { notRestored: [history] },
  });
  expect(readFileSync(place.path('gone/a'), 'utf8')).toBe('x');
});
