import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { attempt, makePlace, treeOf } from './place.ts';
import { worded } from '../../helpers/reasons.ts';

// Root reads and writes everything.
const isRoot = process.getuid?.() === 0;

test.skipIf(isRoot)('what cannot be read is left out, said so, and left alone by a rollback', async () => {
  const place = makePlace();
  place.write('open', 'x');
  place.write('secret', 'x');
  place.write('closed/inside', 'x');
  chmodSync(place.path('secret'), 0);
  chmodSync(place.path('closed'), 0);
  onTestFinished(() => chmodSync(place.path('closed'), 0o755));
  expect(await attempt(place, 'auto-1')).toMatchObject({
    type: 'created',
    stderr: 'left out: 2 unreadable (closed, secret)',
  });
  chmodSync(place.path('closed'), 0o755);
  chmodSync(place.path('secret'), 0o644);
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(existsSync(place.path('secret'))).toBe(true);
  chmodSync(place.path('closed'), 0o755);
  expect(readFileSync(place.path('closed/inside'), 'utf8')).toBe('x');
});

test('a rollback changes what lies in read-only folders, and closes them again', async () => {
  const place = makePlace();
  place.write('a/b/changed', 'one');
  place.write('a/b/gone', 'x');
  for (const path of ['a/b', 'a']) chmodSync(place.path(path), 0o555);
  onTestFinished(() => ['a', 'a/b'].forEach((path) => chmodSync(place.path(path), 0o755)));
  const before = treeOf(place.workspace);
  await place.snapshot('auto-1');
  for (const path of ['a', 'a/b']) chmodSync(place.path(path), 0o755);
  place.write('a/b/changed', 'two');
  place.write('a/b/added', 'x');
  rmSync(place.path('a/b/gone'));
  for (const path of ['a/b', 'a']) chmodSync(place.path(path), 0o500);
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(treeOf(place.workspace)).toEqual(before);
});

test.skipIf(isRoot)('a state directory that may not be written is said to be so', async () => {
  const place = makePlace({ storeDir: '/nowhere' });
  place.write('a', 'x');
  const reason = expect.stringMatching(/no permission .*--state-dir/u);
  expect(await place.checkpointer.probe()).toMatchObject({ state: 'unavailable', reason });
  expect(await attempt(place, 'auto-1')).toMatchObject({ type: 'failed', reason });
});

test('where a restore fails in part, the rest is restored and the failures are named', async () => {
  const place = makePlace();
  place.write('venv', 'a file at first');
  place.write('other', 'one');
  await place.snapshot('auto-1');
  rmSync(place.path('venv'));
  place.write('venv/excluded', 'x');
  place.write('venv/pyvenv.cfg', 'home = /usr/bin\n');
  place.write('other', 'two');
  expect(worded(await place.checkpointer.rollback('auto-1'))).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/but for 1 file .*: venv: /u),
    partial: { counts: { restored: 1 }, notRestored: [{ what: 'all', count: 1, examples: ['venv'] }] },
  });
  expect(readFileSync(place.path('other'), 'utf8')).toBe('one');
  expect(existsSync(join(place.path('venv'), 'excluded'))).toBe(true);
});
