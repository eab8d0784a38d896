import { expect, test } from 'vitest';
import { type Import, type Imported, importStream } from '../../../src/effects/git/store/import-stream.ts';
import { createHelper } from '../../../src/effects/git/helper/helper.ts';
import { type Content, listFolder, readContents } from '../../../src/effects/git/helper/tasks.ts';
import { findFolder } from '../../../src/effects/git/workspace/open.ts';
import { bringIn, take } from '../../../src/effects/git/snapshot.ts';
import { storeOf } from '../../../src/effects/git/store/layout.ts';
import { leftovers, makePlace } from './place.ts';

const { signal } = new AbortController();
const MB = 1024 * 1024;
const READING = {
  maxFileBytes: 1e9,
  expected: () => null,
  syncBudget: { leftMs: () => 0, spend: () => undefined },
};

test('when time runs out between files, what was read is committed and the rest is not begun', async () => {
  const place = makePlace();
  for (let index = 0; index < 40; index += 1) place.write(`f${10 + index}`, `content ${index}`);
  let asked = 0;
  const imported: Imported = { known: new Map(), entries: new Map(), leftOut: [], cutShort: false };
  const workspace = {
    path: place.workspace,
    storeDir: place.storeDir,
    exclude: [],
    maxFileBytes: 1e9,
    identity: () => null,
  };
  const found = await findFolder(workspace);
  const parts: string[] = [];
  await createHelper().work(found, signal, async ({ session }) => {
    const job: Import = {
      walked: await listFolder(session, found, { exclude: [], store: null, maxFileBytes: 1e9 }),
      read: (wanted, isEnough) => readContents(session, found, wanted, { ...READING, isEnough }),
      ensureRoom: () => Promise.resolve(),
      cache: new Map(),
      message: () => 'm',
      seconds: 1,
      signal,
      isEnough: () => (asked += 1) > 16,
      onFile: () => undefined,
    };
    for await (const part of importStream(job, imported)) parts.push(part.toString());
  });
  const stream = parts.join('');
  expect(imported.cutShort).toBe(true);
  expect([...imported.known.keys()]).toEqual([...Array(16).keys()].map((index) => `f${10 + index}`));
  expect(stream.match(/^M 100644 [0-9a-f]{40} workspace\/f\d+$/gmu)).toHaveLength(16);
  expect(stream.endsWith('\ndone\n')).toBe(true);
});

test('progress that is kept makes no snapshot, and the next run goes on from it', async () => {
  const place = makePlace();
  place.write('a', 'one');
  const store = storeOf(place.storeDir, place.workspace);
  const workspace = {
    path: place.workspace,
    storeDir: place.storeDir,
    exclude: [],
    maxFileBytes: 1e9,
    identity: () => null,
  };
  const record = { at: Date.now(), sequence: 1, message: 'm', metadata: {} };
  const taken = await take(store, workspace, createHelper(), record, {
    signal,
    abort: signal,
    endsAt: null,
    maxUsedRatio: 1,
    readsUntil: 0,
  });
  if (taken.type !== 'taken') throw new Error(JSON.stringify(taken));
  expect(taken).toMatchObject({ cutShort: true, files: 0, total: { files: 1, bytes: 3 } });
  await bringIn(store, taken, () => Promise.resolve());
  expect(await place.checkpointer.list()).toEqual({ ok: true, value: [] });
  await place.snapshot('auto-1');
  place.write('a', 'two');
  expect(await place.checkpointer.rollback('auto-1')).toMatchObject({ ok: true });
  expect(leftovers(place)).toEqual([]);
});

test('a stream ends soon after the disk has filled beside it, in the middle of a large file', async () => {
  const file = { path: 'big', kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 64 * MB, stamp: '1' } as const;
  const read = async function* (): AsyncGenerator<Content, void> {
    const chunks = async function* (): AsyncGenerator<Buffer, void> {
      for (let part = 0; part < 64; part += 1) yield Buffer.alloc(MB);
    };
    yield { type: 'large', wanted: file, size: file.size, chunks, read: () => null };
  };
  let written = 0;
  const job: Import = {
    walked: { entries: [file], leftOut: [], repositories: [] },
    read,
    ensureRoom: (bytes) => (written + bytes > 20 * MB ? Promise.reject(new Error('full')) : Promise.resolve()),
    cache: new Map(),
    message: () => 'm',
    seconds: 1,
    signal,
    isEnough: () => false,
    onFile: () => undefined,
  };
  const imported: Imported = { known: new Map(), entries: new Map(), leftOut: [], cutShort: false };
  const drain = async (): Promise<void> => {
    for await (const part of importStream(job, imported)) written += part.length;
  };
  await expect(drain()).rejects.toThrow('full');
  expect(written).toBeLessThanOrEqual(20 * MB);
});
