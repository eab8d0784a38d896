import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderSize } from '../../src/effects/ws-ckpt/init.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const LONG_MS = 60_000;

function folder(): string {
  const dir = tempDir();
  mkdirSync(join(dir, 'a/b'), { recursive: true });
  writeFileSync(join(dir, 'a/b/one'), 'x'.repeat(1_000));
  writeFileSync(join(dir, 'two'), 'x'.repeat(500));
  return dir;
}

test('files are counted at all depths, with the size of their contents', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'sparse'), '');
  truncateSync(join(dir, 'sparse'), 1_000_000);
  expect(await folderSize(dir, LONG_MS)).toEqual({ files: 3, bytes: 1_001_500, complete: true });
});

test('links are counted, not followed', async () => {
  const dir = folder();
  symlinkSync('/usr', join(dir, 'link'));
  expect(await folderSize(dir, LONG_MS)).toMatchObject({ files: 3, complete: true });
});

test('counting stops in time, and says so', async () => {
  expect(await folderSize('/usr', 1)).toMatchObject({ complete: false });
});

test('what is not there, or may not be read, makes it incomplete', async () => {
  const dir = folder();
  expect(await folderSize(join(dir, 'none'), LONG_MS)).toEqual({ files: 0, bytes: 0, complete: false });
  chmodSync(join(dir, 'a'), 0);
  const isRoot = process.getuid?.() === 0;
  expect((await folderSize(dir, LONG_MS)).complete).toBe(isRoot);
  chmodSync(join(dir, 'a'), 0o700);
});
