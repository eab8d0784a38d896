import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_EXCLUDES } from '../../../src/effects/git/index.ts';
import { compileExcludes } from '../../../src/effects/git/workspace/exclude.ts';
import { makePlace } from './place.ts';

describe('a pattern', () => {
  test.each([
    ['name', 'a/b/name', false, true],
    ['name', 'a/names', false, false],
    ['name/', 'a/name', true, true],
    ['name/', 'a/name', false, false],
    ['/name', 'name', false, true],
    ['/name', 'a/name', false, false],
    ['a/name', 'a/name', false, true],
    ['a/name', 'b/a/name', false, false],
    ['**/a/name', 'b/a/name', false, true],
    ['**/a/name', 'a/name', false, true],
    ['a/**', 'a/b/c', false, true],
    ['a/**/c', 'a/c', false, true],
    ['a/**/c', 'a/b/b/c', false, true],
    ['*.log', 'a/x.log', false, true],
    ['*.log', 'a/x.log.txt', false, false],
    ['a?c', 'abc', false, true],
    ['a?c', 'a/c', false, false],
    ['a.c', 'abc', false, false],
    ['[x]', 'x', false, false],
    ['[x]', '[x]', false, true],
    ['', 'a', false, false],
    ['/', 'a', true, false],
    ['übung', Buffer.from('übung').toString('latin1'), false, true],
  ] as const)('%s on %s (folder: %s): %s', (pattern, path, folder, expected) => {
    const slash = path.lastIndexOf('/');
    const parent = path.slice(0, Math.max(0, slash));
    const excludes = compileExcludes([pattern], null);
    expect(excludes.matches(parent, path.slice(slash + 1), folder, new Set())).toBe(expected);
  });
});

test('by default dependencies and caches are left out, and results and what is ignored are kept', async () => {
  const place = makePlace();
  const left = [
    'node_modules/a/index.js',
    'packages/b/node_modules/c/index.js',
    'env-of-any-name/bin/python',
    'src/__pycache__/a.pyc',
    'crate/target/debug/app',
    'named/x',
    'web/.next/cache/x',
    'DerivedData/App/x',
  ];
  const kept = [
    '.env',
    'dist/app.js',
    'build/out',
    'coverage/lcov',
    'src/target/aim.ts',
    'web/.next/server/x',
    'crate/Cargo.toml',
    // What only looks like one of them.
    'fixtures/node_modules/written-by-hand.js',
    'touched/CACHEDIR.TAG',
    'touched/precious',
    'Lib/venv/__init__.py',
    'empty/pyvenv.cfg',
    'hidden/__pycache__/notes.md',
    'linked/x',
    'other/DerivedData/x',
    '.venv/work.py',
  ];
  const signature = 'Signature: 8a477f597d28d172789f06886806bc55\n';
  place.write('named/CACHEDIR.TAG', signature);
  place.write('env-of-any-name/pyvenv.cfg', 'home = /usr/bin\nversion = 3.12\n');
  for (const path of ['package.json', 'packages/b/package.json', 'web/.next/package.json']) place.write(path, '{}');
  place.write('DerivedData/ModuleCache.noindex/x', 'x');
  place.write('hidden/__pycache__/a.pyc', 'x');
  place.write('tag', signature);
  mkdirSync(place.path('linked'));
  symlinkSync('../tag', place.path('linked/CACHEDIR.TAG'));
  for (const path of [...left, ...kept]) place.write(path, 'before');
  await place.snapshot('auto-1');
  for (const path of [...left, ...kept]) place.write(path, 'after');
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  for (const path of left) expect([path, readFileSync(place.path(path), 'utf8')]).toEqual([path, 'after']);
  for (const path of kept) expect([path, readFileSync(place.path(path), 'utf8')]).toEqual([path, 'before']);
});

test('an own list replaces the default', async () => {
  const place = makePlace({ exclude: ['*.tmp', '/data/'] });
  for (const path of ['node_modules/a', 'x.tmp', 'data/x', 'sub/data/x']) place.write(path, 'before');
  await place.snapshot('auto-1');
  for (const path of ['node_modules/a', 'x.tmp', 'data/x', 'sub/data/x']) place.write(path, 'after');
  await place.checkpointer.rollback('auto-1');
  const now = ['node_modules/a', 'x.tmp', 'data/x', 'sub/data/x'].map((path) => readFileSync(place.path(path), 'utf8'));
  expect(now).toEqual(['before', 'after', 'after', 'before']);
});

test('what was excluded at the snapshot survives a rollback that no longer knows why', async () => {
  const place = makePlace();
  place.write('crate/Cargo.toml', 'x');
  place.write('crate/target/debug/app', 'x');
  await place.snapshot('auto-1');
  rmSync(place.path('crate/Cargo.toml'));
  await place.checkpointer.rollback('auto-1');
  expect(existsSync(place.path('crate/target/debug/app'))).toBe(true);
  expect(existsSync(place.path('crate/Cargo.toml'))).toBe(true);
});

test('every default pattern is one that can match', () => {
  for (const pattern of DEFAULT_EXCLUDES) expect(pattern).toMatch(/^[^ !]+(?: (?:beside|holding|only) \S+)$/u);
});

test('what a pattern leaves out without a proof is named; what proved to be a cache, and a repository, is not', async () => {
  const exclude = ['hidden/', '*.log', 'node_modules/ beside package.json'];
  const place = makePlace({ exclude });
  for (const path of ['a', 'hidden/work', 'x.log', 'package.json', 'node_modules/x', '.git/HEAD'])
    place.write(path, 'x');
  await place.snapshot('auto-1');
  expect(await place.checkpointer.list()).toMatchObject({
    value: [{ leftOut: { count: 2, bytes: 1, reasons: [{ why: 'excluded', examples: ['hidden', 'x.log'] }] } }],
  });
});
