import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentsightTokenFile, locateSources, type LocateEnv } from '../../src/feeds/locate.ts';
import { whyNotTrusted } from '../../src/feeds/trust.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { wordLocate } from '../../src/wording/sources.ts';

test('the databases are the feed, even where an old JSONL file lies about', async () => {
  const env = machine();
  touch(env.databases, 'genai_events.db');
  touch(env.jsonlFolders[0] ?? '', 'genai_events.jsonl');
  expect(await locateSources(env)).toMatchObject({ found: [`sqlite:${env.databases}`], tried: [] });
});

test("agentsight's own configuration names their folder", async () => {
  const env = machine();
  const elsewhere = join(tempDir(), 'db');
  touch(elsewhere, 'genai_events.db');
  writeFileSync(env.configFile, JSON.stringify({ schema_version: 4, storage: { base_path: `${elsewhere}/` } }));
  expect(await locateSources(env)).toMatchObject({ found: [`sqlite:${elsewhere}`] });
});

test.each(['not json', '{}', '{"storage":{"base_path":7}}', '{"storage":{"base_path":"relative"}}'])(
  'a configuration like %s leaves the usual place',
  async (text) => {
    const env = machine();
    touch(env.databases, 'genai_events.db');
    writeFileSync(env.configFile, text);
    expect(await locateSources(env)).toMatchObject({ found: [`sqlite:${env.databases}`] });
  },
);

test('without databases the JSONL file is, in the first folder that has one', async () => {
  const env = machine();
  const folder = env.jsonlFolders[1] ?? '';
  touch(folder, 'genai_events.jsonl');
  const { found, tried } = await locateSources(env);
  expect(found).toEqual([`jsonl:${join(folder, 'genai_events.jsonl')}`]);
  expect(tried).toHaveLength(2);
});

test('names each location if nothing is found, and the one to wait for', async () => {
  const env = machine();
  const { found, tried, fallback } = await locateSources(env);
  expect(found).toEqual([]);
  expect(fallback).toBe(`sqlite:${env.databases}`);
  expect(tried.map(({ path, why }) => [path, wordLocate(why)])).toEqual([
    [join(env.databases, 'genai_events.db'), 'does not exist'],
    ...env.jsonlFolders.map((folder) => [join(folder, 'genai_events.jsonl'), 'does not exist']),
  ]);
});

const isRoot = process.getuid?.() === 0;
const OTHER_UID = 54_321;

// All of it lies below /tmp, where any user could have made it.
test.for<[string, (folder: string, file: string) => void, string]>([
  ['a folder of another user', (folder) => chownSync(folder, OTHER_UID, OTHER_UID), 'belongs to user 54321'],
  ['a file of another user', (_, file) => chownSync(file, OTHER_UID, OTHER_UID), 'belongs to user 54321'],
  ['a folder that others may write to', (folder) => chmodSync(folder, 0o777), 'others than its owner may write'],
  ['a file that its group may write to', (_, file) => chmodSync(file, 0o664), 'others than its owner may write'],
  ['a folder that is a link', (folder) => replaceByLink(folder), 'is a link in a folder that any user may write to'],
  ['a file that is a link', (_, file) => replaceByLink(file), 'is a link in a folder that any user may write to'],
  ['a FIFO', (_, file) => makeFifo(file), 'it is not a regular file'],
])('%s in /tmp is not followed unasked, and reported', async ([name, plant, words], { skip }) => {
  if (name.includes('another user') && !isRoot) {
    console.log('skipped, needs root: a planted feed of another user');
    skip();
  }
  const env = machine();
  const folder = env.jsonlFolders[0] ?? '';
  touch(folder, 'genai_events.jsonl');
  plant(folder, join(folder, 'genai_events.jsonl'));
  const { found, tried } = await locateSources(env);
  expect(found).toEqual([]);
  const why = tried.find(({ isDistrusted }) => isDistrusted)?.why;
  expect(why && wordLocate(why)).toContain(words);
  // It keeps nothing of ours from being found.
  touch(env.jsonlFolders[1] ?? '', 'genai_events.jsonl');
  expect(await locateSources(env)).toMatchObject({
    found: [`jsonl:${join(env.jsonlFolders[1] ?? '', 'genai_events.jsonl')}`],
  });
});

test('databases are found by the same rule, and so is the token of their server', async () => {
  const env = machine();
  touch(env.databases, 'genai_events.db');
  touch(env.databases, '.dashboard_token');
  expect(await agentsightTokenFile(env)).toBe(join(env.databases, '.dashboard_token'));
  replaceByLink(env.databases);
  expect(await locateSources(env)).toMatchObject({ found: [], tried: [{ isDistrusted: true }, {}, {}] });
  expect(await agentsightTokenFile(env)).toBeNull();
});

test('does not wait for a configured folder that does not exist and that any user could create', async () => {
  const env = machine();
  const absent = join(tempDir(), 'later');
  writeFileSync(env.configFile, JSON.stringify({ storage: { base_path: absent } }));
  const { fallback, tried } = await locateSources(env);
  expect(fallback).toBe(`sqlite:${env.databases}`);
  expect(tried[0]).toMatchObject({
    path: absent,
    why: { code: 'not_trusted', why: { code: 'could_be_made', path: absent } },
  });
});

test.skipIf(!isRoot)('outside of places like /tmp, links of root are followed, those of others are not', async () => {
  const root = tempDir();
  expect(await whyNotTrusted('/etc/passwd')).toBeNull();
  expect(await whyNotTrusted('/proc/self/status')).toBeNull();
  expect(await whyNotTrusted('/proc/self/root/not/there')).toBeNull();
  expect(await whyNotTrusted('/not/there')).toBeNull();
  expect(await whyNotTrusted(join(root, 'nothing'))).toMatchObject({ code: 'could_be_made' });
});

function replaceByLink(path: string): void {
  renameSync(path, `${path}.real`);
  symlinkSync(`${path}.real`, path);
}

function makeFifo(path: string): void {
  renameSync(path, `${path}.real`);
  spawnSync('mkfifo', [path]);
}

function machine(): LocateEnv {
  const root = tempDir();
  const jsonlFolders = [join(root, 'home'), join(root, 'tmp')];
  return { configFile: join(root, 'config.json'), databases: join(root, 'databases'), jsonlFolders };
}

function touch(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, file), '', { mode: 0o644 });
}
