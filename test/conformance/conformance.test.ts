/**
 * One course of events through each medium, with the real feed, model and reactor: the same fleet, the same calls and the
 * same signals from each, as far as it can carry them (`media.ts` says what it cannot, and why).
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import type { Engine } from '../../src/engine/types.ts';
import { until } from '../helpers/until.ts';
import { HISTORY_LACKS, LACKS, type MediumName, without } from './media.ts';
import { engineOver, engineOverFacts, outcomeOf } from './outcome.ts';
import { scenario } from './scenario.ts';
import { scribeOf, write } from './scribes.ts';

vi.setConfig({ testTimeout: 60_000 });

const MEDIA = Object.keys(LACKS) as MediumName[];
// From the calls alone: their texts, and a storm that we derive where nobody reports it.
const ALL_MEDIA = ['retry_storm', 'context_overflow overflow', 'agent_crash crash-text'];
const ROWS_OF_05 = ['auth_error storm-1', 'agent_crash crashed-0123456789', 'agent_crash ended-0123456789ab'];
const ROWS_OF_NEWEST = ['quantum_flux', 'dead_loop', 'slow_response cached', 'resource_exhaustion'];
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

/** The signals of the scenario, as each medium can carry them. */
const SIGNALS: Readonly<Record<MediumName, readonly string[]>> = {
  'SQLite, newest': [...ALL_MEDIA, ...ROWS_OF_05, ...ROWS_OF_NEWEST],
  'SQLite, 0.5': [...ALL_MEDIA, ...ROWS_OF_05],
  'JSONL, 0.5': ALL_MEDIA,
  'standard input, 0.5': ALL_MEDIA,
  'logtail, newest': [...ALL_MEDIA, ...ROWS_OF_05, ...ROWS_OF_NEWEST],
  'HTTP, newest': [...ALL_MEDIA, ...ROWS_OF_05, ...ROWS_OF_NEWEST],
  'HTTP, 0.5': [...ALL_MEDIA, ...ROWS_OF_05],
};

describe('a signal has the same id through every medium', () => {
  test.each(MEDIA)('%s', async (medium) => {
    const facts = scenario(Date.now() - TWENTY_MINUTES);
    const all = outcomeOf(await engineOverFacts(facts, 'historical')).signals;
    const nameOf = new Map(
      all.map(({ signal_id, signal, call_id }) => [signal_id, `${signal} ${call_id ?? ''}`.trim()]),
    );
    const here = outcomeOf(await engineOverFacts(without(facts, LACKS[medium]), 'historical')).signals;
    const names = here.map(({ signal_id: id }) => nameOf.get(id) ?? `a signal of its own: ${id}`);
    expect(names.toSorted()).toEqual(SIGNALS[medium].toSorted());
  });
});

test('the fleet is what the scenario says', async () => {
  const engine = await engineOverFacts(scenario(Date.now() - TWENTY_MINUTES), 'historical');
  outcomeOf(engine);
  expect(engine.store.getState().model.fleet).toMatchObject({
    agents: 5,
    conversations: 10,
    interruptions: 10,
    totals: {
      calls: 23,
      failed: 16,
      pending: 1,
      inputTokens: 7_510,
      outputTokens: 364,
      cacheReadTokens: 41_200,
      cacheCreationTokens: 400,
      promptTokens: 45_110,
    },
  });
});

async function becomesLike(engine: Engine, other: Engine): Promise<void> {
  const isLike = (): boolean => isDeepStrictEqual(outcomeOf(engine), outcomeOf(other));
  await until(isLike, 15_000).catch(() => undefined);
  expect(outcomeOf(engine)).toEqual(outcomeOf(other));
}
