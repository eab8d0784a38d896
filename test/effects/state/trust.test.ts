import { execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gitCheckpointer } from '../../../src/effects/git/index.ts';
import { storeOf } from '../../../src/effects/git/store/layout.ts';
import { canonicalOwnPath, openOwnFileToAppend, readOwnFile } from '../../../src/effects/own-files.ts';
import { oldAddress } from '../../../src/effects/lock/old-socket.ts';
import { peekJournal } from '../../../src/effects/state/journal-peek.ts';
import { type Journal, openJournal } from '../../../src/effects/state/journal.ts';
import { removeTree, tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

/** Nobody; any user but root and us. */
const STRANGER = 65_534;
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
if (!isRoot) console.log('skipped, needs root: the state folder of another user');

async function open(dir: string): Promise<{ readonly journal: Journal; readonly told: readonly string[] }> {
  const told: string[] = [];
  const journal = await openJournal(dir, (text) => told.push(text));
  onTestFinished(() => journal.close());
  return { journal, told };
}

function stateWith(name: string, make: (path: string) => void): string {
  const dir = join(tempDir(), 'state');
  mkdirSync(dir, { mode: 0o700 });
  make(join(dir, name));
  return dir;
}

describe.runIf(isRoot)('a state folder of another user', () => {
  test('is refused: nothing is written through the links in it', async () => {
    const place = tempDir();
    const victim = join(place, 'victim');
    writeFileSync(victim, 'precious');
    const dir = join(place, 'state');
    mkdirSync(dir);
    for (const name of ['journal.jsonl', 'journal.jsonl.next', 'lock.db', 'lock.db-journal']) {
      symlinkSync(victim, join(dir, name));
    }
    chownSync(dir, STRANGER, STRANGER);
    const { journal, told } = await open(dir);
    expect(journal.persistent).toBe(false);
    expect(told.join()).toContain(`belongs to user id ${STRANGER}`);
    journal.put('a', 1);
    await journal.close();
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(statSync(victim).size).toBe(8);
  });

  test('is refused behind a link of that user, and behind our own link where that user could replace it', async () => {
    const place = tempDir();
    mkdirSync(join(place, 'real'));
    symlinkSync(join(place, 'real'), join(place, 'planted'));
    lchownSync(join(place, 'planted'), STRANGER, STRANGER);
    expect((await open(join(place, 'planted', 'state'))).told.join()).toContain('is a link of user id');
    mkdirSync(join(place, 'theirs'));
    symlinkSync(join(place, 'real'), join(place, 'theirs', 'ours'));
    chownSync(join(place, 'theirs'), STRANGER, STRANGER);
    expect((await open(join(place, 'theirs', 'ours'))).told.join()).toContain('which other users can change');
    expect(existsSync(join(place, 'real', 'state'))).toBe(false);
  });

  test('is not taken for ours when it replaces ours while we run', async () => {
    const dir = join(tempDir(), 'state');
    const { journal, told } = await open(dir);
    journal.put('a', 1);
    renameSync(dir, `${dir}.gone`);
    mkdirSync(dir);
    chownSync(dir, STRANGER, STRANGER);
    await until(() => !journal.persistent);
    expect(told.join()).toContain(`belongs to user id ${STRANGER}`);
    journal.put('b', 2);
    expect(existsSync(join(dir, 'journal.jsonl'))).toBe(false);
  });

  test('is not used for snapshots, and neither is a store with a file of that user in it', async () => {
    const place = tempDir();
    const workspace = join(place, 'project');
    mkdirSync(workspace);
    const probe = (storeDir: string) => gitCheckpointer({ workspace, storeDir, keep: 1, exclude: null }).probe();
    const storeDir = join(place, 'state');
    mkdirSync(join(storeDir, 'git', 'any'), { recursive: true });
    expect(await probe(storeDir)).toMatchObject({ state: 'available' });
    const { dir } = storeOf(storeDir, workspace);
    mkdirSync(join(dir, 'info'), { recursive: true });
    writeFileSync(join(dir, 'info', 'attributes'), '* filter=theirs');
    chownSync(join(dir, 'info', 'attributes'), STRANGER, STRANGER);
    const reason = { code: 'state_folder_distrusted', why: expect.objectContaining({ code: 'foreign' }) };
    expect(await probe(storeDir)).toMatchObject({ state: 'unavailable', reason });
    removeTree(dir);
    chownSync(storeDir, STRANGER, STRANGER);
    expect(await probe(storeDir)).toMatchObject({ state: 'unavailable', reason });
  });

  test('lends none of its files: one of another user in our folder is set aside', async () => {
    const dir = stateWith('journal.jsonl', (path) => {
      writeFileSync(path, '{"k":"a","v":"planted"}\n');
      chownSync(path, STRANGER, STRANGER);
    });
    const { journal, told } = await open(dir);
    expect(journal.get('a')).toBeUndefined();
    expect(journal.persistent).toBe(true);
    expect(told.join()).toMatch(/belongs to user id 65534\); as it was: .*journal\.jsonl\.damaged/u);
  });
});

test('a link of ours in a folder of ours is followed', async () => {
  const place = tempDir();
  mkdirSync(join(place, 'real'));
  symlinkSync('real', join(place, 'link'));
  const { journal } = await open(join(place, 'link', 'state'));
  expect(journal.persistent).toBe(true);
  expect(existsSync(join(place, 'real', 'state', 'journal.jsonl'))).toBe(true);
  expect(canonicalOwnPath(join(place, 'link', 'not', 'there'))).toMatch(/real\/not\/there$/u);
});

test('a circle of links is an error, not an endless loop', () => {
  const place = tempDir();
  symlinkSync('b', join(place, 'a'));
  symlinkSync('a', join(place, 'b'));
  expect(() => canonicalOwnPath(join(place, 'a', 'state'))).toThrow('more than 40 links');
});

describe.runIf(isLinux)('what is no regular file in the place of ours', () => {
  const kinds: readonly (readonly [string, (path: string) => void])[] = [
    ['a FIFO', (path) => execFileSync('mkfifo', [path])],
    ['a link to /dev/zero', (path) => symlinkSync('/dev/zero', path)],
    ['a folder', (path) => mkdirSync(path)],
    ['a dangling link', (path) => symlinkSync('/nowhere', path)],
  ];
  for (const [kind, make] of kinds) {
    test(`${kind} as journal holds up nobody and is set aside`, async () => {
      const dir = stateWith('journal.jsonl', make);
      expect(peekJournal(dir, ['']).entries('')).toEqual([]);
      const { journal, told } = await open(dir);
      expect(told.join()).toContain('cannot be read');
      expect(journal.persistent).toBe(true);
      journal.put('a', 1);
      await journal.close();
      expect(lstatSync(join(dir, 'journal.jsonl')).isFile()).toBe(true);
      expect((await open(dir)).journal.get('a')).toBe(1);
    });

    test(`${kind} as lock does not keep us from writing`, async () => {
      const { journal } = await open(stateWith('lock.db', make));
      expect(journal.persistent).toBe(true);
    });
  }

  test('a file that is too large is set aside unread, without a trace in memory', async () => {
    const dir = stateWith('journal.jsonl', (path) => {
      writeFileSync(path, '');
      truncateSync(path, 5 * 1024 ** 4);
    });
    const { journal, told } = await open(dir);
    expect(told.join()).toContain('more than');
    expect(journal.persistent).toBe(true);
  });

  test('a second name of a file elsewhere is not appended to', () => {
    const place = tempDir();
    writeFileSync(join(place, 'elsewhere'), 'precious');
    linkSync(join(place, 'elsewhere'), join(place, 'log'));
    expect(() => openOwnFileToAppend(join(place, 'log'))).toThrow('second name');
    expect(readOwnFile(join(place, 'log'), 100)?.toString()).toBe('precious');
  });
});

describe('a state folder that goes while we run', () => {
  const gone: readonly (readonly [string, (dir: string) => void])[] = [
    ['is deleted', (dir) => removeTree(dir)],
    ['is moved away', (dir) => renameSync(dir, `${dir}.moved`)],
    ['loses its journal', (dir) => rmSync(join(dir, 'journal.jsonl'))],
    [
      'gets another journal',
      (dir) => rmSync(join(dir, 'journal.jsonl')) ?? writeFileSync(join(dir, 'journal.jsonl'), ''),
    ],
  ];
  for (const [what, happens] of gone) {
    test(`${what}: it is said, made again within a second, and nothing is lost`, async () => {
      const dir = join(tempDir(), 'state');
      const { journal, told } = await open(dir);
      journal.put('before', 1);
      happens(dir);
      await until(() => told.length > 0, 2_000);
      expect(told).toEqual([expect.stringContaining('made again')]);
      expect(readFileSync(join(dir, 'journal.jsonl'), 'utf8')).toContain('before');
      journal.put('after', 2);
      expect(journal.persistent).toBe(true);
      await journal.close();
      expect(Object.fromEntries((await open(dir)).journal.entries(''))).toEqual({ before: 1, after: 2 });
    });
  }

  test('is written anew by the next put where no timer gets its turn', async () => {
    const dir = join(tempDir(), 'state');
    const { journal, told } = await open(dir);
    removeTree(dir);
    const from = performance.now();
    while (performance.now() - from < 700) journal.put('n', performance.now());
    expect(told).toEqual([expect.stringContaining('made again')]);
    expect(readFileSync(join(dir, 'journal.jsonl'), 'utf8')).toContain('"k":"n"');
  });
});

test('a flipped bit costs its line only, and is noticed', async () => {
  const dir = join(tempDir(), 'state');
  const { journal } = await open(dir);
  journal.put('endsAt', 1_000);
  journal.put('other', 'whole');
  await journal.close();
  const file = join(dir, 'journal.jsonl');
  // Still JSON, and still of the right shape.
  writeFileSync(file, readFileSync(file, 'utf8').replace('1000', '9000'));
  const second = await open(dir);
  expect(second.journal.get('endsAt')).toBeUndefined();
  expect(second.journal.get('other')).toBe('whole');
  expect(second.told.join()).toContain('1 unreadable lines');
  expect(readFileSync(`${file}.damaged`, 'utf8')).toContain('9000');
});

test.runIf(isLinux)('whoever squats the name of the lock and says anything of itself stops nobody', async () => {
  const dir = join(tempDir(), 'state');
  const address = oldAddress(`state ${dir}`).slice(1);
  const words = JSON.stringify({ user: 'root', pid: 1, startedAt: 0 });
  const script = `require('node:net').createServer((c) => c.end(${JSON.stringify(`${words}\n`)})).listen('\\0${address}', () => console.log('squatting'))`;
  const squatter = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void squatter.kill('SIGKILL'));
  await once(squatter.stdout, 'data');
  const { journal, told } = await open(dir);
  expect(journal.persistent).toBe(true);
  expect(told).toEqual([
    `${dir}: the lock of sightline 0.1.0 is held by pid ${squatter.pid}, which is no engine: ignored`,
  ]);
});
