import { expect, test } from 'vitest';
import type { Budget } from '../../src/core/budgets.ts';
import { MAX_SHOWN_BUDGETS } from '../../src/core/limits.ts';
import { A_DAY } from '../helpers/budget.ts';
import { startedWorld } from '../helpers/engine-world.ts';

const EACH: Budget = {
  ...A_DAY,
  name: 'each',
  per: 'agent',
  unit: 'tokens',
  limit: '10',
  warnAt: 1,
  action: 'ask',
};

const tokens = (inputTokens: number) => ({
  provider: 'openai',
  usage: { inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 },
});

test('a budget that asks is shown, however many that ask nothing are fuller', async () => {
  const { engine, call, clock } = await startedWorld({ config: { budgets: [EACH] } });
  for (let at = 0; at < 2 * MAX_SHOWN_BUDGETS; at += 1)
    call({ callId: `old-${at}`, agent: `old-${at}`, ...tokens(1_000) }, 'historical');
  call({ callId: 'new', agent: 'new', ...tokens(11) });
  await clock.pass(0);
  engine.commit();
  const { budgets } = engine.store.getState();
  expect(budgets).toHaveLength(MAX_SHOWN_BUDGETS);
  expect(budgets.filter(({ hold }) => hold !== null)).toMatchObject([{ subject: 'new', level: 'reached' }]);
  expect(budgets.at(-1)).toMatchObject({ subject: 'new' });
});

test('what history has used up is told with the next round, what is used up live at once', async () => {
  const { engine, call, clock } = await startedWorld({ config: { budgets: [EACH] } });
  const levels = (): readonly unknown[] => {
    engine.commit();
    return engine.store.getState().budgets.map(({ subject, level, hold }) => [subject, level, hold !== null]);
  };
  call({ callId: 'old', agent: 'old', ...tokens(20) }, 'historical');
  await clock.pass(0);
  expect(levels()).toEqual([['old', 'none', false]]);
  await clock.pass(5_000);
  expect(levels()).toEqual([['old', 'reached', false]]);
  call({ callId: 'new', agent: 'new', ...tokens(11) });
  await clock.pass(0);
  expect(levels()).toEqual([
    ['old', 'reached', false],
    ['new', 'reached', true],
  ]);
});
