import { expect, test } from 'vitest';
import { loadPricer } from '../../../src/effects/prices.ts';
import { widthOf } from '../../../src/ui/render/width.ts';
import { pictureOf } from '../../helpers/picture.tsx';
import { ScreenWorld, type ScreenWorldOptions } from '../../helpers/view.ts';

const HOUR = 3_600_000;
const LIMIT = "You've hit your session limit · resets 3pm (Europe/Berlin)";

/** An hour of Codex on its plan, of Claude that ran into a limit, and of an agent whose model has no price. */
async function spending(config: ScreenWorldOptions['config'] = {}): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('hold', { pricer: loadPricer(), config });
  const usage = { inputTokens: 400_000, outputTokens: 0, cacheReadTokens: null, cacheCreationTokens: null };
  const priced = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
  for (let minute = 55; minute > 5; minute -= 5) {
    const agent = minute % 2 === 0 ? 'Codex' : 'Claude';
    const userQuery = agent === 'Codex' ? 'port the login screen' : 'fix the refund test';
    world.call({ ...priced, agent, conversationId: agent, ago: minute * 60_000, usage, userQuery });
  }
  world.call({ agent: 'Qwen', model: 'qwen3-max', conversationId: 'q', ago: 90_000, usage, userQuery: 'translate it' });
  world.call({ agent: 'Claude', conversationId: 'Claude', ago: 60_000, usage: null, statusCode: 429, error: LIMIT });
  const windows = [
    { name: 'primary', usedPercent: 63, windowMinutes: 300, resetsAt: world.now + HOUR },
    { name: 'secondary', usedPercent: 22, windowMinutes: 10_080, resetsAt: world.now + 72 * HOUR },
  ];
  world.session('Codex', { agent: 'Codex', title: 'port the login screen', quota: windows });
  return world;
}

test.each([
  { columns: 200, rows: 55 },
  { columns: 120, rows: 34 },
])('what is spent stands beside the lists of a wide screen: $columns×$rows', async ({ columns, rows }) => {
  const picture = pictureOf(await spending(), { columns, rows });
  for (const line of picture.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  if (columns < 140) return expect(picture).not.toContain('Spend');
  await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/wide/spend-${columns}x${rows}.txt`);
});

test('the rows of workspaces stand in the same columns, whether they have spent something or not', async () => {
  const agents = { Claude: '/srv/billing', Qwen: '/srv/translations' };
  const world = await spending({ workspaces: { agents, processes: {}, fallback: null } });
  const lines = pictureOf(world, { columns: 220, rows: 60 }).split('\n');
  const [paid = '', free = ''] = Object.values(agents).map((path) => lines.find((line) => line.includes(` ${path} `)));
  expect(paid).toContain('$12.00 plan today  /srv/billing');
  expect(free).not.toContain('today');
  expect(free.indexOf(' /srv/')).toBe(paid.indexOf(' /srv/'));
  expect(free.indexOf(' ws-ckpt ')).toBe(paid.indexOf(' ws-ckpt '));
});
