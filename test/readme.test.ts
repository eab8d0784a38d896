import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { fileSchema } from '../src/config/file-schema.ts';
import { readEnvironment, variableOf } from '../src/config/flags.ts';
import { FLAG_IDS, optionName } from '../src/config/options.ts';
import { given } from './config/given.ts';
import { FILES, TAKES } from './pictures/plan.ts';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');

test("the README's configuration file loads, and shows every key that there is", () => {
  const example = /```json\n(\{\n {2}"\$schema"[^`]+)```/.exec(readme)?.[1] ?? '';
  const { load, write, home } = given();
  for (const file of ['agentsight.token', 'agentsight-ca.pem']) writeFileSync(join(home, file), 'x');
  write(example);
  expect(load({}, {}, true)).toMatchObject({ mode: 'hold', debounceMs: 30_000, host: 'build-7' });
  expect(Object.keys(JSON.parse(example)).toSorted()).toEqual(Object.keys(fileSchema.shape).toSorted());
});

test('the README names every shared option with its variable', () => {
  expect(readEnvironment({})).toEqual({});
  for (const option of FLAG_IDS) {
    const name = optionName(option).slice(2);
    expect(readme, option).toMatch(new RegExp(`\\| \`(-\\w, )?--(\\[no-\\])?${name}\\b.*\`${variableOf(option)}\``));
  }
});

test('the two lines of the README are scripts of the package', () => {
  expect(readme).toContain('npm ci && npm run demo\nnpm ci && npm test\n');
  expect(packageJson.scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String) });
});

test('every picture that the README shows or links is one that npm run screenshots makes, and each view is shown', () => {
  const shown = [...readme.matchAll(/screenshots\/([\w-]+\.(?:png|svg))/g)].map(([, file]) => file);
  expect(FILES).toEqual(expect.arrayContaining(shown));
  const views = new Set(TAKES.flatMap(({ stills }) => Object.keys(stills)));
  for (const view of views) expect(shown.join(' '), view).toMatch(new RegExp(`\\b${view}-\\d`));
});
