import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../../helpers/until.ts';
import { attempt, leftovers, makePlace, type Place, treeOf } from './place.ts';
import { worded } from '../../helpers/reasons.ts';
import { removeTree } from '../../helpers/temp-dir.ts';
import { storeChecks } from '../../../src/effects/git/store/mend.ts';

const KEPT_MS = 30 * 86_400_000;

async function ids(place: Place): Promise<readonly string[]> {
  const list = await place.checkpointer.list();
  if (!list.ok) throw new Error(String(worded(list.reason)));
  return list.value.map(({ id }) => id);
}

function storeDir(place: Place): string {
  const [name = ''] = readdirSync(join(place.storeDir, 'git'));
  return join(place.storeDir, 'git', name);
}

function asideDirs(place: Place): readonly string[] {
  const dir = join(place.storeDir, 'damaged');
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
}

function packFiles(place: Place, ending: string): readonly string[] {
  const dir = join(storeDir(place), 'objects/pack');
  return readdirSync(dir)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(dir, name));
}

function refOf(place: Place, id: string): string {
  return join(storeDir(place), 'refs/sightline/snapshots', id);
}

function gitIn(place: Place, ...args: readonly string[]): string {
  return execFileSync('git', [`--git-dir=${storeDir(place)}`, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

function succeeds(place: Place, ...args: readonly string[]): boolean {
  try {
    gitIn(place, ...args);
    return true;
  } catch {
    return false;
  }
}

/** Turns round some bytes in the middle, as a bad disk does; `isSilent` leaves the times as they were. */
function flip(file: string, isSilent = false): void {
  const { atime, mtime } = statSync(file);
  const descriptor = openSync(file, 'r+');
  const at = Math.floor(fstatSync(descriptor).size / 2);
  const bytes = Buffer.alloc(16);
  readSync(descriptor, bytes, 0, bytes.length, at);
  writeSync(
    descriptor,
    bytes.map((byte) => byte ^ 0xff),
    0,
    bytes.length,
    at,
  );
  closeSync(descriptor);
  if (isSilent) utimesSync(file, atime, mtime);
}

/** A workspace whose content does not get small in a pack, with one snapshot. */
async function filled(place: Place): Promise<void> {
  for (let index = 0; index < 40; index += 1)
    place.write(
      `d${index % 4}/f${index}`,
      Buffer.from(Array.from({ length: 3_000 }, (_, at) => (at * index * 31 + at) % 251)),
    );
  place.write('changing', 'one');
  await place.snapshot('auto-1');
}

async function restores(place: Place, id: string): Promise<void> {
  const before = treeOf(place.workspace);
  removeTree(place.path('d1'));
  place.write('d2/f2', 'wrecked');
  expect(await place.checkpointer.rollback(id)).toMatchObject({ ok: true });
  expect(treeOf(place.workspace)).toEqual(before);
}

const DAMAGES: readonly (readonly [string, (place: Place) => void])[] = [
  ['a pack with other bytes', (place) => packFiles(place, '.pack').forEach((file) => flip(file))],
  ['a pack without its end', (place) => packFiles(place, '.pack').forEach((file) => truncateSync(file, 4_000))],
  ['an empty pack, as after a crash', (place) => packFiles(place, '.pack').forEach((file) => truncateSync(file, 0))],
  ['a deleted pack', (place) => packFiles(place, '.pack').forEach((file) => rmSync(file))],
  [
    'a deleted pack with its index',
    (place) => ['.pack', '.idx'].forEach((end) => packFiles(place, end).forEach((file) => rmSync(file))),
  ],
  ['an index with other bytes', (place) => packFiles(place, '.idx').forEach((file) => flip(file))],
  ['an empty index', (place) => packFiles(place, '.idx').forEach((file) => truncateSync(file, 0))],
  ['no objects at all', (place) => removeTree(join(storeDir(place), 'objects'))],
];

test.each(DAMAGES)('while armed, %s: the next checkpoint can be restored all the same', async (_, damage) => {
  const place = makePlace();
  await filled(place);
  await until(() => existsSync(join(storeDir(place), 'packs')));
  damage(place);
  place.write('changing', 'two');
  const outcome = await attempt(place, 'auto-2');
  expect(outcome).toMatchObject({ type: 'created', snapshot: 'auto-2' });
  await restores(place, 'auto-2');
  expect(leftovers(place)).toEqual([]);
});

test.each(DAMAGES)('before arming, %s: a new baseline is made, and the old store is kept', async (_, damage) => {
  const place = makePlace();
  await filled(place);
  await until(() => existsSync(join(storeDir(place), 'packs')));
  damage(place);
  const again = makePlaceOn(place);
  const lines: string[] = [];
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  expect(await again.checkpointer.prepare((line) => void lines.push(line), abort.signal)).toMatchObject({ ok: true });
  const base = (await ids(again)).find((id) => id.startsWith('base-'));
  await restores(again, base ?? '');
  place.write('changing', 'two');
  expect(await again.snapshot('auto-9')).toBe('auto-9');
  await restores(again, 'auto-9');
});

test('damage that leaves size and time is found by the full check beside the work', async () => {
  const place = makePlace();
  await filled(place);
  await until(() => existsSync(join(storeDir(place), 'packs')));
  packFiles(place, '.pack').forEach((file) => flip(file, true));
  const again = makePlaceOn(place);
  const lines: string[] = [];
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  await again.checkpointer.prepare((line) => void lines.push(line), abort.signal);
  await until(() => lines.some((line) => line.includes('damaged')));
  expect(lines.join('\n')).toMatch(
    /the snapshot store was damaged \(.+\) and put aside, kept for 30 days: .+damaged\//u,
  );
  await until(async () => (await ids(again)).some((id) => id.startsWith('base-')));
  await restores(again, (await ids(again))[0] ?? '');
  expect(asideDirs(place)).toHaveLength(1);
});

test('a store that is whole stays where it is, and the full check leaves nothing', async () => {
  const place = makePlace();
  await filled(place);
  const lines: string[] = [];
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const again = makePlaceOn(place);
  await again.checkpointer.prepare((line) => void lines.push(line), abort.signal);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(lines.filter((line) => /damaged|checked/u.test(line))).toEqual([]);
  expect(asideDirs(place)).toEqual([]);
  expect(await ids(again)).toEqual(['auto-1']);
  expect(leftovers(place)).toEqual([]);
});

const BROKEN: readonly (readonly [string, RegExp, (place: Place) => void])[] = [
  ['an empty ref', /its ref names no commit/u, (place) => writeFileSync(refOf(place, 'auto-2'), '')],
  ['half a ref', /its ref names no commit/u, (place) => truncateSync(refOf(place, 'auto-2'), 20)],
  [
    'a ref of garbage',
    /its ref names no commit/u,
    (place) => writeFileSync(refOf(place, 'auto-2'), 'gar\u001b[31mbage\n'),
  ],
  [
    'a ref to nothing',
    /its commit cannot be read/u,
    (place) => writeFileSync(refOf(place, 'auto-2'), `${'12'.repeat(20)}\n`),
  ],
  [
    'a ref to a file',
    /its commit cannot be read/u,
    (place) =>
      writeFileSync(
        refOf(place, 'auto-2'),
        `${gitIn(place, 'rev-parse', 'refs/sightline/snapshots/auto-1:manifest')}\n`,
      ),
  ],
  [
    'a damaged commit',
    /its commit cannot be read/u,
    (place) => damageLoose(place, 'refs/sightline/snapshots/auto-2', (file) => truncateSync(file, 30)),
  ],
  [
    'an empty commit, as after a crash',
    /its commit cannot be read/u,
    (place) => damageLoose(place, 'refs/sightline/snapshots/auto-2', (file) => truncateSync(file, 0)),
  ],
  [
    'a missing tree',
    /its tree cannot be read/u,
    (place) => damageLoose(place, 'refs/sightline/snapshots/auto-2^{tree}', (file) => rmSync(file)),
  ],
];

/** Lays all objects out one by one, as `git unpack-objects` does, then damages one. */
function damageLoose(place: Place, name: string, damage: (file: string) => void): void {
  const oid = gitIn(place, 'rev-parse', name);
  const away = join(place.dir, 'packs-away');
  mkdirSync(away);
  for (const ending of ['.pack', '.idx'])
    for (const file of packFiles(place, ending)) renameSync(file, join(away, file.slice(file.lastIndexOf('/') + 1)));
  for (const file of readdirSync(away).filter((entry) => entry.endsWith('.pack')))
    execFileSync('git', [`--git-dir=${storeDir(place)}`, 'unpack-objects', '-q'], {
      input: readFileSync(join(away, file)),
    });
  const file = join(storeDir(place), 'objects', oid.slice(0, 2), oid.slice(2));
  execFileSync('chmod', ['u+w', file]);
  damage(file);
}

test.each(BROKEN)('%s: the list passes over that snapshot alone, and it is named', async (_, words, damage) => {
  const place = makePlace();
  await filled(place);
  place.write('changing', 'two');
  await place.snapshot('auto-2');
  place.write('changing', 'three');
  await place.snapshot('auto-3');
  damage(place);
  expect(await ids(place)).toEqual(['auto-1', 'auto-3']);
  expect(worded(await place.checkpointer.rollback('auto-2'))).toMatchObject({
    ok: false,
    reason: expect.stringMatching(words),
  });
  expect((await storeChecks(place.storeDir)).map(({ finding }) => worded(finding)).join('\n')).toMatch(words);
  const lines: string[] = [];
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const again = makePlaceOn(place);
  expect(await again.checkpointer.prepare((line) => void lines.push(line), abort.signal)).toMatchObject({ ok: true });
  expect(lines.join('\n')).toMatch(words);
  // The others stay, the damaged one hinders no repack, and it is still named.
  await until(() => !existsSync(refOf(place, 'auto-2')));
  await until(() => succeeds(place, 'fsck', '--full'));
  expect(asideDirs(place)).toEqual([]);
  expect(await ids(again)).toEqual(['auto-1', 'auto-3']);
  // The store's own `prune` may still run, which takes away what another repack is writing.
  await until(() => succeeds(place, 'repack', '-a', '-d', '-q'));
  expect((await storeChecks(place.storeDir)).map(({ finding }) => worded(finding)).join('\n')).toContain('auto-2');
  await restores(again, 'auto-3');
});

test('a store put aside is named with the lines that restore from it, frees space first, and goes after 30 days', async () => {
  const place = makePlace();
  await filled(place);
  await until(() => existsSync(join(storeDir(place), 'packs')));
  const [, pack = ''] = /pack-(\w+)\.pack$/u.exec(packFiles(place, '.pack')[0] ?? '') ?? [];
  place.write('changing', 'two');
  await place.snapshot('auto-2');
  await until(() => readFileSync(join(storeDir(place), 'packs'), 'utf8').split('\n').length > 4);
  const newer = packFiles(place, '.pack').find((file) => !file.includes(pack)) ?? '';
  flip(newer);
  place.write('changing', 'three');
  const outcome = await attempt(place, 'auto-3');
  expect(outcome).toMatchObject({ type: 'created', stderr: expect.stringContaining('doctor') });
  const [aside = ''] = asideDirs(place);
  const [check] = await storeChecks(place.storeDir);
  expect(worded(check?.finding)).toContain(aside);
  expect(worded(check?.finding)).toContain('auto-1');
  // The lines do what they promise.
  const target = join(place.dir, 'restored');
  const line = /mkdir restored.*$/u.exec(String(worded(check?.finding)))?.[0] ?? '';
  execFileSync('sh', ['-c', line.replaceAll('ID', 'auto-1')], { cwd: place.dir });
  expect(readFileSync(join(target, 'workspace/changing'), 'utf8')).toBe('one');
  const { freeSpaceHint } = await place.checkpointer.probe();
  expect(freeSpaceHint).toBe(`rm -rf ${aside}`);
  const old = aside.replace(/\d+$/u, String(Date.now() - KEPT_MS - 1_000));
  renameSync(aside, old);
  place.write('changing', 'four');
  await place.snapshot('auto-4');
  await until(() => asideDirs(place).length === 0);
});

/** The same workspace and store in the hands of a process that knows nothing yet. */
function makePlaceOn(place: Place): Place {
  const other = makePlace({ workspace: place.workspace, storeDir: place.storeDir });
  return {
    ...other,
    workspace: place.workspace,
    storeDir: place.storeDir,
    path: place.path,
    write: place.write,
    snapshot: async (id) => {
      const outcome = await attempt({ ...other, workspace: place.workspace }, id);
      if (outcome.type !== 'created') throw new Error(JSON.stringify(outcome));
      return outcome.snapshot;
    },
  };
}
