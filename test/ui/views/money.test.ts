import { expect, test } from 'vitest';
import { loadPricer } from '../../../src/effects/prices.ts';
import { isOnPlan, moneyToday } from '../../../src/core/model/meters/money.ts';
import { dollars, moneyCell, moneyWords } from '../../../src/wording/money.ts';
import { personAt } from '../../helpers/person.ts';
import { mount } from '../../helpers/mount.ts';
import { ScreenWorld } from '../../helpers/view.ts';

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens: null,
  cacheCreationTokens: null,
});

const SUB = { model: 'claude-sonnet-4-5', usage: usage(100_000, 0) };

/** A priced agent, one whose model has no price, and one with both. */
async function spending(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe', { pricer: loadPricer() });
  const [sonnet, qwen] = ['claude-sonnet-4-6', 'qwen3-max'];
  const known = { provider: 'anthropic', model: sonnet, ago: 60_000, took: 1_000 };
  // 200 000 tokens at $3 and 2 000 at $15 a million.
  world.call({ ...known, agent: 'Claude', conversationId: 'c1', usage: usage(200_000, 2_000), userQuery: 'priced' });
  world.call({ ...known, agent: 'Qwen', model: qwen, conversationId: 'c2', usage: usage(1, 1), userQuery: 'unpriced' });
  world.call({ ...known, agent: 'Both', conversationId: 'c3', usage: usage(10_000, 0), userQuery: 'half' });
  world.call({ ...known, agent: 'Both', model: qwen, conversationId: 'c3', usage: usage(1, 1), userQuery: 'half' });
  return world;
}

const rowOf = (text: string, what: string): string => text.split('\n').find((line) => line.includes(what)) ?? '';

test('what conversations, agents and calls cost stands in columns: exact, at least, or unknown', async () => {
  const app = mount(await spending(), { columns: 80, rows: 24 });
  await app.shows('COST');
  expect(rowOf(app.text(), 'priced')).toContain('$0.63');
  expect(rowOf(app.text(), ' half')).toContain('≥$0.03');
  expect(rowOf(app.text(), 'unpriced')).toMatch(/–\s+1 min/u);
  app.send('3');
  await app.shows('COST/H');
  expect(rowOf(app.text(), 'Claude')).toContain('$0.63');
  expect(rowOf(app.text(), 'Both')).toContain('≥$0.03');
});

test('what is spent today stands in the header, beside each agent, and under the list whatever its order is', async () => {
  const app = mount(await spending(), { columns: 120, rows: 34 });
  await app.shows(/≥\$0\.66 today +\d\d:\d\d:\d\d/u);
  await app.shows('most today: Claude $0.63 · Both ≥$0.03');
  app.send('3');
  await app.shows('TODAY');
  expect(app.text()).toMatch(/Claude .*\$0\.63 +\$0\.63/u);
  app.send('oooooo');
  await app.shows('by cost');
  expect(app.text().indexOf('Claude')).toBeLessThan(app.text().indexOf('Both'));
});

test('at midnight by the clock of the host today begins anew', async () => {
  const { engine } = await spending();
  engine.commit();
  const { model } = engine.store.getState();
  const midnight = (model.fleet.spending?.days ?? []).at(-1)?.endsAt ?? 0;
  expect(moneyToday(model, midnight - 1)).toMatchObject({ pico: 660_000_000_000n, unpriced: 2, isAtLeast: true });
  expect(moneyToday(model, midnight)).toBeNull();
});

test('an agent in its panel, with its hour, its models, and how the amount is known', async () => {
  const world = await spending();
  const app = mount(world, { columns: 160, rows: 50 });
  app.send('3');
  await app.shows('COST/H');
  await app.shows(/today +≥?\$0\.\d\d/u);
  await app.shows(/in all +\S+ list price/u);
  await app.shows(/cost +\$0\.\d\d /u);
  await app.shows(/MODEL .*COST/u);
});

test('the sub-agents of an agent are one sum of calls, failures and money in its panel', async () => {
  const world = await spending();
  world.call({ agent: 'Claude', conversationId: 'below', ago: 30_000, provider: 'anthropic', ...SUB });
  world.call({ agent: 'Claude', conversationId: 'below', ago: 20_000, ...SUB, statusCode: 529, usage: null });
  world.session('c1', { agent: 'Claude' });
  world.session('below', { agent: 'Claude', parentId: 'c1', title: 'Explore' });
  const app = mount(world, { columns: 160, rows: 50 });
  app.send('3');
  await app.shows(/sub-agents +1, 2 calls, 1 failed, \$0\.30: Explore/u);
});

test('an agent, or a source, that the configuration puts on a plan is shown so, everywhere', async () => {
  const world = await ScreenWorld.started('observe', { pricer: loadPricer(), config: { plans: ['Claude'] } });
  const known = { provider: 'anthropic', model: 'claude-sonnet-4-6', ago: 60_000, usage: usage(200_000, 2_000) };
  world.call({ ...known, agent: 'Claude', conversationId: 'c1', userQuery: 'of the plan' });
  world.call({ ...known, agent: 'Other', conversationId: 'c2', userQuery: 'billed' });
  const app = mount(world, { columns: 120, rows: 34 });
  await app.shows('most today: Claude $0.63 plan · Other $0.63');
  app.send('3');
  await app.shows('TODAY');
  expect(app.text()).toMatch(/Claude .*\$0\.63p +\$0\.63p/u);
  app.send('$');
  await app.shows(/today +\$1\.26, of it \$0\.63 plan/u);
  const row = { agent: 'Other', session: null, sources: ['codex:/home/me/.codex'] };
  expect([isOnPlan(row, []), isOnPlan(row, ['codex:/home/me/.codex'])]).toEqual([false, true]);
});

test('beside an open panel the list of agents keeps calls, failures and what the hour costs', async () => {
  const app = mount(await spending(), { columns: 120, rows: 34 });
  app.send('3');
  await app.shows('TODAY');
  app.send('\r');
  await app.shows(/STATE +AGENT +CALLS +FAIL +COST\/H +LAST/u);
});

test('a call tells its price, or that none is known', async () => {
  const person = personAt(await spending());
  const { calls } = person.session;
  expect(calls('c1').map(({ cost }) => cost)).toEqual([630_000_000_000n]);
  expect(calls('c2').map(({ cost }) => cost)).toEqual([null]);
});

test('without prices there is no column for them', async () => {
  const world = await ScreenWorld.started('observe');
  world.call({ agent: 'Claude', conversationId: 'c1', ago: 60_000, took: 1_000, userQuery: 'free' });
  const app = mount(world, { columns: 120, rows: 34 });
  await app.shows('free');
  expect(app.text()).not.toContain('COST');
});

test('amounts are rounded only when they are shown', () => {
  const cent = 10_000_000_000n;
  expect([0n, 1n, cent / 2n, 42n * cent, 99_999n * cent, 120_449n * cent].map(dollars)).toEqual([
    '$0.00',
    '<$0.01',
    '$0.01',
    '$0.42',
    '$999.99',
    '$1,204',
  ]);
  const money = { pico: 287n * cent, basis: 'plan', unpriced: 0, isAtLeast: false } as const;
  expect(moneyCell(money, '–')).toBe('$2.87p');
  expect(moneyWords(money)).toBe('$2.87 plan, at list price');
  expect(moneyCell({ ...money, basis: 'list', unpriced: 3, isAtLeast: true }, '–')).toBe('≥$2.87');
  expect(moneyWords({ ...money, basis: 'list', unpriced: 3, isAtLeast: true })).toBe(
    '≥$2.87 list price, 3 calls unpriced',
  );
  expect(moneyCell({ ...money, basis: 'unknown', pico: 0n, unpriced: 1, isAtLeast: true }, '–')).toBe('–');
});
