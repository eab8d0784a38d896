import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openJournal } from '../../../src/effects/state/journal.ts';
import { until } from '../../helpers/until.ts';
import { removeTree } from '../../helpers/temp-dir.ts';

const root = mkdtempSync(join(tmpdir(), 'sightline-journal-'));
afterAll(() => removeTree(root));

let dirs = 0;
const newDir = (): string => join(root, `state-${(dirs += 1)}`);
const fileOf = (dir: string): string => join(dir, 'journal.jsonl');
const modeOf = (path: string): number => statSync(path).mode & 0o777;

test.skipIf(process.platform !== 'linux')(
  'a folder that its file system refuses is told, not tried for ever',
  async () => {
    const told: string[] = [];
    const journal = await openJournal('/proc/sightline', (text) => told.push(text));
    expect(told).toEqual([expect.stringContaining('nothing is kept over a restart')]);
    await journal.close();
  },
);

test('values survive a restart, and what was taken away stays away', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  first.put('silence a', { endsAt: 1 });
  first.put('silence b', { endsAt: 2 });
  first.put('cursor x', 'c1');
  first.put('cursor x', 'c2');
  first.put('silence a', null);
  await first.close();

  const second = await openJournal(dir);
  expect(second.get('cursor x')).toBe('c2');
  expect(second.get('silence a')).toBeUndefined();
  expect(second.entries('silence ')).toEqual([['silence b', { endsAt: 2 }]]);
  await second.close();
});

test('the directory and its files are for the owner alone', async () => {
  const dir = newDir();
  const journal = await openJournal(join(dir, 'deep', 'down'));
  journal.put('a', 1);
  await journal.close();
  expect(modeOf(join(dir, 'deep', 'down'))).toBe(0o700);
  expect(modeOf(fileOf(join(dir, 'deep', 'down')))).toBe(0o600);
});

test('an empty directory that others may enter is closed to them; one with foreign files is left and said', async () => {
  const empty = newDir();
  mkdirSync(empty);
  chmodSync(empty, 0o755);
  await (await openJournal(empty)).close();
  expect(modeOf(empty)).toBe(0o700);

  const shared = newDir();
  mkdirSync(shared);
  chmodSync(shared, 0o755);
  writeFileSync(join(shared, 'theirs'), '');
  const notices: string[] = [];
  await (await openJournal(shared, (notice) => notices.push(notice))).close();
  expect(modeOf(shared)).toBe(0o755);
  expect(notices.join()).toContain('chmod 700');
});

test('a torn last line and garbage are skipped and counted, the rest is kept', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  first.put('a', 1);
  await first.close();
  appendFileSync(fileOf(dir), 'garbage\n\u0000\u0000\n[1]\n{"k":"b","v":2}\n{"k":"c","v":{"half');

  const notices: string[] = [];
  const second = await openJournal(dir, (notice) => notices.push(notice));
  expect(second.skipped).toBe(4);
  expect(notices.join()).toContain('4 unreadable lines');
  expect(second.entries('')).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  second.put('d', 4);
  await second.close();

  const third = await openJournal(dir);
  expect(third.skipped).toBe(0);
  expect(third.get('d')).toBe(4);
  await third.close();
});

test('keys like __proto__ are keys like any other', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  first.put('__proto__', { polluted: true });
  await first.close();
  const second = await openJournal(dir);
  expect(second.get('__proto__')).toEqual({ polluted: true });
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  await second.close();
});

test('the file does not grow without end', async () => {
  const dir = newDir();
  const journal = await openJournal(dir);
  for (let n = 0; n < 20_000; n += 1) journal.put(`key ${n % 10}`, { n, text: 'x'.repeat(1_000) });
  expect(statSync(fileOf(dir)).size).toBeLessThan(9 * 1024 * 1024);
  await journal.close();
  const again = await openJournal(dir);
  expect(again.entries('')).toHaveLength(10);
  expect(again.get('key 9')).toMatchObject({ n: 19_999 });
  await again.close();
});

test('a second process reads what is there, keeps its puts in memory, and says who is in the way', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  first.put('a', 1);
  const notices: string[] = [];
  const second = await openJournal(dir, (notice) => notices.push(notice));
  expect(second.persistent).toBe(false);
  expect(notices.join()).toContain(`process ${process.pid}`);
  expect(second.get('a')).toBe(1);
  second.put('a', 2);
  expect(second.get('a')).toBe(2);
  await second.close();
  await first.close();
  const third = await openJournal(dir);
  expect(third.get('a')).toBe(1);
  await third.close();
});

test('when the first is gone, the second keeps what it has put, and what the first had put since', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  for (const name of ['both', 'theirs', 'gone']) first.put(name, 'old');
  const notices: string[] = [];
  const second = await openJournal(dir, (notice) => notices.push(notice));
  expect([first.shared, second.shared]).toEqual([false, true]);
  second.put('both', 'ours');
  second.put('new', 'ours');
  second.put('gone', null);
  first.put('theirs', 'since');
  first.put('both', 'theirs');
  await first.close();
  await until(() => second.persistent);
  expect(notices.join()).toContain('is free');
  second.put('later', 'ours');
  await second.close();
  const third = await openJournal(dir);
  expect(Object.fromEntries(third.entries(''))).toEqual({ both: 'ours', theirs: 'since', new: 'ours', later: 'ours' });
  await third.close();
});

test('one that yields gives the folder up for one that waits for it, and has it back when that is gone', async () => {
  const dir = newDir();
  const notices: string[] = [];
  const shown = await openJournal(dir, (notice) => notices.push(notice), { yields: true });
  shown.put('kept', 1);
  const printing = await openJournal(dir, undefined, { waitMs: 3_000 });
  expect([printing.persistent, printing.get('kept'), shown.persistent]).toEqual([true, 1, false]);
  expect(notices.join()).toContain('is given up');
  expect(shown.problem()).toMatchObject({ code: 'state_in_use' });
  printing.put('printed', 2);
  await printing.close();
  await until(() => shown.persistent);
  expect([shown.get('printed'), shown.problem()]).toEqual([2, null]);
  expect(readdirSync(dir)).not.toContain('wanted');
  await shown.close();
});

test('one that does not yield keeps the folder, and is waited for as long as it may be ending', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  const second = await openJournal(dir, undefined, { waitMs: 300 });
  expect([second.shared, second.other()?.owner.pid]).toEqual([true, process.pid]);
  const third = openJournal(dir, undefined, { waitMs: 10_000 });
  await second.close();
  await first.close();
  const opened = await third;
  expect(opened.persistent).toBe(true);
  await opened.close();
});

test('one that waits for its turn is closed without taking it', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  await (await openJournal(dir)).close();
  await first.close();
  const next = await openJournal(dir);
  expect(next.persistent).toBe(true);
  await next.close();
});

test('a directory that cannot be made leaves a journal in memory and a notice', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, '');
  const notices: string[] = [];
  const journal = await openJournal(join(file, 'state'), (notice) => notices.push(notice));
  expect(journal.persistent).toBe(false);
  expect(notices.join()).toContain('--state-dir');
  journal.put('a', 1);
  expect(journal.get('a')).toBe(1);
  await journal.close();
});

test('a journal that cannot be rewritten leaves the old file as it is, and goes on in memory', async () => {
  const dir = newDir();
  const first = await openJournal(dir);
  first.put('a', 1);
  await first.close();
  mkdirSync(join(dir, 'journal.jsonl.next'));
  const before = readFileSync(fileOf(dir), 'utf8');
  const notices: string[] = [];
  const second = await openJournal(dir, (notice) => notices.push(notice));
  expect(second.persistent).toBe(false);
  expect(notices.join()).toContain(': it is a folder; let this user write its files');
  second.put('a', 2);
  expect(second.get('a')).toBe(2);
  expect(readFileSync(fileOf(dir), 'utf8')).toBe(before);

  removeTree(join(dir, 'journal.jsonl.next'));
  await second.close();
  expect(notices.join()).toContain('written again');
  const third = await openJournal(dir);
  expect(third.get('a')).toBe(2);
  await third.close();
});

test('a link that somebody put in its place is never written through', async () => {
  const dir = newDir();
  const target = join(root, 'target');
  writeFileSync(target, 'theirs');
  const notices: string[] = [];
  const journal = await openJournal(dir, (notice) => notices.push(notice));
  symlinkSync(target, join(dir, 'journal.jsonl.next'));
  for (let n = 0; n < 5_000; n += 1) journal.put('key', { n, text: 'x'.repeat(1_000) });
  await journal.close();
  expect(readFileSync(target, 'utf8')).toBe('theirs');
  expect(notices).toEqual([]);
  expect(journal.get('key')).toMatchObject({ n: 4_999 });
});

test('a process killed while it writes loses nothing that it had put', async () => {
  const dir = newDir();
  const fixture = join(import.meta.dirname, '../../fixtures/children/writes-journal.ts');
  const child = spawn(process.execPath, [fixture, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    if (said.length > 100_000) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const last = Number(said.trimEnd().split('\n').at(-1));
  const journal = await openJournal(dir);
  expect(journal.get('n')).toBeGreaterThanOrEqual(last);
  expect(journal.skipped).toBeLessThanOrEqual(1);
  await journal.close();
});
