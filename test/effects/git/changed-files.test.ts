import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makePlace } from './place.ts';

/** A name that git would quote, with a blank, a quote and a letter outside ASCII. */
const ODD_NAME = 'a "b" ü.txt';

test('a snapshot lists its changes against the one before, the largest first, as its list counts them', async () => {
  const place = makePlace();
  place.write('src/keep.ts', 'one\ntwo\n');
  place.write('src/gone.ts', 'one\n');
  place.write(ODD_NAME, 'one\n');
  await place.snapshot('auto-1');
  place.write('src/keep.ts', 'one\nTWO\n');
  place.write('src/new.ts', 'one\ntwo\nthree\nfour\n');
  place.write(ODD_NAME, 'other\n');
  place.write('blob.bin', Buffer.from([0, 1, 2, 0]));
  rmSync(place.path('src/gone.ts'));
  await place.snapshot('auto-2');
  const found = await place.checkpointer.contents?.('auto-2');
  const files = [
    { path: 'src/new.ts', change: 'added', added: 4, removed: 0 },
    { path: ODD_NAME, change: 'modified', added: 1, removed: 1 },
    { path: 'src/keep.ts', change: 'modified', added: 1, removed: 1 },
    { path: 'src/gone.ts', change: 'deleted', added: 0, removed: 1 },
    { path: 'blob.bin', change: 'added', added: null, removed: null },
  ];
  expect(found).toEqual({ ok: true, value: { since: 'auto-1', files, total: 5, refs: 0 } });
  const listed = await place.checkpointer.list();
  expect(listed.ok && listed.value[1]?.changed).toEqual({ files: 5, addedLines: 6, removedLines: 3 });
});

test('a name that would break or colour a line of the screen is one clean line', async () => {
  const place = makePlace();
  place.write('a', 'one\n');
  await place.snapshot('auto-1');
  place.write('b\nfake\u001b[31m', 'one\n');
  await place.snapshot('auto-2');
  const found = await place.checkpointer.contents?.('auto-2');
  const path = found?.ok === true ? (found.value.files[0]?.path ?? '') : '';
  expect(path).toContain('fake');
  expect(path).not.toMatch(/[\n\u001b]/u);
});

test('the first snapshot lists none, and a missing one says so', async () => {
  const place = makePlace();
  place.write('a', 'one\n');
  await place.snapshot('auto-1');
  expect(await place.checkpointer.contents?.('auto-1')).toMatchObject({ ok: true, value: { since: null, files: [] } });
  expect(await place.checkpointer.contents?.('auto-9')).toMatchObject({ ok: false, reason: { code: 'no_snapshot' } });
});

test('one file is compared alone, whatever its name is', async () => {
  const place = makePlace();
  place.write(':(glob)*', 'one\n');
  place.write('other', 'one\n');
  await place.snapshot('auto-1');
  place.write(':(glob)*', 'two\n');
  place.write('other', 'two\n');
  await place.snapshot('auto-2');
  const found = await place.checkpointer.diff('auto-1', 'auto-2', ':(glob)*');
  expect(found).toMatchObject({ ok: true, value: { changes: 1, paths: [':(glob)*'] } });
});

test('a rollback that is not begun names what it would write and delete', async () => {
  const place = makePlace();
  place.write('kept', 'one\n');
  place.write('changed', 'one\n');
  await place.snapshot('auto-1');
  place.write('changed', 'two\n');
  place.write('new', 'one\n');
  const found = await place.checkpointer.previewRollback?.('auto-1');
  expect(found).toMatchObject({ ok: true, value: { files: { restored: ['changed'], deleted: ['new'] } } });
});
