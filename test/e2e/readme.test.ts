import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment } from '../helpers/program.ts';

const root = resolve(import.meta.dirname, '../..');

test("the manual's embedding example takes a real checkpoint", () => {
  const [, example = ''] =
    /```js\n(import[^`]+)```/.exec(readFileSync(join(root, 'src/manual/embedding.md'), 'utf8')) ?? [];
  const env = cleanEnvironment();
  const place = env['HOME'] ?? '';
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(root, join(place, 'node_modules/sightline'));
  mkdirSync(join(place, 'project'));
  writeFileSync(join(place, 'project/file'), 'worth keeping');
  writeFileSync(join(place, 'example.mjs'), example);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['example.mjs'], {
    cwd: place,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^dead_loop checkpointed auto-\d{8}T\d{6}-dead_loop\n$/);
});
