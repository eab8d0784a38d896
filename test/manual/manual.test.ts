import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { given } from '../config/given.ts';
import { filled } from './generate.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'src/manual');
const topics = readdirSync(folder);
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe.each(topics)('%s', (name) => {
  test('has the generated parts that the program’s tables give (npm run manual writes them)', async () => {
    const path = join(folder, name);
    const options = await resolveConfig(path);
    expect(textOf(name)).toBe(await format(filled(textOf(name)), { ...options, filepath: path }));
  });

  test('can be read at 80 columns: lists, no tables', () => {
    const lines = textOf(name).split('\n');
    expect(lines.filter((line) => line.startsWith('|'))).toEqual([]);
    // A single word or code span cannot be wrapped.
    expect(lines.filter((line) => line.length > 80 && /\s/u.test(line.trim().replaceAll(/`[^`]*`/gu, '')))).toEqual([]);
  });
});

test('the configuration file of the manual loads', () => {
  const [, example = ''] = /```json\n([^`]+)```/u.exec(textOf('configuration.md')) ?? [];
  const { load, write } = given();
  write(example);
  expect(load({}, {}, false)).toMatchObject({ mode: 'hold', debounceMs: 30_000, graceMs: 60_000 });
});

test('the README links to every topic, and is short', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const name of topics) expect(readme).toContain(`(src/manual/${name})`);
  expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(15_000);
  expect(readme.split('\n').length).toBeLessThanOrEqual(251);
});
