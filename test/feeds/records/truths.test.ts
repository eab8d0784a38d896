import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, readRecords, sumsOf, truthOf } from '../../helpers/records.ts';

test('arrives at the truth of every recorded session of Claude', async () => {
  const view = await readRecords('claude', join(FIXTURES, 'claude'));
  expect(sumsOf(view, true)).toEqual(truthOf('claude', true));
});
