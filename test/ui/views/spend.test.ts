import { describe, expect, test } from 'vitest';
import { loadPricer } from '../../../src/effects/prices.ts';
import { openView } from '../../../src/ui/app/views.ts';
import { widthOf } from '../../../src/ui/render/width.ts';
import { personAt } from '../../helpers/person.ts';
import { sheetText } from '../../helpers/sheet.ts';
import { ScreenWorld, WORKSPACE } from '../../helpers/view.ts';

const HOUR = 3_600_000;
const SIZES = [
  { columns: 120, rows: 34 },
  { columns: 80, rows: 24 },
];

/** Dollars as tokens of input: a million of them cost $3. */
const dollars = (amount: number) => ({
  inputTokens: Math.round((amount / 3) * 1_000_000),
  outputTokens: 0,
  cacheReadTokens: null,
  cacheCreationTokens: null,
});

/** Two days of two agents, one of them on a plan, beside one whose model has no price. */
async function spending(): Promise<ScreenWorld> {
  const world = await ScreenWorld.started('observe', {
    pricer: loadPricer(),
    config: { workspaces: { agents: { Claude: WORKSPACE }, processes: {}, fallback: null } },
  });
  const claude = { agent: 'Claude', provider: 'anthropic', model: 'claude-sonnet-4-5', conversationId: 'c1' };
  for (let hour = 30; hour > 0; hour -= 1)
    world.call({ ...claude, ago: hour * HOUR - 60_000, usage: dollars(hour % 5), userQuery: 'fix the refund test' });
  for (let minute = 40; minute > 0; minute -= 10)
    world.call({ ...claude, agent: 'Codex', conversationId: 'c2', ago: minute * 60_000, usage: dollars(0.5) });
  world.session('c2', {
    agent: 'Codex',
    title: 'port the login screen',
    quota: [{ name: 'primary', usedPercent: 63, windowMinutes: 300, resetsAt: world.now + HOUR }],
  });
  world.call({ ...claude, agent: 'Qwen', model: 'qwen3-max', conversationId: 'c3', ago: 5_000, usage: dollars(1) });
  return world;
}

describe('what is spent', () => {
  test.each(SIZES)('looks as agreed at $columns×$rows', async ({ columns, rows }) => {
    const person = personAt(await spending(), { columns, rows });
    await person.press('$');
    const picture = sheetText(person, { columns, rows });
    const lines = picture.split('\n');
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    await expect(`${picture}\n`).toMatchFileSnapshot(`../../golden/views/spend-${columns}x${rows}.txt`);
  });

  test('stands in pages on a small screen, which together hold every table, and closes with its key', async () => {
    const size = { columns: 80, rows: 24 };
    const person = personAt(await spending(), size);
    await person.press('$');
    const pages = new Set<string>();
    while (!pages.has(sheetText(person, size))) {
      pages.add(sheetText(person, size));
      await person.press('j');
    }
    expect(pages.size).toBeGreaterThan(1);
    const all = [...pages].join('\n');
    for (const table of ['AGENT', 'MODEL', 'WORKSPACE', 'CONVERSATION', 'DAY', 'HOUR FROM'])
      expect(all).toContain(table);
    await person.press('$');
    expect(person.view().overlay.type).toBe('none');
  });

  test('tells the plan, what has no price, the quota and where today leads', async () => {
    const person = personAt(await spending());
    await person.press('$');
    const text = sheetText(person);
    expect(text).toMatch(/last hour +≥\$4\.00/u);
    expect(text).toMatch(/today +≥\$\S+, of it \$2\.00 plan, 1 call unpriced/u);
    expect(text).toMatch(/midnight +about \$\S+, standard error \$\S+/u);
    expect(text).toMatch(/unpriced +1 call: qwen3-max/u);
    expect(text).toMatch(/quota +Codex 5 h: 63 %, resets 15:03/u);
    expect(text).toMatch(/Codex +\$2\.00p +\$2\.00p +\$2\.00p/u);
  });

  test('a screen reader is told the same in lines', async () => {
    const person = personAt(await spending());
    await person.press('$');
    const context = person.session.context();
    const told = openView(person.view())?.describe(context) ?? [];
    expect(told[0]).toMatch(/^today: ≥\$62\.00, of it \$2\.00 plan, 1 call unpriced$/u);
    expect(told).toContain('agent Codex: cost/h $2.00p, today $2.00p, in all $2.00p');
    expect(told).toContain('model qwen3-max: cost/h unknown, today unknown, in all unknown');
  });

  test('has nothing to open while no call is billed, and says so', async () => {
    const person = personAt(await ScreenWorld.started('observe'));
    await person.press('$');
    expect(person.view().overlay.type).toBe('none');
    expect(person.view().toast?.text).toContain('no price is known here');
  });
});
