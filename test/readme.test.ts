import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { FILES, TAKES } from './pictures/plan.ts';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');

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
