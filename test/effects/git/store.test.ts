import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Snapshot } from '../../../src/core/snapshots.ts';
import { gitCheckpointer } from '../../../src/effects/git/index.ts';
import { removeTree, tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';
import { attempt, control, leftovers, makePlace, type Place, request } from './place.ts';
import { worded } from '../../helpers/reasons.ts';

afterEach(() => void vi.unstubAllEnvs());

async function ids(place: Place): Promise<readonly string[]> {
  const list = await place.checkpointer.list();
  if (!list.ok) throw new Error(String(worded(list.reason)));
  return list.value.map(({ id }) => id);
}

test('an id that exists already gets a suffix', async () => {
  const place = makePlace();
  place.write('a', 'x');
  expect(await place.snapshot('auto-1')).toBe('auto-1');
  expect(await place.snapshot('auto-1')).toBe('auto-1-2');
  expect(await place.snapshot('auto-1')).toBe('auto-1-3');
});

test('the id of a snapshot that was taken away is not given again, as fates name it', async () => {
  const place = makePlace();
  place.write('a', 'x');
  expect(await place.snapshot('auto-1')).toBe('auto-1');
  await place.checkpointer.remove('auto-1');
  expect(await place.snapshot('auto-1')).toBe('auto-1-2');
  expect(await ids(place)).toEqual(['auto-1-2']);
});

test.each([
  ['auto-20260609T140312-a type/../with $(odd) signs\n', 'auto-20260609T140312-a_type_._with___odd__signs_'],
  ['../../escape', 'escape'],
  ['-rf', 'rf'],
  ['x.lock', 'x'],
  ['', 'snapshot'],
])('an id that cannot be stored as it is (%j) becomes one that can (%s)', async (wish, id) => {
  const place = makePlace();
  place.write('a', 'x');
  expect(await place.snapshot(wish)).toBe(id);
  expect(await ids(place)).toEqual([id]);
  expect(await place.checkpointer.lookUp({ snapshot: wish, runId: `run-of-${wish}` })).toEqual({
    type: 'found',
    snapshot: id,
  });
});

test('a list gives every snapshot with its time, message and metadata, oldest first', async () => {
  const place = makePlace();
  place.write('a', 'x');
  const before = Date.now();
  await place.snapshot('b-first');
  await place.snapshot('a-second', { auto: false, type: 'manual', agent: 'Hermes' });
  const list = await place.checkpointer.list();
  expect(list).toMatchObject({
    ok: true,
    value: [
      {
        id: 'b-first',
        message: 'reactive: agent_crash (conv=unknown)',
        pinned: false,
        metadata: { auto: true, run_id: 'run-of-b-first' },
      },
      { id: 'a-second', metadata: { auto: false, type: 'manual', agent: 'Hermes' } },
    ],
  });
  const at = list.ok ? (list.value[0]?.at ?? 0) : 0;
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});

test("a look-up finds a run's own snapshot and no other's of the same stem", async () => {
  const place = makePlace();
  place.write('a', 'x');
  await place.snapshot('auto-1', { run_id: 'theirs' });
  await place.snapshot('auto-1', { run_id: 'ours' });
  const { lookUp } = place.checkpointer;
  expect(await lookUp({ snapshot: 'auto-1', runId: 'ours' })).toEqual({ type: 'found', snapshot: 'auto-1-2' });
  expect(await lookUp({ snapshot: 'auto-1', runId: 'nobody' })).toEqual({ type: 'absent' });
  expect(await makePlace().checkpointer.lookUp({ snapshot: 'auto-1', runId: 'ours' })).toEqual({ type: 'absent' });
});

test('automatic snapshots are kept to the newest so many, manual ones for good', async () => {
  const place = makePlace({ keep: 2 });
  place.write('a', 'x');
  await place.snapshot('manual-1', { auto: false, type: 'manual' });
  for (const id of ['auto-1', 'auto-2', 'auto-3', 'auto-4']) await place.snapshot(id);
  await until(async () => (await ids(place)).length === 3);
  expect(await ids(place)).toEqual(['manual-1', 'auto-3', 'auto-4']);
});

test('the newest are those that were made last, whatever their stamps: what was just made is never taken', async () => {
  const place = makePlace({ keep: 2 });
  place.write('a', 'x');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
  onTestFinished(() => void vi.useRealTimers());
  for (const id of ['auto-1', 'auto-2']) await place.snapshot(id);
  vi.setSystemTime(Date.now() - 86_400_000);
  // Another process on the same store goes on with the sequence.
  const { workspace, storeDir } = place;
  const other = gitCheckpointer({ workspace, storeDir, keep: 2, exclude: null });
  expect(await other.checkpoint(request(workspace, 'auto-3'), control())).toMatchObject({ type: 'created' });
  await until(async () => (await ids(place)).length === 2);
  expect(await ids(place)).toEqual(['auto-2', 'auto-3']);
});

test('packing anew frees the space of snapshots that went long ago and keeps the others whole', async () => {
  const place = makePlace();
  const store = (): string => join(place.storeDir, 'git', readdirSync(join(place.storeDir, 'git'))[0] ?? '');
  const random = (): Buffer => Buffer.from(spawnSync('head', ['-c', '200000', '/dev/urandom']).stdout);
  for (let round = 0; round < 12; round += 1) {
    place.write('large', random());
    await place.snapshot(`auto-${round}`);
  }
  const packs = join(store(), 'objects/pack');
  const pruned = join(store(), 'refs/sightline/pruned');
  for (let round = 0; round < 11; round += 1) await place.checkpointer.remove(`auto-${round}`);
  const bytes = (): number => Number(execFileSync('du', ['-sb', packs], { encoding: 'utf8' }).split('\t')[0]);
  expect(bytes()).toBeGreaterThan(2_400_000);
  // As if they had been removed two hours ago.
  for (const name of readdirSync(pruned))
    renameSync(join(pruned, name), join(pruned, name.replace(/^\d+/u, String(Date.now() - 7_200_000))));
  await place.snapshot('auto-last');
  await until(() => readdirSync(pruned).length === 0 && bytes() < 300_000);
  expect(await ids(place)).toEqual(['auto-11', 'auto-last']);
  rmSync(place.path('large'));
  place.write('other', 'x');
  expect(await place.checkpointer.rollback('auto-11')).toMatchObject({ ok: true });
  expect(leftovers(place)).toEqual([]);
});

test('objects that somebody deleted from the store are read again', async () => {
  const place = makePlace();
  place.write('a', 'one');
  await place.snapshot('auto-1');
  const git = join(place.storeDir, 'git', readdirSync(join(place.storeDir, 'git'))[0] ?? '');
  removeTree(join(git, 'objects/pack'));
  removeTree(join(git, 'refs'));
  await place.snapshot('auto-2');
  place.write('a', 'two');
  expect(await place.checkpointer.rollback('auto-2')).toMatchObject({ ok: true });
});

test('watching tells of every snapshot that appears, whoever makes it, and of none that was there', async () => {
  const place = makePlace();
  place.write('a', 'x');
  const seen: Snapshot[] = [];
  const abort = new AbortController();
  await place.snapshot('auto-before');
  place.checkpointer.watch((snapshot) => seen.push(snapshot), abort.signal);
  await place.snapshot('auto-1');
  const other = gitCheckpointer({ workspace: place.workspace, storeDir: place.storeDir, keep: 50, exclude: null });
  await other.checkpoint(request(place.workspace, 'auto-2'), control());
  await until(() => seen.length === 2);
  expect(seen.map(({ id }) => id)).toEqual(['auto-1', 'auto-2']);
  expect(seen[0]?.metadata).toMatchObject({ run_id: 'run-of-auto-1' });
  abort.abort();
  await place.snapshot('auto-3');
  expect(seen).toHaveLength(2);
});

test('watching begins before there is a store', async () => {
  const place = makePlace();
  place.write('a', 'x');
  const seen: string[] = [];
  const abort = new AbortController();
  place.checkpointer.watch(({ id }) => seen.push(id), abort.signal);
  await place.snapshot('auto-1');
  await until(() => seen.length === 1);
  abort.abort();
});

test('the number of changed paths cannot be forged by the name or the content of a file', async () => {
  const place = makePlace();
  const forged = ' 7 files changed, 1 insertion(+)';
  place.write('kept', 'x');
  await place.snapshot('auto-1');
  place.write('7 files changed', `${forged}\n`);
  place.write(':100644 100644 0 0 M', 'no differences\n');
  expect(await place.checkpointer.diff('auto-1', null)).toMatchObject({ ok: true, value: { changes: 2 } });
});

test('a renamed file is two changed files, in the sum of a diff too', async () => {
  const place = makePlace();
  place.write('before', 'one\ntwo\nthree\n');
  place.write('same', 'x\n');
  await place.snapshot('auto-1');
  rmSync(place.path('before'));
  place.write('after', 'one\ntwo\nthree\n');
  place.write('same', ' 7 files changed\n');
  const diff = await place.checkpointer.diff('auto-1', null);
  expect(diff).toMatchObject({ ok: true, value: { changes: 3, paths: ['before', 'after', 'same'] } });
  const sums = diff.ok ? diff.value.text.match(/^ \d+ files? changed.*$/gmu) : null;
  expect(sums).toEqual([' 3 files changed, 1 insertion(+), 1 deletion(-)']);
});

test('a diff names what changed and shows it, cleaned of control characters', async () => {
  const place = makePlace();
  place.write('kept', 'x');
  place.write('changed', 'one\n');
  place.write('gone', 'x\n');
  await place.snapshot('auto-1');
  place.write('changed', 'two \u001b[31mred\n');
  place.write('new', 'x\n');
  rmSync(place.path('gone'));
  const diff = await place.checkpointer.diff('auto-1', null);
  const text = diff.ok ? diff.value.text : '';
  expect(diff).toMatchObject({ value: { changes: 3, paths: ['changed', 'gone', 'new'] } });
  expect(text).toContain('-one\n+two red\n');
  expect(text).toMatch(/changed +\| 2 \+-/u);
  expect(text).not.toContain('kept');
  removeTree(place.workspace);
  mkdirSync(place.workspace);
  expect(await place.checkpointer.diff('auto-1', null)).toMatchObject({
    ok: true,
    value: { text: expect.stringContaining('-x') },
  });
  expect(worded(await place.checkpointer.diff('auto-1', 'nothing'))).toEqual({
    ok: false,
    reason: `there is no snapshot nothing of ${place.workspace}: the newest is auto-1`,
  });
  expect(leftovers(place)).toEqual([]);
});

test('the first whole snapshot is made on arming and says how far it is; later ones only read what changed', async () => {
  const place = makePlace();
  const said: string[] = [];
  const prepare = (): Promise<unknown> =>
    place.checkpointer.prepare((line) => said.push(line), new AbortController().signal);
  expect(await prepare()).toEqual({ ok: true, value: null });
  expect(await ids(place)).toEqual([]);
  for (let index = 0; index < 20; index += 1) place.write(`f${index}`, 'x'.repeat(1_000));
  expect(await prepare()).toEqual({ ok: true, value: null });
  const [first] = await ids(place);
  expect(first).toMatch(/^base-\d{8}T\d{6}$/u);
  expect(said[0]).toMatch(/^first snapshot: 1 file, 1 kB of 20 files, 20 kB$/u);
  expect(said[1]).toContain(`first snapshot ${first}: 20 files, 20 kB`);
  expect(await prepare()).toEqual({ ok: true, value: null });
  expect(await ids(place)).toHaveLength(1);
  expect(said).toHaveLength(2);
});

test('/ and home directories are refused, with the reason', async () => {
  const place = makePlace();
  const refused = async (workspace: string): Promise<string> => {
    const checkpointer = gitCheckpointer({ workspace, storeDir: place.storeDir, keep: 50, exclude: null });
    const { state, reason } = await checkpointer.probe();
    const outcome = await checkpointer.checkpoint(request(workspace, 'auto-1'), control());
    expect([state, outcome.type]).toEqual(['unavailable', 'unavailable']);
    expect(await checkpointer.rollback('auto-1')).toMatchObject({ ok: false });
    return String(worded(reason));
  };
  expect(await refused('/')).toContain('/ is no workspace');
  expect(await refused(homedir())).toContain('is a home directory');
  vi.stubEnv('HOME', place.workspace);
  expect(await refused(place.workspace)).toContain('is a home directory');
  expect(await refused(join(place.dir, 'nowhere'))).toContain('there is no folder');
});

test('a probe tells version and how full the file system is, and how space is freed; the line does it', async () => {
  const place = makePlace();
  place.write('a', 'x');
  const found = await place.checkpointer.probe();
  expect(worded(found)).toMatchObject({ state: 'available', name: 'git', reason: null });
  expect(found.version).toMatch(/^\d+\.\d+/u);
  expect(found.usedRatio).toBeGreaterThan(0);
  expect(found.usedRatio).toBeLessThanOrEqual(1);
  for (let round = 0; round < 22; round += 1) await place.snapshot(`auto-${round}`);
  await place.snapshot('manual-1', { auto: false, type: 'manual' });
  execFileSync('sh', ['-c', found.freeSpaceHint ?? 'false'], { stdio: 'pipe' });
  expect(await ids(place)).toContain('manual-1');
  expect(await ids(place)).toHaveLength(3);
});

test.each([
  ['there is no git', null, /not installed.*install git/u],
  ['git is too old', 'echo git version 2.7.4', /2\.7\.4 is too old/u],
])('where %s it is unavailable and says what to do', async (_, script, reason) => {
  const place = makePlace();
  place.write('a', 'x');
  const bin = join(place.dir, 'bin');
  mkdirSync(bin);
  if (script !== null) writeFileSync(join(bin, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', bin);
  expect(worded(await place.checkpointer.probe())).toMatchObject({
    state: 'unavailable',
    reason: expect.stringMatching(reason),
  });
  if (script !== null) return;
  expect(worded(await attempt(place, 'auto-1'))).toMatchObject({
    type: 'unavailable',
    reason: expect.stringMatching(reason),
  });
  expect(leftovers(place)).toEqual([]);
});

test('a pinned workspace that is another folder now is left alone', async () => {
  const dir = tempDir();
  const workspace = join(dir, 'workspace');
  mkdirSync(workspace);
  const { dev, ino } = statSync(workspace, { bigint: true });
  const identity = { path: workspace, dev: String(dev), ino: String(ino), uid: 0, gid: 0 };
  const storeDir = join(dir, 'state');
  const checkpointer = gitCheckpointer({ workspace, storeDir, keep: 50, exclude: null, identity: () => identity });
  writeFileSync(join(workspace, 'a'), 'ours');
  expect(await checkpointer.checkpoint(request(workspace, 'auto-1'), control())).toMatchObject({ type: 'created' });
  renameSync(workspace, `${workspace}.bak`);
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'a'), 'theirs');
  const reason = expect.stringContaining('is another folder now');
  expect(worded(await checkpointer.checkpoint(request(workspace, 'auto-2'), control()))).toMatchObject({
    type: 'unavailable',
    reason,
  });
  expect(worded(await checkpointer.rollback('auto-1'))).toMatchObject({ ok: false, reason });
  expect(readFileSync(join(workspace, 'a'), 'utf8')).toBe('theirs');
});
