import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import { makePlace, type Place, treeOf } from './place.ts';

/** A tree in a snapshot, then changed everywhere. */
async function changed(): Promise<Place> {
  const place = makePlace();
  place.write('src/main.ts', 'one\n');
  place.write('src/deep/er/file', 'one\n');
  place.write('docs/a', 'one\n');
  symlinkSync('main.ts', place.path('src/link'));
  chmodSync(place.path('src/main.ts'), 0o640);
  await place.snapshot('auto-1');
  place.write('src/main.ts', 'two\n');
  place.write('src/new', 'new\n');
  place.write('docs/a', 'two\n');
  rmSync(place.path('src/deep'), { recursive: true });
  rmSync(place.path('src/link'));
  chmodSync(place.path('src/main.ts'), 0o600);
  return place;
}

const restore = (place: Place, ...paths: readonly string[]) => place.checkpointer.restore?.('auto-1', paths);
const read = (place: Place, path: string): string => readFileSync(place.path(path), 'utf8');

describe('a restore of single paths', () => {
  test('brings one file back, with its mode, and touches nothing else', async () => {
    const place = await changed();
    const before = treeOf(place.workspace);
    expect(await restore(place, 'src/main.ts')).toMatchObject({
      ok: true,
      value: { code: 'restored', snapshot: 'auto-1', paths: ['src/main.ts'], counts: { restored: 1, deleted: 0 } },
    });
    expect(read(place, 'src/main.ts')).toBe('one\n');
    expect(lstatSync(place.path('src/main.ts')).mode & 0o777).toBe(0o640);
    const after = treeOf(place.workspace);
    const others = (tree: unknown): string =>
      JSON.stringify(tree, (key, value: unknown) => (/main\.ts|src$|mtime/u.test(key) ? undefined : value));
    expect(others(after)).toBe(others(before));
    expect(read(place, 'docs/a')).toBe('two\n');
  });

  test('brings a folder back with all that lies in it, and deletes nothing that came since', async () => {
    const place = await changed();
    expect(await restore(place, 'src')).toMatchObject({ ok: true, value: { counts: { restored: 3, deleted: 0 } } });
    expect(read(place, 'src/main.ts')).toBe('one\n');
    expect(read(place, 'src/deep/er/file')).toBe('one\n');
    expect(readlinkSync(place.path('src/link'))).toBe('main.ts');
    expect(read(place, 'src/new')).toBe('new\n');
    expect(read(place, 'docs/a')).toBe('two\n');
  });

  test('makes the folders above that are gone', async () => {
    const place = await changed();
    rmSync(place.path('src'), { recursive: true });
    expect(await restore(place, 'src/deep/er/file')).toMatchObject({ ok: true });
    expect(read(place, 'src/deep/er/file')).toBe('one\n');
    expect(existsSync(place.path('src/main.ts'))).toBe(false);
  });

  test('replaces what stands in the place of a path, and says so before', async () => {
    const place = await changed();
    place.write('src/link/inside', 'x');
    const preview = await place.checkpointer.previewRestore?.('auto-1', ['src/link']);
    expect(preview).toMatchObject({
      ok: true,
      value: { files: { restored: ['src/link'], deleted: ['src/link/inside'] } },
    });
    expect(existsSync(place.path('src/link/inside'))).toBe(true);
    expect(await restore(place, 'src/link')).toMatchObject({ ok: true });
    expect(readlinkSync(place.path('src/link'))).toBe('main.ts');
  });

  test('a name of a hard link alone is written as a file of its own, or as the link that it was', async () => {
    const place = makePlace();
    place.write('a', 'one\n');
    linkSync(place.path('a'), place.path('b'));
    await place.snapshot('auto-1');
    rmSync(place.path('b'));
    writeFileSync(place.path('a'), 'two\n');
    expect(await restore(place, 'b')).toMatchObject({ ok: true });
    expect([read(place, 'a'), read(place, 'b')]).toEqual(['two\n', 'one\n']);
    expect(await restore(place, 'a', 'b')).toMatchObject({ ok: true });
    expect(lstatSync(place.path('a')).ino).toBe(lstatSync(place.path('b')).ino);
  });

  test('follows no link: a folder above that is one now is refused, and nothing is written through it', async () => {
    const place = await changed();
    const outside = tempDir();
    mkdirSync(join(outside, 'deep'));
    rmSync(place.path('src'), { recursive: true });
    symlinkSync(outside, place.path('src'));
    expect(await restore(place, 'src/main.ts')).toEqual({
      ok: false,
      reason: { code: 'path_blocked', path: 'src/main.ts', by: 'src' },
    });
    expect(existsSync(join(outside, 'main.ts'))).toBe(false);
  });

  test('a pipe that stands where a folder has to be is left alone', async () => {
    const place = await changed();
    rmSync(place.path('src'), { recursive: true });
    execFileSync('mkfifo', [place.path('src')]);
    expect(await restore(place, 'src/main.ts')).toMatchObject({
      ok: false,
      reason: { code: 'path_blocked', by: 'src' },
    });
    expect(lstatSync(place.path('src')).isFIFO()).toBe(true);
  });

  test.each(['../outside', '/etc/passwd', '', '.', 'src/../../x', 'src//main.ts', 'a\0b'])(
    'refuses %j, which is no path inside the workspace',
    async (path) => {
      const place = await changed();
      expect(await restore(place, 'src/main.ts', path)).toMatchObject({ ok: false, reason: { code: 'path_outside' } });
      expect(read(place, 'src/main.ts')).toBe('two\n');
    },
  );

  test.each([
    ['one that came since', 'src/new'],
    ['one that never was', 'absent'],
    ['one of a repository', '.git/config'],
    ['one like an option', '--yes'],
    ['a pattern', '*'],
    ['a long one', 'x'.repeat(4_000)],
    ['one of two lines', 'a\nb'],
  ])('refuses %s, which is not in the snapshot, and writes nothing', async (_, path) => {
    const place = await changed();
    expect(await restore(place, 'src/main.ts', path)).toMatchObject({
      ok: false,
      reason: { code: 'path_not_in_snapshot', snapshot: 'auto-1' },
    });
    expect(read(place, 'src/main.ts')).toBe('two\n');
  });
});
