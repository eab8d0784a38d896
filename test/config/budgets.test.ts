import { describe, expect, test } from 'vitest';
import { budgetsFrom, budgetsToFile } from '../../src/config/budgets.ts';
import { ConfigError } from '../../src/config/error.ts';
import { given } from './given.ts';

const DAY = { name: 'day', every: 'day', usd: 240 };

describe('budgets of the configuration', () => {
  test('are for all together, and warn at 80 %, unless more is said', () => {
    const { load, write } = given();
    write({ budgets: [DAY, { name: 'talk', per: 'conversation', every: 'total', tokens: 5_000_000, action: 'ask' }] });
    expect(load().budgets).toEqual([
      {
        name: 'day',
        per: 'all',
        agent: null,
        conversation: null,
        workspace: null,
        every: 'day',
        unit: 'usd',
        limit: '240000000000000',
        warnAt: 0.8,
        action: 'warn',
        askMs: 60_000,
        pause: false,
      },
      expect.objectContaining({ per: 'conversation', unit: 'tokens', limit: '5000000', action: 'ask' }),
    ]);
  });

  test('take dollars by their decimal digits, and are written as they were', () => {
    const written = [
      { name: 'a', every: 'hour', usd: 0.1 },
      { name: 'b', every: 'day', usd: 1_000_000_000 },
      { name: 'c', per: 'agent', agent: 'Codex', every: 'total', tokens: 7, warn_at: 0.5, action: 'ask', ask_for: 90 },
    ] as const;
    const budgets = budgetsFrom(written, (path) => path);
    expect(budgets.map(({ limit }) => limit)).toEqual(['100000000000', '1000000000000000000000', '7']);
    const again = budgetsFrom(budgetsToFile(budgets) as Parameters<typeof budgetsFrom>[0], (path) => path);
    expect(again).toEqual(budgets);
  });

  test.each([
    [{ ...DAY, every: 'week' }, 'hour, day or total'],
    [{ ...DAY, per: 'model' }, 'all, agent, conversation or workspace'],
    [{ ...DAY, action: 'stop' }, 'warn, checkpoint or ask'],
    [{ ...DAY, tokens: 5 }, 'either usd or tokens'],
    [{ name: 'day', every: 'day' }, 'either usd or tokens'],
    [{ ...DAY, usd: 0 }, 'at least 0.01 dollars'],
    [{ name: 'day', every: 'day', tokens: 1.5 }, 'a whole number of tokens'],
    [{ ...DAY, warn_at: 80 }, 'a share from 0.01 to 1'],
    [{ ...DAY, name: 'a b' }, 'a name of letters'],
    [{ ...DAY, ask_for: 5 }, '"action": "ask" beside ask_for'],
  ])('that are wrong are refused with one line: %j', (budget, why) => {
    const { load, write } = given();
    write({ budgets: [budget] });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(why);
  });

  test('stop agents only where pausing is allowed', () => {
    const { load, write } = given();
    write({ budgets: [{ ...DAY, pause: true }] });
    expect(load).toThrow('budget day pauses its agent, which is not allowed');
    write({ budgets: [{ ...DAY, pause: true }], pause: { enabled: true } });
    expect(load().budgets).toMatchObject([{ pause: true }]);
  });

  test('bear different names', () => {
    const { load, write } = given();
    write({ budgets: [DAY, DAY] });
    expect(load).toThrow('a different name for each budget');
  });
});
