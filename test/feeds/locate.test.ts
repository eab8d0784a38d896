import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locateSources, type LocateEnv } from '../../src/feeds/locate.ts';
import { tempDir } from '../helpers/temp-dir.ts';

test('the databases are the feed, even where an old JSONL file lies about', async () => {
  const env = machine();
  touch(env.databases, 'genai_events.db');
  touch(env.jsonlFolders[0] ?? '', 'genai_events.jsonl');
  expect(await locateSources(env)).toMatchObject({ found: [`sqlite:${env.databases}`], tried: [] });
});

test("agentsight's own configuration says where they are", async () => {
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

test('with nothing at all each place is named, and the one to wait for', async () => {
  const env = machine();
  const { found, tried, fallback } = await locateSources(env);
  expect(found).toEqual([]);
  expect(fallback).toBe(`sqlite:${env.databases}`);
  expect(tried.map(({ place, why }) => [place, why])).toEqual([
    [join(env.databases, 'genai_events.db'), 'not there'],
    ...env.jsonlFolders.map((folder) => [join(folder, 'genai_events.jsonl'), 'not there']),
  ]);
});

function machine(): LocateEnv {
  const root = tempDir();
  const jsonlFolders = [join(root, 'home'), join(root, 'tmp')];
  return { configFile: join(root, 'config.json'), databases: join(root, 'databases'), jsonlFolders };
}

function touch(folder: string, file: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), '');
}
