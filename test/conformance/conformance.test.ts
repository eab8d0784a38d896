/**
 * One course of events through each medium, with the real feed, model and reactor: the same fleet, the same calls and the
 * same signals from each, as far as it can carry them (`media.ts` says what it cannot, and why).
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import type { Engine } from '../../src/app/engine/types.ts';
import { until } from '../helpers/until.ts';
import { HISTORY_LACKS, LACKS, type MediumName, without } from './media.ts';
import { engineOver, engineOverFacts, outcomeOf } from './outcome.ts';
import { scenario } from './scenario.ts';
import { scribeOf, write } from './scribes.ts';

vi.setConfig({ testTimeout: 60_000 });

const MEDIA = Object.keys(LACKS) as MediumName[];
const TWENTY_MINUTES = 1_200_000;

describe('what was there when we attached', () => {
  test.each(MEDIA)('through %s', async (medium) => {
    const carried = without(scenario(Date.now() - TWENTY_MINUTES), LACKS[medium]);
    const scribe = await scribeOf(medium);
    await write(scribe, carried);
    const engine = await engineOver([scribe.feed]);
    const known = without(carried, HISTORY_LACKS[medium] ?? []);
    await becomesLike(engine, await engineOverFacts(known, 'historical'));
  });
});

describe('what happens while we look', () => {
  test.each(MEDIA)('through %s', async (medium) => {
    const carried = without(scenario(Date.now()), LACKS[medium]);
    const scribe = await scribeOf(medium);
    const engine = await engineOver([scribe.feed]);
    await write(scribe, carried);
    await becomesLike(engine, await engineOverFacts(carried, 'live'));
  });
});

async function becomesLike(engine: Engine, other: Engine): Promise<void> {
  const isLike = (): boolean => isDeepStrictEqual(outcomeOf(engine), outcomeOf(other));
  await until(isLike, 15_000).catch(() => undefined);
  expect(outcomeOf(engine)).toEqual(outcomeOf(other));
}
