import { expect, test } from 'vitest';
import { fuzzyScore } from '../../../src/ui/app/palette/commands.ts';

const NAMES = ['checkpoint', 'take over', 'theme high-contrast', 'mode hold', 'mode auto', 'lower mode', 'help'];

function best(typed: string): string | undefined {
  return NAMES.map((name) => ({ name, score: fuzzyScore(typed, name) }))
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))[0]?.name;
}

test.for([
  ['chk', 'checkpoint'],
  ['to', 'take over'],
  ['thc', 'theme high-contrast'],
  ['mh', 'mode hold'],
  ['MODE A', 'mode auto'],
  ['lm', 'lower mode'],
  ['help', 'help'],
] as const)('%s finds %s', ([typed, name]) => {
  expect(best(typed)).toBe(name);
});

test('letters in another order are no match, and nothing typed fits everything', () => {
  expect(fuzzyScore('pc', 'checkpoint x')).toBe(null);
  expect(fuzzyScore('', 'checkpoint')).toBe(0);
  expect(fuzzyScore('checkpoints', 'checkpoint')).toBe(null);
});
