import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { followFile } from '../../../src/effects/state/follow-file.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

function followed(path: string) {
  let seen = 0;
  const { end } = followFile(path, () => {
    seen += 1;
  });
  onTestFinished(end);
  return { next: async (count: number) => until(() => seen === count, 10_000) };
}

test('a file that comes, is written on, is put in place by an editor, and goes', async () => {
  const path = join(tempDir(), 'config.json');
  const { next } = followed(path);
  writeFileSync(path, 'a');
  await next(1);
  appendFileSync(path, 'b');
  await next(2);
  writeFileSync(`${path}~`, 'cd');
  renameSync(`${path}~`, path);
  await next(3);
  rmSync(path);
  await next(4);
});

test('a link whose target is exchanged, as configuration maps do it', async () => {
  const root = tempDir();
  for (const version of ['v1', 'v2']) {
    mkdirSync(join(root, version));
    writeFileSync(join(root, version, 'config.json'), version);
  }
  symlinkSync('v1', join(root, 'now'));
  symlinkSync('now/config.json', join(root, 'config.json'));
  const { next } = followed(join(root, 'config.json'));
  symlinkSync('v2', join(root, 'next'));
  renameSync(join(root, 'next'), join(root, 'now'));
  await next(1);
});
